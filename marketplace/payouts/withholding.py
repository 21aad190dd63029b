"""Withholding tax: who sets what is withheld from whom, and how much of a payout that is.

The rule of rounding: each line of each payout by itself, of what the payout pays before tax, rounded down to whole
steps of the rail, which are minor units where the rail does not say otherwise. So a payee never gives more than a rate.
Tax is reckoned, and owed to the authority, in the currency in which the payee is owed, to minor units where the payee
gets another: what is left is changed.
"""

import datetime as dt
import hashlib
import re
import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.sql import among
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import canonical_bytes, day
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import PPM, SCALE_EXTRA, Money
from marketplace.payouts.errors import PAYOUT_TWO_PEOPLE
from marketplace.payouts.events import WITHHOLDING_APPROVED, WITHHOLDING_PROPOSED, WITHHOLDING_REJECTED
from marketplace.payouts.models import Payout
from marketplace.payouts.states import WITHHOLDING
from marketplace.payouts.tax_models import PayoutWithholding, Withholding, WithholdingLine
from marketplace.settlement import holding, payees

LINES_MAX: Final = 10
AUTHORITY: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,16}){0,2}")
"""A country and, where it has several, the authority in it: KE, US-IRS, IN-TDS-194C."""


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One authority's share of what a payout pays before tax, in parts per million."""

    authority: str
    rate_ppm: int

    def of(self, gross: Money, step: int) -> Money:
        """What is withheld of so much, rounded down to whole steps of so many minor units."""
        unit = step * 10**SCALE_EXTRA
        return Money(gross.amount * self.rate_ppm // PPM // unit * unit, gross.currency)


def propose_withholding(
    session: Session, actor: Actor, payee_id: uuid.UUID, valid_from: dt.date, lines: Sequence[TaxLine]
) -> Withholding:
    """Propose what is withheld from a payee from a market day on, today at the earliest; none ends all withholding.

    Needs withholding.set, and by nobody whom it concerns, in person or through an organization. One proposal of a payee
    waits at a time. Raises forbidden, not_found, invalid, state_conflict, payout_two_people.
    """
    actor.require("withholding.set")
    kind = payees.kind_of(session, payee_id)
    _refuse_own(session, actor, payee_id)
    _check_lines(lines)
    if valid_from < market_now(session).date():
        _refuse("/valid_from", "What was paid already is not taxed afterwards: today or later.")
    advisory_xact_lock(session, f"withholding {payee_id}")
    waiting = select(Withholding.id).where(Withholding.payee_id == payee_id, Withholding.state == "proposed")
    if session.scalar(waiting) is not None:
        raise STATE_CONFLICT.error("A proposal for this payee waits already: decide on it first.", noun="withholding")
    row = Withholding(
        id=new_id(),
        payee_kind=kind,
        payee_id=payee_id,
        valid_from=valid_from,
        salt=secrets.token_bytes(32),
        proposed_by=actor.person,
    )
    session.add(row)
    session.flush()
    session.add_all(
        WithholdingLine(withholding_id=row.id, position=position, authority=line.authority, rate_ppm=line.rate_ppm)
        for position, line in enumerate(lines, start=1)
    )
    session.flush()
    session.refresh(row)
    _record(session, WITHHOLDING_PROPOSED, actor, row, lines)
    return row


def decide_withholding(session: Session, actor: Actor, withholding_id: uuid.UUID, *, approve: bool) -> Withholding:
    """Approve a proposal, as another person than who made it, or reject it, which its proposer may as well.

    Payouts that are prepared already stay as they are. Needs withholding.set, and by nobody whom it concerns. Raises
    forbidden, not_found, state_conflict, payout_two_people.
    """
    actor.require("withholding.set")
    row = session.get(Withholding, withholding_id, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise NOT_FOUND.error("There is no withholding with this id.", noun="withholding")
    _refuse_own(session, actor, row.payee_id)
    if approve and actor.person == row.proposed_by:
        raise PAYOUT_TWO_PEOPLE.error("You proposed this; another person must approve it.")
    target = "approved" if approve else "rejected"
    WITHHOLDING.check(row.state, target)
    row.state, row.decided_by, row.decided_at = target, actor.person, market_now(session)
    session.flush()
    kind = WITHHOLDING_APPROVED if approve else WITHHOLDING_REJECTED
    _record(session, kind, actor, row, lines_of(session, [row.id])[row.id])
    return row


def lines_of(session: Session, withholding_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[TaxLine]]:
    """The lines of each, in order."""
    found: dict[uuid.UUID, list[TaxLine]] = {withholding_id: [] for withholding_id in withholding_ids}
    wanted = select(WithholdingLine).where(among(WithholdingLine.withholding_id, withholding_ids))
    for row in session.scalars(wanted.order_by(WithholdingLine.withholding_id, WithholdingLine.position)):
        found[row.withholding_id].append(TaxLine(row.authority, row.rate_ppm))
    return found


def in_force(session: Session, payee_ids: Collection[uuid.UUID], on: dt.date) -> dict[uuid.UUID, list[TaxLine]]:
    """What is withheld from each of these payees on a market day; who gives nothing is left out.

    Of those that are approved the one with the latest first day counts, among several of that day the last approved.
    """
    newest = (
        select(Withholding.payee_id, Withholding.id)
        .where(among(Withholding.payee_id, payee_ids), Withholding.state == "approved", Withholding.valid_from <= on)
        .ext(distinct_on(Withholding.payee_id))
        .order_by(
            Withholding.payee_id, Withholding.valid_from.desc(), Withholding.decided_at.desc(), Withholding.id.desc()
        )
    )
    chosen: dict[uuid.UUID, uuid.UUID] = dict(session.execute(newest).all())
    lines = lines_of(session, chosen.values())
    return {payee_id: lines[chosen[payee_id]] for payee_id in chosen if lines[chosen[payee_id]]}


def tax_of(gross: Money, lines: Sequence[TaxLine], step: int = 1) -> Money:
    """What all lines together are of it."""
    return Money(sum(line.of(gross, step).amount for line in lines), gross.currency)


def tax_step(payout: Payout) -> int:
    """The minor units to which its tax is rounded down: the rail's step, where the rail moves the currency owed."""
    return 1 if payout.changed else payout.step


def keep_withheld(session: Session, payouts: Sequence[Payout], lines: Mapping[uuid.UUID, Sequence[TaxLine]]) -> None:
    """Write down what each new payout withholds for whom; `lines` by payee."""
    session.add_all(
        PayoutWithholding(
            payout_id=payout.id,
            position=position,
            authority=line.authority,
            rate_ppm=line.rate_ppm,
            amount=line.of(payout.money, tax_step(payout)).amount,
        )
        for payout in payouts
        for position, line in enumerate(lines.get(payout.payee_id, ()), start=1)
    )
    session.flush()


def withheld_by(session: Session, payout: Payout) -> list[tuple[str, Money]]:
    """What the payout withholds, by authority in its order; lines of nothing are left out."""
    if not payout.withheld:
        return []
    rows = session.scalars(
        select(PayoutWithholding)
        .where(PayoutWithholding.payout_id == payout.id, PayoutWithholding.amount > 0)
        .order_by(PayoutWithholding.position)
    )
    return [(row.authority, Money(row.amount, payout.currency)) for row in rows]


def commitment(row: Withholding, lines: Sequence[TaxLine]) -> str:
    """What the log holds of the lines: SHA-256 of the salt and their canonical bytes, in hex."""
    wire = [{"authority": line.authority, "rate_ppm": line.rate_ppm} for line in lines]
    return hashlib.sha256(row.salt + canonical_bytes({"lines": wire})).hexdigest()


def withholding_fields(row: Withholding, lines: Sequence[TaxLine]) -> dict[str, Any]:
    """What every event of a withholding says."""
    noun = "person" if row.payee_kind == "worker" else "organization"
    return {
        "payee": public(noun, row.payee_id),
        "valid_from": day(row.valid_from),
        "commitment": commitment(row, lines),
    }


def _record(session: Session, kind: EventKind, actor: Actor, row: Withholding, lines: Sequence[TaxLine]) -> None:
    record(
        session,
        kind,
        actor,
        subject=("withholding", row.id),
        body=withholding_fields(row, lines),
        **holding.audience(row.payee_kind, row.payee_id),
    )


def _refuse_own(session: Session, actor: Actor, payee_id: uuid.UUID) -> None:
    if payees.is_among(session, actor.person, [payee_id]):
        raise PAYOUT_TWO_PEOPLE.error("This is withheld from you or your organization; others must decide on it.")


def _check_lines(lines: Sequence[TaxLine]) -> None:
    if len(lines) > LINES_MAX:
        _refuse("/lines", f"At most {LINES_MAX} lines.")
    for number, line in enumerate(lines):
        if not AUTHORITY.fullmatch(line.authority):
            _refuse(f"/lines/{number}/authority", "An authority is a country and its short name, such as US-IRS.")
        if not 1 <= line.rate_ppm < PPM:
            _refuse(f"/lines/{number}/rate_ppm", "A rate is 1 to 999999 parts per million.")
    if len({line.authority for line in lines}) != len(lines):
        _refuse("/lines", "Each authority has one line.")
    if sum(line.rate_ppm for line in lines) >= PPM:
        _refuse("/lines", "All rates together leave the payee something.")


def _refuse(pointer: str, message: str) -> None:
    raise INVALID.error(message, errors=[FieldError(pointer, "invalid", message)])
