"""What the rail said, written down: the moves, journals and events of each outcome. Callers hold the payout's lock."""

import uuid
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import PPM, SCALE_EXTRA, Money
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.posting import Pair, Posted, hold, post
from marketplace.ledger.recipes.accounts import held, in_flight, rail_available
from marketplace.ledger.recipes.changing import j6_changed_by_rail, j7_change_undone, j13_submitted
from marketplace.ledger.recipes.paying import j5_submitted, j6_advance_fee, j6_confirmed, j7_refused
from marketplace.payouts.accounts import payable
from marketplace.payouts.cancelling import cancel_payouts
from marketplace.payouts.events import (
    CHANGE_SETTLED,
    PAYOUT_DEFERRED,
    PAYOUT_REFUSED,
    PAYOUT_SENT,
    PAYOUT_SETTLED,
    PAYOUT_SUBMITTED,
    PAYOUT_UNKNOWN,
)
from marketplace.payouts.history import move, note
from marketplace.payouts.models import Payout
from marketplace.payouts.withholding import withheld_by
from marketplace.rails.port import Accepted, NotExecuted, PayoutOutcome, Refused, Unknown
from marketplace.settlement import holding
from marketplace.settlement.models import Installment
from marketplace.settlement.states import DESTINATION_REFUSED

DESTINATION_CODES: Final = frozenset({"destination_invalid", "destination_closed", "account_closed", "account_invalid"})
"""Codes of a refusal that only the payee can cure: the installments are held until they set another destination."""


RATE_APART_PPM: Final = 100_000
"""How far, in millionths, the rate at which a rail changed money may be from the one that was quoted."""

MINOR_UNIT: Final = 10**SCALE_EXTRA


def submit(session: Session, actor: Actor, payout: Payout) -> None:
    """Before the call: approved -> submitting, and for this try of the attempt J5, or J13 where it is changed."""
    payout.tries += 1
    move(session, payout, "submitting", "submitted", body={"tries": payout.tries})
    source, taxes = payable(payout), withheld_by(session, payout)
    if payout.changed:
        _post(session, actor, payout, "J13", j13_submitted(payout.id, source, payout.given, payout.paid, taxes))
    else:
        _post(session, actor, payout, "J5", j5_submitted(payout.id, source, payout.paid, taxes))
    _record(session, actor, payout, PAYOUT_SUBMITTED, tries=payout.tries)


def apply_outcome(session: Session, actor: Actor, payout: Payout, outcome: PayoutOutcome) -> None:
    """After the call, or after asking: write what the rail said of a payout in submitting or unknown.

    From unknown only an acceptance or a certain refusal moves it; hearing nothing new is noted.
    """
    payout.lease_id = payout.lease_until = None
    match outcome:
        case Accepted(reference=reference):
            _sent(session, actor, payout, reference)
        case Refused(code=code, message=message):
            _refused(session, actor, payout, code, message)
        case NotExecuted(reason=reason) if payout.state == "submitting":
            _undo(session, actor, payout)
            payout.first_asked_at = None
            move(session, payout, "approved", "deferred", body={"reason": reason})
            _record(session, actor, payout, PAYOUT_DEFERRED, reason=reason)
        case Unknown(reason=reason) if payout.state == "submitting":
            move(session, payout, "unknown", "unknown", body={"reason": reason})
            _record(session, actor, payout, PAYOUT_UNKNOWN, reason=reason)
        case NotExecuted(reason=reason) | Unknown(reason=reason):
            note(session, payout, "still_unknown", body={"reason": reason})
    session.flush()


def _sent(session: Session, actor: Actor, payout: Payout, reference: str) -> None:
    payout.rail_reference, payout.sent_at = reference, market_now(session)
    move(session, payout, "sent", "sent", body={"reference": reference})
    _record(session, actor, payout, PAYOUT_SENT, reference=reference)


def _refused(session: Session, actor: Actor, payout: Payout, code: str, message: str) -> None:
    if code in DESTINATION_CODES:
        # Two journals: back to the payee, and from there to 2150.
        aside = held(payout.payee_id, DESTINATION_REFUSED, payout.currency)
        hold(session, [in_flight(payout.id, payout.paid.currency), payable(payout), aside])
    _undo(session, actor, payout)
    payout.refusal_code = code
    move(session, payout, "refused", "refused", body={"code": code, "message": message})
    _record(session, actor, payout, PAYOUT_REFUSED, code=code)
    if code in DESTINATION_CODES:
        cancel_payouts(session, actor, [payout], DESTINATION_REFUSED)


