"""The invariants of payouts, for `piecework ledger check`, its sweep and every test that touches money."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.kernel.ids import public
from marketplace.kernel.money import SCALE_EXTRA, exponent
from marketplace.ledger.chart import Code
from marketplace.ledger.checking import Finding, check
from marketplace.payouts import worker_first
from marketplace.payouts.models import Payout
from marketplace.payouts.states import IN_FLIGHT, PAID, REMITTED

_STATEMENTS = load(__file__, "checks.sql")


@check("I7", "an installment is in at most one live payout")
def installments_are_paid_once(session: Session) -> Iterator[Finding]:
    """Installments in two payouts, or whose state contradicts the payout they are in; payouts that miss their lines."""
    for row in session.execute(_STATEMENTS.paid_twice):
        problem = f"it is {row.state} and in {row.payouts} live payouts"
        yield Finding(public("installment", row.installment_id), problem)
    for row in session.execute(_STATEMENTS.lines_not_met, {"minor_unit": 10**SCALE_EXTRA}):
        problem = f"it pays {row.amount} for lines of {row.lines} and what was carried (ledger units)"
        yield Finding(public("payout", row.payout_id), problem)


@check("I8", "a payout is in flight in the books exactly while it is submitting, sent or unknown")
def flights_are_met(session: Session) -> Iterator[Finding]:
    """Payouts whose account 2300 holds another amount than their state says."""
    values = {"in_flight": int(Code.PAYOUTS_IN_FLIGHT), "flying_states": list(IN_FLIGHT)}
    for row in session.execute(_STATEMENTS.flight_not_met, values):
        problem = f"it is {row.state}, and {row.flying or 0} ledger units are in flight"
        yield Finding(public("payout", row.payout_id), problem)


@check("X1", "what payouts change buys exactly what they pay, at the rate quoted, and nothing else stands open on 3900")
def changes_are_at_their_rates(session: Session) -> Iterator[Finding]:
    """Payouts in another currency that differ from their quote, and currency positions that no payout explains."""
    pairs = session.execute(
        select(Payout.currency, Payout.paid_currency).where(Payout.paid_currency.is_not(None)).distinct()
    )
    currencies = sorted({str(currency) for pair in pairs for currency in pair})
    values = {
        "currencies": currencies,
        "exponents": [exponent(currency) for currency in currencies],
        "minor_unit": 10**SCALE_EXTRA,
    }
    for row in session.execute(_STATEMENTS.changed_wrongly, values):
        problem = f"it pays {row.paid_amount} {row.paid_currency} for {row.amount} {row.currency} (ledger units)"
        yield Finding(public("payout", row.payout_id), f"{problem}, which is not what was quoted")
    flying = {"position": int(Code.CURRENCY_POSITION), "flying_states": list(IN_FLIGHT)}
    for row in session.execute(_STATEMENTS.position_not_met, flying):
        problem = f"payouts leave {row.expected} {row.currency} open, 3900 holds {row.books} (ledger units)"
        yield Finding(row.currency, problem)
    results = {"gain": int(Code.CURRENCY_GAIN), "loss": int(Code.CURRENCY_LOSS)}
    for row in session.execute(_STATEMENTS.converted_wrongly, results):
        problem = f"its gain or loss in the books is {row.booked}, which is not what it closed and cost (ledger units)"
        yield Finding(public("currency_conversion", row.conversion_id), problem)


@check("I15", "worker first: no margin is sent before the workers below are paid")
def workers_come_first(session: Session) -> Iterator[Finding]:
    """Margins sent while a worker's installment below, due by then, was not paid."""
    for payout_id, installment_id in worker_first.broken(session):
        problem = f"it was sent before {public('installment', installment_id)} was paid"
        yield Finding(public("payout", payout_id), problem)


