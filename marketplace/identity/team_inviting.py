"""Inviting workers to a team by address; they answer signed in, and nobody is in a team who has not said yes.

As with organizations, whether the address is known here makes no difference to what is done, answered or mailed.
"""

import datetime as dt
import uuid

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.identity import events
from marketplace.identity.directory import refuse_staff
from marketplace.identity.errors import INVITATION_PENDING, INVITATIONS_TOO_MANY, MEMBER_ALREADY, TEAM_FULL
from marketplace.identity.models import Organization, Person
from marketplace.identity.states import INVITATION, TEAM
from marketplace.identity.team_models import Team, TeamInvitation, TeamMember
from marketplace.identity.team_queries import get_team_invitation, is_open
from marketplace.identity.teams import lock, lock_own, note
from marketplace.identity.values import read_email
from marketplace.identity.verifying import in_words, new_code
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.ports import Mailer, Message
from marketplace.kernel.texts import say

LIFE = dt.timedelta(days=14)
MAILED_A_DAY_MAX = 500
SIZE_MAX = 5000
_DAY = dt.timedelta(days=1)


def invite_worker(
    session: Session, actor: Actor, mailer: Mailer, team_id: uuid.UUID, *, email: str, public_url: str
) -> TeamInvitation:
    """Offer a place in a team to the worker with that address, for two weeks.

    Raises forbidden, not_found, state_conflict, email_invalid, member_already, invitation_pending,
    invitations_too_many, team_full.
    """
    # Two who invite one worker at once would do it twice: the team's row lets one after the other.
    team = lock_own(session, actor, team_id)
    _refuse_closed(team)
    address = read_email(email)
    _refuse_known(session, team, address)
    _refuse_flood(session, team)
    _refuse_full(session, team)
    invitation = TeamInvitation(
        team_id=team.id,
        email=address,
        verify_code=new_code(),
        invited_by_person_id=actor.person_id,
        expires_at=real_now(session) + LIFE,
    )
    session.add(invitation)
    session.flush()
    session.refresh(invitation)
    note(session, events.TEAM_INVITED, actor, team, _told(invitation, expires_at=instant(invitation.expires_at)))
    organization = session.get_one(Organization, team.organization_id)
    language = session.scalar(select(Person.language).where(Person.email == invitation.email)) or "en"
    mailer.send(_message(invitation, team, organization, actor.name, public_url, language))
    return invitation


def revoke_invitation(session: Session, actor: Actor, invitation_id: uuid.UUID) -> TeamInvitation:
    """Take back an invitation that nobody has answered. Raises forbidden, not_found, state_conflict."""
    actor.require("team.manage")
    found, _state = get_team_invitation(session, actor, invitation_id)
    team = lock_own(session, actor, found.team_id)
    return _decide(session, actor, team, invitation_id, "revoked")


def accept(session: Session, actor: Actor, invitation_id: uuid.UUID) -> TeamInvitation:
    """Join the team, as the worker with that address.

    Raises forbidden, not_found, state_conflict, team_full, invalid (the platform's staff take no side).
    """
    team = _offered_team(session, actor, invitation_id)
    _refuse_closed(team)
    # They may just be joining the platform: under the lock of the person one of the two is seen.
    session.execute(select(Person.id).where(Person.id == actor.person).with_for_update(key_share=True))
    refuse_staff(session, actor.person, session.get_one(Organization, team.organization_id))
    _refuse_full(session, team)
    invitation = _decide(session, actor, team, invitation_id, "accepted")
    session.execute(insert(TeamMember).values(team_id=team.id, person_id=actor.person).on_conflict_do_nothing())
    return invitation


def decline(session: Session, actor: Actor, invitation_id: uuid.UUID) -> TeamInvitation:
    """Say no; nothing changes for the worker. Raises forbidden, not_found, state_conflict."""
    team = _offered_team(session, actor, invitation_id)
    return _decide(session, actor, team, invitation_id, "declined")


def _offered_team(session: Session, actor: Actor, invitation_id: uuid.UUID) -> Team:
    """The locked team of an invitation to the actor's own address."""
    actor.require("team.join")
    own = select(Person.email).where(Person.id == actor.person, Person.email_verified_at.is_not(None))
    team_id = session.scalar(
        select(TeamInvitation.team_id).where(TeamInvitation.id == invitation_id, TeamInvitation.email.in_(own))
    )
    if team_id is None:
        raise NOT_FOUND.error(say("There is no team invitation with this id."), noun="team_invitation")
    return lock(session, team_id)


