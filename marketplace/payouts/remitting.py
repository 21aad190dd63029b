"""Paying tax to its authority: one person proposes, another approves, then it is paid.

A remittance of withheld tax is of the payouts that settled in its period and of none twice; what came back after its
tax was remitted is taken off the next one of that authority. One of sales tax is of the invoices of fees of the months
that ended in its period, less the credit notes until then. Either is paid by a line of the bank or a rail
(`reconciliation.remittances`), or from the operating account, whose statements nobody reads here.
"""

import datetime as dt
import hashlib
import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day
from marketplace.kernel.errors import INVALID, NOT_FOUND, FieldError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money, exponent
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.posting import Posted, post
from marketplace.ledger.recipes.accounts import bank_operating
from marketplace.ledger.recipes.paying import j21_sales_tax_remitted, j21_tax_remitted
from marketplace.ledger.treasury import hold_own_money
from marketplace.payouts.errors import NOTHING_WITHHELD, PAYOUT_TWO_PEOPLE, REMITTANCE_SHORT
from marketplace.payouts.events import (
    REMITTANCE_APPROVED,
    REMITTANCE_PAID,
    REMITTANCE_PROPOSED,
    REMITTANCE_REJECTED,
)
from marketplace.payouts.remittance_lines import (
    SALES,
    TAXES,
    WITHHELD,
    RemittanceLine,
    keep_lines,
    lines_of,
    require_current,
    require_there,
    to_remit,
)
from marketplace.payouts.remittance_models import TaxRemittance
from marketplace.payouts.states import TAX_REMITTANCE
from marketplace.payouts.withholding import AUTHORITY

REFERENCE_MAX = 140


def propose_remittance(
    session: Session,
    actor: Actor,
    authority: str,
    currency: str,
    first_on: dt.date,
    last_on: dt.date,
    *,
    tax: str = WITHHELD,
) -> TaxRemittance:
    """Propose to pay an authority what was withheld for it, or what is sales tax, of these market days.

    The period is over, and the fees of its months are invoiced; what an earlier remittance has already is left out.
    Needs tax.remit. Raises forbidden, invalid, money_invalid, nothing_withheld, remittance_short.
    """
    actor.require("tax.remit")
    exponent(currency)
    if tax not in TAXES:
        _refuse("/tax", f"Tax is one of {', '.join(TAXES)}.")
    if not AUTHORITY.fullmatch(authority):
        _refuse("/authority", "An authority is a country and its short name, such as US-IRS.")
    if not first_on <= last_on < market_now(session).date():
        _refuse("/last", "A period begins before it ends, and it is over.")
    hold_authority(session, authority, currency)
    lines = to_remit(session, tax, authority, currency, first_on, last_on)
    amount = Money(sum(line.amount for line in lines), currency)
    if amount.amount <= 0:
        raise NOTHING_WITHHELD.error(f"Nothing of {authority} in {currency} waits from {first_on} to {last_on}.")
    require_there(session, tax, authority, amount)
    row = TaxRemittance(
        id=new_id(),
        tax=tax,
        authority=authority,
        currency=currency,
        first_on=first_on,
        last_on=last_on,
        amount=amount.amount,
        proposed_by=actor.person,
    )
    session.add(row)
    session.flush()
    keep_lines(session, row, lines)
    session.refresh(row)
    _record(session, REMITTANCE_PROPOSED, actor, row)
    return row


def approve_remittance(session: Session, actor: Actor, remittance_id: uuid.UUID) -> TaxRemittance:
    """Approve what another person proposed.

    Refused when a payout in it has come back since, or 2200 holds less than was withheld.

    Needs tax.remit. Raises forbidden, not_found, state_conflict, payout_two_people, remittance_short.
    """
    actor.require("tax.remit")
    row = _lock(session, remittance_id)
    TAX_REMITTANCE.check(row.state, "approved")
    if actor.person == row.proposed_by:
        raise PAYOUT_TWO_PEOPLE.error("You proposed this; another person must approve it.")
    require_current(session, row)
    require_there(session, row.tax, row.authority, row.money)
    _decide(session, actor, row, "approved")
    _record(session, REMITTANCE_APPROVED, actor, row)
    return row


