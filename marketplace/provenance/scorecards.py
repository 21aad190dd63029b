"""How a layer or a client has done lately: quality, lateness, disputes and days to pay, without anybody's prices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.contracts.queries import get_contract
from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.identity.models import Organization
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND

WINDOWS_DAYS: Final = (30, 90)
_STATEMENTS = load(__file__, "scorecards.sql")


@dataclass(frozen=True, slots=True)
class Window:
    """Counts of the last `days` of market time; a share is None where there is nothing to take it of.

    Answers count when their claim is decided, as they stand now: `accepted_first` at the first attempt, `redone` those
    that were sent back at least once, `rejected` those that stand rejected, `overturned` those paid after a dispute.
    `submitted_after_seconds` is the median time from the opening of tasks to the submission. `payments` are workers'
    shares of answers paid out, with the days from acceptance to payment.
    """

    days: int
    answers_decided: int
    accepted_first: int
    accepted_later: int
    redone: int
    paid_not_used: int
    rejected: int
    overturned: int
    submitted_after_seconds: int | None
    claims_ended: int
    claims_expired: int
    disputes_decided: int
    disputes_lost: int
    payments: int
    days_to_pay_average: float | None
    days_to_pay_most: int | None

    @property
    def accepted_first_share(self) -> float | None:
        """Of the answers decided."""
        return _share(self.accepted_first, self.answers_decided)

    @property
    def redone_share(self) -> float | None:
        """Of the answers decided."""
        return _share(self.redone, self.answers_decided)

    @property
    def rejected_share(self) -> float | None:
        """Of the answers decided."""
        return _share(self.rejected, self.answers_decided)

    @property
    def overturned_share(self) -> float | None:
        """Of the answers decided."""
        return _share(self.overturned, self.answers_decided)

    @property
    def claims_expired_share(self) -> float | None:
        """Of the claims that ended by a decision or by time."""
        return _share(self.claims_expired, self.claims_ended)

    @property
    def disputes_lost_share(self) -> float | None:
        """Of the disputes decided."""
        return _share(self.disputes_lost, self.disputes_decided)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def contract_scorecard(session: Session, actor: Actor, contract_id: UUID) -> list[Window]:
    """What came of the work at and below a contract, for its two parties and the staff; the shortest window first.

    Raises not_found.
    """
    actor.require("contract.read")
    contract = get_contract(session, actor, contract_id)
    return _windows(session, [contract.id])


def organization_scorecard(session: Session, actor: Actor, organization_id: UUID) -> list[Window]:
    """What came of the work at and below all contracts an organization accepted, or of all jobs a client posted.

    For whoever may make or get offers. Raises forbidden without contract.offer, not_found for what is no approved
    client or subcontractor.
    """
    actor.require("contract.offer")
    organization = session.get(Organization, organization_id)
    known = organization is not None and organization.kind != "platform" and organization.state == "approved"
    if not known:
        raise NOT_FOUND.error("There is no organization with this id.", noun="organization")
    sold = select(Contract.id).where(
        Contract.seller_organization_id == organization_id, Contract.accepted_at.is_not(None)
    )
    return _windows(session, list(session.scalars(sold)))


def _windows(session: Session, contract_ids: Collection[UUID]) -> list[Window]:
    now = market_now(session)
    return [_window(session, contract_ids, days, now - dt.timedelta(days=days)) for days in WINDOWS_DAYS]


def _window(session: Session, contract_ids: Collection[UUID], days: int, since: dt.datetime) -> Window:
    scope = {"contract_ids": list(contract_ids), "since": since}
    answers = session.execute(_STATEMENTS.answers, scope).one()
    claims = session.execute(_STATEMENTS.claims, scope).one()
    disputes = session.execute(_STATEMENTS.disputes, scope).one()
    payments = session.execute(_STATEMENTS.payments, scope).one()
    return Window(
        days=days,
        answers_decided=answers.decided,
        accepted_first=answers.accepted_first,
        accepted_later=answers.accepted_later,
        redone=answers.redone,
        paid_not_used=answers.paid_not_used,
        rejected=answers.rejected,
        overturned=answers.overturned,
        submitted_after_seconds=None if answers.submitted_after is None else int(answers.submitted_after),
        claims_ended=claims.ended,
        claims_expired=claims.expired,
        disputes_decided=disputes.decided,
        disputes_lost=disputes.lost,
        payments=payments.shares,
        days_to_pay_average=None if payments.days_average is None else round(float(payments.days_average), 1),
        days_to_pay_most=payments.days_most,
    )