@check("I16", "nobody prepares and approves the same payout run, nor approves their own")
def two_people_decide(session: Session) -> Iterator[Finding]:
    """Runs that one person both prepared and approved, or that pay who approved them."""
    for row in session.execute(_STATEMENTS.one_person):
        yield Finding(public("payout_run", row.run_id), f"{public('person', row.approved_by)} may not approve it")
    for row in session.execute(_STATEMENTS.taxed_by_one_person):
        problem = f"{public('person', row.decided_by)} may not approve it"
        yield Finding(public("withholding", row.withholding_id), problem)


@check("T1", "2200 holds what is withheld from payouts on their way and paid, by their rates, less what was remitted")
def tax_is_withheld(session: Session) -> Iterator[Finding]:
    """Payouts that withhold something else than their lines, and authorities whose account holds something else."""
    for row in session.execute(_STATEMENTS.withheld_wrongly, {"minor_unit": 10**SCALE_EXTRA}):
        problem = f"it withholds {row.withheld}, its lines {row.lines} (ledger units), or not by their rates"
        yield Finding(public("payout", row.payout_id), problem)
    values = {"tax": int(Code.TAX_WITHHELD), "withheld_states": [*IN_FLIGHT, *PAID]}
    for row in session.execute(_STATEMENTS.tax_not_met, values):
        yield Finding(f"authority {row.authority}", f"{row.expected} {row.currency} expected, {row.books} held")


@check("T3", "2210 holds the sales tax of the documents issued, less what was remitted")
def sales_tax_is_put_aside(session: Session) -> Iterator[Finding]:
    """Currencies in which 2210 holds something else."""
    for row in session.execute(_STATEMENTS.sales_tax_not_met, {"tax": int(Code.SALES_TAX)}):
        yield Finding(f"sales tax in {row.currency}", f"{row.expected} expected, {row.books} held (ledger units)")


@check("T2", "tax is paid to its authority as two people decided, of each payout and document once")
def tax_is_remitted_once(session: Session) -> Iterator[Finding]:
    """Remittances that pay something else than their lines, or tax of a payout or document twice or wrongly."""
    live = {"live_states": list(REMITTED)}
    for row in session.execute(_STATEMENTS.documents_remitted_wrongly, live):
        problem = "it has a document whose tax is another, or that another remittance has too"
        yield Finding(public("tax_remittance", row.remittance_id), problem)
    for row in session.execute(_STATEMENTS.remitted_wrongly, live):
        problem = f"it pays {row.amount} for lines of {row.lines or 0} (ledger units), or one twice or wrongly"
        yield Finding(public("tax_remittance", row.remittance_id), problem)


@check("E6", "a fee for paying early is what the worker accepted, and the platform has it only of payouts that arrived")
def early_fees_are_accepted(session: Session) -> Iterator[Finding]:
    """Payouts whose fee is not that of their installments, or that 4020 holds another amount of."""
    for row in session.execute(_STATEMENTS.fee_not_accepted):
        problem = f"it takes a fee of {row.fee}, its installments have {row.accepted} (ledger units)"
        yield Finding(public("payout", row.payout_id), problem)
    for row in session.execute(_STATEMENTS.fee_not_booked, {"advance_fee": int(Code.ADVANCE_FEE)}):
        problem = f"its fee is {row.fee}, and 4020 has {row.booked or 0} of it (ledger units)"
        yield Finding(public("payout", row.payout_id), problem)


@check("E2", "the accounts of what is due hold exactly the installments that are due, held or being paid")
def due_is_payable(session: Session) -> Iterator[Finding]:
    """Payees whose accounts 2130, 2140 and 2150 differ from their installments and what payouts carried on."""
    values = {
        "flying_states": list(IN_FLIGHT),
        "payable_codes": [int(Code.PAY_DUE), int(Code.MARGIN_DUE), int(Code.HELD)],
    }
    for row in session.execute(_STATEMENTS.due_not_payable, values):
        expected = row.owed + row.rest - row.flying
        yield Finding(f"payee {row.payee_id}", f"{expected} {row.currency} expected, {row.books} held (ledger units)")