def reject_remittance(session: Session, actor: Actor, remittance_id: uuid.UUID) -> TaxRemittance:
    """Give a remittance up that is not paid yet, also one's own: what it is of waits for another.

    Needs tax.remit. Raises forbidden, not_found, state_conflict.
    """
    actor.require("tax.remit")
    row = _lock(session, remittance_id)
    TAX_REMITTANCE.check(row.state, "rejected")
    _decide(session, actor, row, "rejected")
    _record(session, REMITTANCE_REJECTED, actor, row)
    return row


def pay_from_operating(session: Session, actor: Actor, remittance_id: uuid.UUID, reference: str) -> TaxRemittance:
    """Say that an approved remittance was paid from the operating account (J21), and what the bank calls that.

    What the wage account holds for it is then the platform's to take out (J17). Needs tax.remit. Raises forbidden,
    not_found, invalid, state_conflict, remittance_short when the operating account holds less.
    """
    actor.require("tax.remit")
    if not 1 <= len(reference.strip()) <= REFERENCE_MAX:
        _refuse("/reference", f"What the bank calls the payment, at most {REFERENCE_MAX} characters.")
    hold_own_money(session)
    row = lock_payable(session, remittance_id)
    source = bank_operating(row.currency)
    there = balance(session, source)
    if there < row.money:
        raise REMITTANCE_SHORT.error(f"The operating account holds {there}: less than {row.money}.")
    book_paid(session, actor, row, source, reference.strip())
    return row


def lock_payable(session: Session, remittance_id: uuid.UUID) -> TaxRemittance:
    """An approved remittance, locked; what was withheld is on 2200.

    Raises not_found, state_conflict, remittance_short.
    """
    row = _lock(session, remittance_id)
    TAX_REMITTANCE.check(row.state, "paid")
    require_there(session, row.tax, row.authority, row.money)
    return row


def book_paid(session: Session, actor: Actor, row: TaxRemittance, source: AccountRef, reference: str) -> Posted:
    """Write of a locked remittance that its money left from there (J21)."""
    pairs = (
        j21_sales_tax_remitted(source, row.money)
        if row.tax == SALES
        else j21_tax_remitted(row.authority, source, row.money)
    )
    posted = post(
        session,
        actor,
        kind="J21",
        key=f"J21:{public('tax_remittance', row.id)}",
        pairs=pairs,
        subject=("tax_remittance", row.id),
    )
    row.state, row.paid_at, row.reference = "paid", market_now(session), reference
    row.journal_id = posted.journal_id
    session.flush()
    body = paid_fields(row, lines_of(session, row))
    record(session, REMITTANCE_PAID, actor, subject=("tax_remittance", row.id), body=body)
    return posted


def hold_authority(session: Session, authority: str, currency: str) -> None:
    """Keep another from remitting the same tax until the transaction ends."""
    advisory_xact_lock(session, f"remittance {authority} {currency}")


def remittance_fields(row: TaxRemittance, lines: list[RemittanceLine]) -> dict[str, Any]:
    """What every event of a remittance says."""
    listed = "".join(f"{public(line.noun, line.subject_id)} {line.amount}\n" for line in lines)
    return {
        "tax": row.tax,
        "authority": row.authority,
        "first": day(row.first_on),
        "last": day(row.last_on),
        "amount": row.money.to_wire(),
        "digest": hashlib.sha256(listed.encode()).hexdigest(),
    }


def paid_fields(row: TaxRemittance, lines: list[RemittanceLine]) -> dict[str, Any]:
    """What the event of a remittance that was paid says."""
    assert row.journal_id is not None
    return {
        **remittance_fields(row, lines),
        "journal": public("journal", row.journal_id),
        "reference": row.reference,
    }


def _lock(session: Session, remittance_id: uuid.UUID) -> TaxRemittance:
    where = select(TaxRemittance.authority, TaxRemittance.currency).where(TaxRemittance.id == remittance_id)
    found = session.execute(where).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no remittance with this id.", noun="tax_remittance")
    hold_authority(session, *found)
    return session.get_one(TaxRemittance, remittance_id, with_for_update=True, populate_existing=True)


def _decide(session: Session, actor: Actor, row: TaxRemittance, state: str) -> None:
    row.state, row.decided_by, row.decided_at = state, actor.person, market_now(session)
    session.flush()


def _record(session: Session, kind: EventKind, actor: Actor, row: TaxRemittance) -> None:
    body = remittance_fields(row, lines_of(session, row))
    record(session, kind, actor, subject=("tax_remittance", row.id), body=body)


def _refuse(pointer: str, message: str) -> None:
    raise INVALID.error(message, errors=[FieldError(pointer, "invalid", message)])
