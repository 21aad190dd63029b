"""Teams and who is in them."""

import uuid

from sqlalchemy.orm import Session

from marketplace.identity import team_inviting, teams
from marketplace.identity.models import Person
from marketplace.identity.team_models import Team, TeamInvitation
from marketplace.kernel.actor import Actor
from tests.builders.identity import Mailbox, make_member, make_organization

URL = "http://market.test"


def make_leader(session: Session) -> Actor:
    """A manager of a new subcontractor, who may have teams."""
    return make_member(session, make_organization(session, "subcontractor"), "manager")


def make_team(session: Session, leader: Actor, *workers: Actor, name: str = "Night shift") -> Team:
    """A team of the leader's organization, with workers who accepted."""
    team = teams.create_team(session, leader, name=name)
    for worker in workers:
        join(session, leader, team.id, worker)
    return team


def email_of(session: Session, actor: Actor) -> str:
    return session.get_one(Person, actor.person).email


def invite(
    session: Session, leader: Actor, team_id: uuid.UUID, email: str, mail: Mailbox | None = None
) -> TeamInvitation:
    return team_inviting.invite_worker(session, leader, mail or Mailbox(), team_id, email=email, public_url=URL)


def join(session: Session, leader: Actor, team_id: uuid.UUID, worker: Actor) -> None:
    """Invite the worker and accept."""
    team_inviting.accept(session, worker, invite(session, leader, team_id, email_of(session, worker)).id)
