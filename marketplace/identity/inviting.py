"""Inviting people to an organization: a mailed link, and nothing else until they accept.

Whether the address is known here makes no difference to what is done, answered or mailed, so that nobody learns who
has an account. The answer is in `answering`.
"""

import datetime as dt
import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import real_now
from marketplace.identity import events
from marketplace.identity.directory import check_role, managed
from marketplace.identity.errors import INVITATION_PENDING, INVITATIONS_TOO_MANY, MEMBER_ALREADY
from marketplace.identity.models import Invitation, Membership, Organization, Person
from marketplace.identity.permissions import ROLE_NAMES
from marketplace.identity.queries import invitation_is_open
from marketplace.identity.secrets import digest, new_secret
from marketplace.identity.states import INVITATION
from marketplace.identity.values import read_email, read_name
from marketplace.identity.verifying import in_words, new_code
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import NOT_FOUND, FieldError
from marketplace.kernel.ports import Mailer, Message

LIFE = dt.timedelta(days=7)
MAILED_A_DAY_MAX = 200
TIMES_SENT_MAX = 5
_DAY = dt.timedelta(days=1)


def invite(
    session: Session,
    actor: Actor,
    mailer: Mailer,
    organization_id: uuid.UUID,
    *,
    name: str,
    email: str,
    role: str,
    public_url: str,
) -> Invitation:
    """Offer a role to whoever reads mail at the address, by a link that works once, for a week.

    Raises forbidden, not_found, role_unknown, email_invalid, invalid, member_already, invitation_pending,
    invitations_too_many.
    """
    organization = managed(session, actor, organization_id)
    check_role(organization, role)
    address, called = read_email(email), read_name(name)
    # Two who invite one person at once would send two links: the organization's row lets one after the other.
    _lock(session, organization_id)
    _refuse_member(session, organization_id, address, role)
    _refuse_open(session, organization_id, address, role)
    _refuse_flood(session, organization_id)
    token = new_secret()
    invitation = Invitation(
        organization_id=organization_id,
        role=role,
        email=address,
        name=called,
        token_hash=digest(token),
        verify_code=new_code(),
        invited_by_person_id=actor.person_id,
        expires_at=real_now(session) + LIFE,
    )
    session.add(invitation)
    session.flush()
    session.refresh(invitation)
    record(
        session,
        events.INVITATION_CREATED,
        actor,
        subject=("invitation", invitation.id),
        organizations=[organization_id],
        body={"role": role, "expires_at": instant(invitation.expires_at)},
    )
    _mail(mailer, organization, invitation, actor.name, token, public_url)
    return invitation


def resend(session: Session, actor: Actor, mailer: Mailer, invitation_id: uuid.UUID, *, public_url: str) -> Invitation:
    """Mail an unanswered invitation again, with a new link and a new week; the link before it stops working.

    Raises forbidden, not_found, state_conflict, invitation_pending, invitations_too_many.
    """
    invitation, organization = _locked(session, actor, invitation_id)
    INVITATION.check(invitation.state, "accepted")
    if invitation.times_sent >= TIMES_SENT_MAX:
        raise INVITATIONS_TOO_MANY.error(
            f"It was mailed {TIMES_SENT_MAX} times; revoke it and invite anew.", retry_after=_seconds(_DAY)
        )
    _refuse_open(session, organization.id, invitation.email, invitation.role, besides=invitation_id)
    token = new_secret()
    invitation.token_hash = digest(token)
    invitation.expires_at = real_now(session) + LIFE
    invitation.times_sent += 1
    session.flush()
    record(
        session,
        events.INVITATION_RESENT,
        actor,
        subject=("invitation", invitation_id),
        organizations=[organization.id],
        body={"times_sent": invitation.times_sent, "expires_at": instant(invitation.expires_at)},
    )
    _mail(mailer, organization, invitation, actor.name, token, public_url)
    return invitation