def _undo(session: Session, actor: Actor, payout: Payout) -> None:
    """J7: this try is undone, the money is due to the payee again."""
    target, taxes = payable(payout), withheld_by(session, payout)
    if payout.changed:
        _post(session, actor, payout, "J7", j7_change_undone(payout.id, target, payout.given, payout.paid, taxes))
    else:
        _post(session, actor, payout, "J7", j7_refused(payout.id, target, payout.paid, taxes))


def fits(payout: Payout, moved: Money) -> bool:
    """Whether a line of the rail that moved so much is of the whole payout.

    Exactly what the payee got; or, where the payout was changed, about what that was worth in the currency owed, which
    is a rail's that changed the money itself. What differs by more than RATE_APART is for people to explain.
    """
    given = payout.given
    if payout.changed and moved.currency == payout.currency:
        return abs((moved - given).amount) * PPM <= given.amount * RATE_APART_PPM + MINOR_UNIT * PPM
    return moved == payout.paid


def settle(session: Session, actor: Actor, payout: Payout, taken: Money, source: AccountRef | None = None) -> uuid.UUID:
    """The rail confirms, by a line that took so much and fits: sent -> settled, J6, and the installments are paid.

    With J6 the fee of what was taken early is the platform's. `source` is where the money stands that the line took,
    unless it is what we have at the rail: exactly what the payee got, then. Returns the journal.
    """
    move(session, payout, "settled", "settled", body={"reference": payout.rail_reference})
    payout.settled_at = market_now(session)
    rows = holding.lock_installments(session, Installment.payout_id == payout.id)
    if taken == payout.paid:
        pairs = j6_confirmed(payout.id, source or rail_available(payout.rail, taken.currency), taken)
    else:
        payout.cost = taken.amount
        pairs = j6_changed_by_rail(payout.id, payout.rail, payout.given, payout.paid, taken)
    posted = _post(session, actor, payout, "J6", [*pairs, *j6_advance_fee(payable(payout), payout.fee)])
    holding.mark_paid(session, rows)
    more = settled_fields(payout, [row.id for row in rows], posted.journal_id)
    _record(session, actor, payout, PAYOUT_SETTLED, **more)
    if payout.changed:
        _record(session, actor, payout, CHANGE_SETTLED, **change_fields(payout))
    return posted.journal_id


def settled_fields(payout: Payout, installment_ids: Iterable[uuid.UUID], journal_id: uuid.UUID) -> dict[str, Any]:
    """What the log says of a payout when it settles, beyond what every event of one says."""
    return {
        "carried_in": Money(payout.carried_in, payout.currency).to_wire(),
        "carried_out": Money(payout.carried_out, payout.currency).to_wire(),
        "installments": sorted(public("installment", row_id) for row_id in installment_ids),
        "reference": payout.rail_reference,
        "journal": public("journal", journal_id),
    }


def change_fields(payout: Payout) -> dict[str, Any]:
    """What the log says of a changed payout when it settles, beyond what every event of one says."""
    return {"paid": payout.paid.to_wire(), "taken": payout.taken.to_wire()}


def payout_fields(payout: Payout) -> dict[str, Any]:
    """What every event of a payout says."""
    return {
        "run": public("payout_run", payout.run_id),
        "amount": payout.money.to_wire(),
        "attempt": payout.attempt,
    }


def _post(session: Session, actor: Actor, payout: Payout, kind: str, pairs: list[Pair]) -> Posted:
    # One journal for each try: what a try undid, the next one posts anew.
    key = f"{kind}:{public('payout', payout.id)}:{payout.attempt}:{payout.tries}"
    return post(session, actor, kind=kind, key=key, pairs=pairs, subject=("payout", payout.id))


def _record(session: Session, actor: Actor, payout: Payout, kind: EventKind, **more: Any) -> None:
    record(
        session,
        kind,
        actor,
        subject=("payout", payout.id),
        body={**payout_fields(payout), **more},
        **holding.audience(payout.payee_kind, payout.payee_id),
    )
