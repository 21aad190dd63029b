"""Saying what a line was that stands on 2900: each posts the journal that takes it from there.

Finance comes here by `by_hand`, which keeps who said so, and asks a second person above a limit.
"""

import uuid
from collections.abc import Callable, Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.clock import market_now, real_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.identity.models import Organization
from marketplace.invoicing.issuing import issue_receipt
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.posting import Pair, hold, post
from marketplace.ledger.recipes.accounts import BANK, in_flight, suspense
from marketplace.ledger.recipes.claiming import j14_refunded_by_hand
from marketplace.ledger.recipes.funding import (
    j15_explained_as_deposit,
    j15_explained_as_fee,
    j15_explained_as_transit,
)
from marketplace.payouts.accounts import payable
from marketplace.payouts.history import move
from marketplace.payouts.models import Payout
from marketplace.payouts.outcomes import settle
from marketplace.rails import refunds
from marketplace.rails.models import Deposit
from marketplace.reconciliation.errors import LINE_EXPLAINED_OTHERWISE
from marketplace.reconciliation.events import LINE_EXPLAINED
from marketplace.reconciliation.lines import line_body, lock_line, name_of, require_no_proposal
from marketplace.reconciliation.match_models import LineMatch
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.own_accounts import moved_and_not_shown
from marketplace.reconciliation.setting_aside import take_back


def explain_as_fee(session: Session, actor: Actor, line_id: uuid.UUID, reason: str) -> uuid.UUID:
    """Say that a line which took money was a fee of the rail: the platform bears it.

    Needs reconciliation.match. Raises not_found, state_conflict, line_explained_otherwise for one that brought money.
    """
    line = _lock(session, actor, line_id)
    if line.amount > 0:
        raise LINE_EXPLAINED_OTHERWISE.error("This line brought money; a fee takes some.")
    return _explain(session, actor, line, "fee", reason, j15_explained_as_fee(name_of(line), -line.money))


def explain_as_deposit(
    session: Session, actor: Actor, line_id: uuid.UUID, organization_id: uuid.UUID, reason: str
) -> uuid.UUID:
    """Say that a line which brought money was a client's: it is added to that client's deposit.

    Needs reconciliation.match. Raises not_found, state_conflict, line_explained_otherwise for one that took money.
    """
    line = _lock(session, actor, line_id)
    organization = session.get(Organization, organization_id)
    if organization is None or organization.kind != "client":
        raise NOT_FOUND.error("There is no client with this id.", noun="organization")
    if line.amount < 0:
        raise LINE_EXPLAINED_OTHERWISE.error("This line took money; a deposit brings some.")
    pairs = j15_explained_as_deposit(name_of(line), organization_id, line.money)
    subject = ("external_line", line.id)
    return _explain(
        session,
        actor,
        line,
        "deposit",
        reason,
        pairs,
        document=lambda journal_id: issue_receipt(session, actor, organization_id, line.money, journal_id, subject),
    )


def explain_as_refund(
    session: Session, actor: Actor, line_id: uuid.UUID, deposit_id: uuid.UUID, reason: str
) -> uuid.UUID:
    """Say that a line which took money gave a client's deposit back: the client has it no more.

    A refund of so much that the client ordered and no line has shown is settled by it (J12, from 2900); else somebody
    made it at the rail by hand (J14). Needs reconciliation.match. Raises not_found, state_conflict,
    line_explained_otherwise for one that brought money, refund_amount for more than is left of that deposit,
    balance_insufficient when the client has spent it.
    """
    line = _lock(session, actor, line_id)
    if line.amount > 0:
        raise LINE_EXPLAINED_OTHERWISE.error("This line brought money; a refund takes some.")
    waits = refunds.waiting_refund(session, deposit_id, line.rail, -line.money)
    if waits is not None:
        waits.reference = waits.reference or line.reference
        journal_id = refunds.settle_refund(session, actor, waits, suspense(name_of(line), line.currency))
        _say(session, actor, line, "refund", reason)
        return journal_id
    refund = refunds.note_refunded(session, deposit_id, -line.money, line.reference)
    pairs = j14_refunded_by_hand(name_of(line), refund.organization_id, -line.money)
    return _explain(
        session,
        actor,
        line,
        "refund",
        reason,
        pairs,
        journal="J14",
        document=lambda journal_id: refunds.credit_refund(session, actor, refund, journal_id),
    )


def explain_as_chargeback(
    session: Session, actor: Actor, line_id: uuid.UUID, deposit_id: uuid.UUID, reason: str
) -> None:
    """Say which deposit a dispute's line is about, where the rail did not: it is booked as a chargeback of that.

    Needs reconciliation.match. Raises not_found, state_conflict, line_explained_otherwise for what is no dispute.
    """
    line = _lock(session, actor, line_id)
    deposit = session.get(Deposit, deposit_id)
    if deposit is None or deposit.rail != line.rail:
        raise NOT_FOUND.error(f"There is no deposit with this id at {line.rail}.", noun="deposit")
    if line.kind != "dispute" or deposit.state != "available" or deposit.currency != line.currency:
        raise LINE_EXPLAINED_OTHERWISE.error("Only a dispute of a deposit that arrived, in its currency, is one.")
    line.charge = deposit.reference
    look_again(session, actor, line_id, reason)


def explain_as_transit(session: Session, actor: Actor, line_id: uuid.UUID, reason: str) -> uuid.UUID:
    """Say that a line was our own money on its way between a rail and the bank (1120).

    Needs reconciliation.match. Raises not_found, state_conflict.
    """
    line = _lock(session, actor, line_id)
    return _explain(session, actor, line, "transit", reason, j15_explained_as_transit(name_of(line), line.money))