def revoke(session: Session, actor: Actor, invitation_id: uuid.UUID) -> Invitation:
    """Take an unanswered invitation back: its link stops working. Raises forbidden, not_found, state_conflict."""
    invitation, organization = _locked(session, actor, invitation_id)
    INVITATION.check(invitation.state, "revoked")
    now = real_now(session)
    invitation.state, invitation.decided_at = "revoked", now
    session.flush()
    record(
        session,
        events.INVITATION_REVOKED,
        actor,
        subject=("invitation", invitation_id),
        organizations=[organization.id],
        body={"role": invitation.role},
    )
    return invitation


def link(public_url: str, token: str) -> str:
    """The address that is mailed."""
    return f"{public_url}/sign-up/invitation/{token}"


def _locked(session: Session, actor: Actor, invitation_id: uuid.UUID) -> tuple[Invitation, Organization]:
    actor.require("member.manage")
    found = session.get(Invitation, invitation_id)
    if found is None or found.organization_id != actor.organization_id:
        raise NOT_FOUND.error("There is no invitation with this id.", noun="invitation")
    organization = managed(session, actor, found.organization_id)
    _lock(session, organization.id)
    # Whoever was invited may be answering at this moment: what they decided stands.
    locked = select(Invitation).where(Invitation.id == invitation_id).with_for_update()
    return session.scalars(locked.execution_options(populate_existing=True)).one(), organization


def _lock(session: Session, organization_id: uuid.UUID) -> None:
    session.execute(select(Organization.id).where(Organization.id == organization_id).with_for_update(key_share=True))


def _refuse_member(session: Session, organization_id: uuid.UUID, email: str, role: str) -> None:
    # Members' addresses are known to who manages them: this tells nothing new.
    member = session.scalar(
        select(Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(Person.email == email, Membership.organization_id == organization_id, Membership.role == role)
    )
    if member is not None:
        message = "Whoever has this address has that role already."
        raise MEMBER_ALREADY.error(message, errors=[FieldError("/email", "member_already", message)])


def _refuse_open(
    session: Session, organization_id: uuid.UUID, email: str, role: str, *, besides: uuid.UUID | None = None
) -> None:
    same = (Invitation.organization_id == organization_id, Invitation.email == email, Invitation.role == role)
    other = session.scalar(
        select(Invitation.id).where(*same, invitation_is_open(), Invitation.id.is_distinct_from(besides)).limit(1)
    )
    if other is not None:
        message = "This address is invited to that role already and has not answered yet."
        raise INVITATION_PENDING.error(message, errors=[FieldError("/email", "invitation_pending", message)])


def _refuse_flood(session: Session, organization_id: uuid.UUID) -> None:
    recent = (Invitation.organization_id == organization_id, Invitation.created_at > real_now(session) - _DAY)
    if (session.scalar(select(func.count()).where(*recent)) or 0) >= MAILED_A_DAY_MAX:
        raise INVITATIONS_TOO_MANY.error(
            f"An organization invites {MAILED_A_DAY_MAX} people a day at most.", retry_after=_seconds(_DAY)
        )


def _seconds(span: dt.timedelta) -> int:
    return span // dt.timedelta(seconds=1)


def _mail(
    mailer: Mailer, organization: Organization, invitation: Invitation, inviter: str, token: str, public_url: str
) -> None:
    text = (
        f"Hello {invitation.name},\n\n{inviter} invites you to {organization.name} on Piecework, in the role "
        f"{ROLE_NAMES[invitation.role]}.\n\n"
        f"Open this link to accept or decline. It works once, until {invitation.expires_at:%d %B %Y}:\n"
        f"{link(public_url, token)}\n\n"
        "Nothing happens until you accept. If you do not know who this is, decline or ignore this mail.\n\n"
        f"{in_words(public_url, invitation.verify_code) if invitation.verify_code else ''}"
    )
    mailer.send(Message(invitation.email, f"An invitation to {organization.name}", text))
