"""What a person may do now about a payout that went wrong; the verbs ask all of it again."""

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.payouts.approving import require_second_person
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.recovering import absence_agreed_by, require_absent
from marketplace.payouts.states import PAYOUT


@dataclass(frozen=True, slots=True)
class Choices:
    """`retry`, `approve` and `agree_absent` are None where the state has no such choice, "" where it may be done now,
    and else why this person may not, or not yet.
    """

    cancel: bool = False
    retry: str | None = None
    approve: str | None = None
    agree_absent: str | None = None
    agreed_by: tuple[uuid.UUID, ...] = ()


def choices(session: Session, actor: Actor, payout: Payout) -> Choices:
    """What the actor may do about the payout; nothing without payout_run.approve."""
    if not actor.may("payout_run.approve"):
        return Choices()
    unknown = payout.state == "unknown"
    return Choices(
        cancel=PAYOUT.can(payout.state, "cancelled"),
        retry=_not_second(session, actor, payout) if payout.state == "refused" else None,
        approve=_not_second(session, actor, payout) if _waits_for_approval(session, payout) else None,
        agree_absent=_not_absent(session, payout) if unknown else None,
        agreed_by=tuple(absence_agreed_by(session, payout)) if unknown else (),
    )


def _waits_for_approval(session: Session, payout: Payout) -> bool:
    return payout.state == "draft" and session.get_one(PayoutRun, payout.run_id).state == "executing"


def _not_second(session: Session, actor: Actor, payout: Payout) -> str:
    try:
        require_second_person(session, actor.person, session.get_one(PayoutRun, payout.run_id), [payout])
    except DomainError as refusal:
        return refusal.detail
    return ""


def _not_absent(session: Session, payout: Payout) -> str:
    try:
        require_absent(session, payout)
    except DomainError as refusal:
        return refusal.detail
    return ""