_KINDS = {
    "accepted": events.TEAM_JOINED,
    "declined": events.TEAM_DECLINED,
    "revoked": events.TEAM_INVITATION_REVOKED,
}


def _decide(session: Session, actor: Actor, team: Team, invitation_id: uuid.UUID, state: str) -> TeamInvitation:
    # Accepting, declining and taking back may come at once: under the team's lock the first of them counts.
    wanted = select(TeamInvitation).where(TeamInvitation.id == invitation_id)
    invitation = session.scalars(wanted.execution_options(populate_existing=True)).one()
    INVITATION.check(invitation.state, state)
    now = real_now(session)
    if state != "revoked" and invitation.expires_at <= now:
        raise STATE_CONFLICT.error(say("This invitation is past its end; ask to be invited again."))
    invitation.state, invitation.decided_at = state, now
    session.flush()
    if state == "accepted":
        body = _told(invitation, person=public("person", actor.person))
        note(session, _KINDS[state], actor, team, body, [actor.person])
    else:
        note(session, _KINDS[state], actor, team, _told(invitation))
    return invitation


def _told(invitation: TeamInvitation, **more: object) -> dict[str, object]:
    return {"invitation": public("team_invitation", invitation.id), **more}


def _refuse_closed(team: Team) -> None:
    if team.state != TEAM.initial:
        raise STATE_CONFLICT.error(say("This team is closed."), noun="team", current=team.state)


def _refuse_known(session: Session, team: Team, email: str) -> None:
    member = select(TeamMember.person_id).join(Person, Person.id == TeamMember.person_id)
    if session.scalar(member.where(TeamMember.team_id == team.id, Person.email == email)) is not None:
        message = "The worker with this address is in the team already."
        raise MEMBER_ALREADY.error(message, errors=[FieldError("/email", "member_already", message)])
    waiting = select(TeamInvitation.id).where(TeamInvitation.team_id == team.id, TeamInvitation.email == email)
    if session.scalar(waiting.where(is_open()).limit(1)) is not None:
        message = "This address is invited to the team already and has not answered yet."
        raise INVITATION_PENDING.error(message, errors=[FieldError("/email", "invitation_pending", message)])


def _refuse_flood(session: Session, team: Team) -> None:
    recent = (
        select(func.count())
        .select_from(TeamInvitation)
        .join(Team, Team.id == TeamInvitation.team_id)
        .where(Team.organization_id == team.organization_id, TeamInvitation.created_at > real_now(session) - _DAY)
    )
    if (session.scalar(recent) or 0) >= MAILED_A_DAY_MAX:
        raise INVITATIONS_TOO_MANY.error(
            f"An organization invites {MAILED_A_DAY_MAX} workers a day at most.",
            retry_after=_DAY // dt.timedelta(seconds=1),
        )


def _refuse_full(session: Session, team: Team) -> None:
    inside = select(func.count()).where(TeamMember.team_id == team.id)
    if (session.scalar(inside) or 0) >= SIZE_MAX:
        raise TEAM_FULL.error(say("A team has %(most)s workers at most.", most=SIZE_MAX))


def _message(
    invitation: TeamInvitation, team: Team, organization: Organization, inviter: str, public_url: str, language: str
) -> Message:
    text = say(
        "Hello,\n\n%(inviter)s of %(organization)s invites you to the team %(team)s on Piecework, as a worker.\n\n"
        "Sign in with this address to accept or decline, until %(until)s:\n"
        "%(teams)s\n\n"
        "If you are new here, sign up as a worker with this address first; it costs nothing:\n"
        "%(sign_up)s\n\n"
        "Nothing happens until you accept, and you may leave a team at any time. Your pay never passes through it.\n\n"
        "%(verifying)s",
        inviter=inviter,
        organization=organization.name,
        team=team.name,
        until=invitation.expires_at.date(),
        teams=f"{public_url}/work/teams",
        sign_up=f"{public_url}/sign-up/worker",
        verifying=in_words(public_url, invitation.verify_code) if invitation.verify_code else "",
    )
    subject = say("An invitation to the team %(team)s", team=team.name)
    return Message(invitation.email, subject, text, language)