def explain_as_moved_already(session: Session, actor: Actor, line_id: uuid.UUID, reason: str) -> uuid.UUID:
    """Say that a line of the bank moved our own money between 1010 and 1020, as the books did when it was decided.

    The line's journal is undone by its mirror. Never more than the books have moved that way and no earlier line
    showed. Needs reconciliation.match. Raises not_found, state_conflict, line_explained_otherwise.
    """
    line = _lock(session, actor, line_id)
    # Two people with a line each would both find the same money moved and not shown.
    advisory_xact_lock(session, "reconciliation.moved_already")
    left = moved_and_not_shown(session, line)
    if line.rail != BANK or abs(line.amount) > left.amount:
        raise LINE_EXPLAINED_OTHERWISE.error(
            f"Between our own accounts the books have moved {left} this way that no line of the bank showed."
        )
    journal_id = take_back(session, actor, line)
    _say(session, actor, line, "moved_already", reason)
    return journal_id


def explain_as_payouts(
    session: Session, actor: Actor, line_id: uuid.UUID, payout_ids: Collection[uuid.UUID], reason: str
) -> dict[uuid.UUID, uuid.UUID]:
    """Say that a line which took money paid these sent payouts, all of each: they are settled (J6) from 2900.

    Returns the journal of each. Needs reconciliation.match. Raises not_found, state_conflict,
    line_explained_otherwise for payouts that do not sum to the line, or are of another rail.
    """
    line = _lock(session, actor, line_id)
    payouts = lock_payouts(session, payout_ids)
    require_sum(line, payouts)
    hold(session, [ref for one in payouts for ref in (in_flight(one.id, one.paid.currency), payable(one))])
    source, found = suspense(name_of(line), line.currency), {}
    for payout in payouts:
        found[payout.id] = settle(session, actor, payout, payout.paid, source)
        move(session, payout, "reconciled", "reconciled", body={"line": name_of(line)})
    _say(session, actor, line, "payouts", reason)
    return found


def lock_payouts(session: Session, payout_ids: Collection[uuid.UUID]) -> list[Payout]:
    """Payouts, locked in the order of their ids. Raises not_found unless all are there."""
    rows = session.scalars(
        select(Payout)
        .where(Payout.id.in_(list(payout_ids)))
        .order_by(Payout.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    if len(rows) != len(set(payout_ids)) or not rows:
        raise NOT_FOUND.error("There is no payout with one of these ids.", noun="payout")
    return list(rows)


def require_sum(line: ExternalLine, payouts: Collection[Payout]) -> None:
    """Refuse payouts that the line cannot have paid, each whole. Raises state_conflict, line_explained_otherwise."""
    for payout in payouts:
        if payout.state != "sent":
            raise STATE_CONFLICT.error(
                f"{public('payout', payout.id)} is {payout.state}; only one that is sent waits for a line.",
                noun="payout",
                current=payout.state,
            )
    if any(payout.rail != line.rail or payout.paid.currency != line.currency for payout in payouts):
        raise LINE_EXPLAINED_OTHERWISE.error(f"Payouts that this line paid went over {line.rail} in {line.currency}.")
    total = sum((payout.paid for payout in payouts), Money.zero(line.currency))
    if -total != line.money:
        raise LINE_EXPLAINED_OTHERWISE.error(f"The line moved {line.money}; these payouts are {total} together.")


def look_again(session: Session, actor: Actor, line_id: uuid.UUID, reason: str) -> None:
    """Take the line out of 2900 by the mirror of its journal: matching looks for its journal again.

    Needs reconciliation.match. Raises not_found, state_conflict.
    """
    line = _lock(session, actor, line_id)
    require_no_proposal(session, line)
    take_back(session, actor, line)
    line.state, line.journal_id, line.imported_at, line.why = "unmatched", None, real_now(session), None
    session.flush()
    _record(session, actor, line, "looked_for_again", reason)


def _explain(
    session: Session,
    actor: Actor,
    line: ExternalLine,
    kind: str,
    reason: str,
    pairs: list[Pair],
    journal: str = "J15",
    document: Callable[[uuid.UUID], object] | None = None,
) -> uuid.UUID:
    undone = session.scalars(
        select(func.count()).where(LineMatch.line_id == line.id, LineMatch.state == "undone")
    ).one()
    key = f"{journal}:{name_of(line)}:{kind}" + (f":{undone + 1}" if undone else "")
    posted = post(session, actor, kind=journal, key=key, pairs=pairs, subject=("external_line", line.id))
    if document is not None:
        document(posted.journal_id)
    _say(session, actor, line, kind, reason)
    return posted.journal_id


def _say(session: Session, actor: Actor, line: ExternalLine, kind: str, reason: str) -> None:
    line.state, line.matched_at = "matched", market_now(session)
    session.flush()
    _record(session, actor, line, kind, reason)


def _record(session: Session, actor: Actor, line: ExternalLine, kind: str, reason: str) -> None:
    body = {**line_body(line), "as": kind, "reason_commitment": said(reason)}
    record(session, LINE_EXPLAINED, actor, subject=("external_line", line.id), body=body)


def _lock(session: Session, actor: Actor, line_id: uuid.UUID) -> ExternalLine:
    line = lock_line(session, actor, line_id)
    if line.state != "set_aside":
        raise STATE_CONFLICT.error(
            f"This line is {line.state}; only one that was set aside can be explained.", current=line.state
        )
    return line
