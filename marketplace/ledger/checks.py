"""The invariants of the books (numbers as in docs/ledger.md)."""

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.bodies import live_body, live_postings, payload_hash
from marketplace.ledger.chart import CONTROLLED, Code
from marketplace.ledger.checking import FINDINGS_MAX, Finding, check
from marketplace.ledger.coverage import OWED, coverage
from marketplace.ledger.models import Journal
from marketplace.ledger.period_queries import month_text
from marketplace.ledger.routes import ROUTES
from marketplace.ledger.totals import differing_totals

PORTION: Final = 1_000
"""Journals read back at a time."""

EXPLAINED: Final[frozenset[tuple[int, int]]] = frozenset(
    {
        (Code.RAIL_PENDING, Code.CLIENT_DEPOSITS),
        (Code.BANK_WAGES, Code.CLIENT_DEPOSITS),
        (Code.PAYOUTS_IN_FLIGHT, Code.RAIL_AVAILABLE),
        (Code.PAYOUTS_IN_FLIGHT, Code.BANK_WAGES),
        (Code.PAYOUTS_IN_FLIGHT, Code.SUSPENSE),
        (Code.RAIL_AVAILABLE, Code.RETURNED),
        (Code.BANK_WAGES, Code.RETURNED),
        (Code.REFUND_PAYABLE, Code.RAIL_AVAILABLE),
        (Code.REFUND_PAYABLE, Code.BANK_WAGES),
        (Code.REFUND_PAYABLE, Code.SUSPENSE),
        (Code.SUSPENSE, Code.CLIENT_DEPOSITS),
        (Code.DISPUTE_FREEZE, Code.CLIENT_RECEIVABLE),
        (Code.RAIL_AVAILABLE, Code.CLIENT_DEPOSITS),
        (Code.JOB_RESERVE, Code.PLATFORM_FEE),
        (Code.CORRECTION_BORNE, Code.JOB_RESERVE),
        (Code.PAY_DUE, Code.ADVANCE_FEE),
        (Code.ADVANCE_FEE, Code.HELD),
        (Code.RECOURSE_RECEIVABLE, Code.WAGE_GUARANTEE_FUND),
        (Code.MARGIN_DUE, Code.RECOURSE_RECEIVABLE),
        (Code.MARGIN_DEFERRED, Code.RECOURSE_RECEIVABLE),
        (Code.HELD, Code.RECOURSE_RECEIVABLE),
        (Code.RECOURSE_RECEIVABLE, Code.JOB_RESERVE),
        (Code.GUARANTEE_CONTRIBUTION, Code.WAGE_GUARANTEE_FUND),
        (Code.PAY_DUE, Code.CURRENCY_POSITION),
        (Code.MARGIN_DUE, Code.CURRENCY_POSITION),
        (Code.HELD, Code.CURRENCY_POSITION),
        (Code.CURRENCY_POSITION, Code.PAYOUTS_IN_FLIGHT),
        (Code.CURRENCY_POSITION, Code.RETURNED),
        (Code.TAX_WITHHELD, Code.BANK_WAGES),
        (Code.TAX_WITHHELD, Code.RAIL_AVAILABLE),
        (Code.TAX_WITHHELD, Code.BANK_OPERATING),
        (Code.TAX_WITHHELD, Code.SUSPENSE),
    }
)
"""Paying in, paying out and back, what was not explained at first, the fees; what is kept for a chargeback, and what
one that was lost brings after all; what layers owe to the guarantee fund and pay back; what the platform puts in; one
currency for another (of which X1 knows payout by payout how much); tax to its authority (which T1 knows)."""

_STATEMENTS = load(__file__, "checks.sql")
_PERIODS = load(__file__, "periods.sql")


def _rows(session: Session, name: str, **values: Any) -> Iterator[Row[Any]]:
    return iter(session.execute(getattr(_STATEMENTS, name), {**values, "most": FINDINGS_MAX}))


def _period_rows(session: Session, name: str) -> Iterator[Row[Any]]:
    return iter(session.execute(getattr(_PERIODS, name), {"most": FINDINGS_MAX}))


def _controlled_codes() -> list[int]:
    return sorted(int(code) for code in CONTROLLED)


@check("I1", "every posting is more than nothing, between two accounts, in one currency")
def postings_are_whole(session: Session) -> Iterator[Finding]:
    """Rows that the constraints of the table would not let in."""
    for row in _rows(session, "bad_postings"):
        problem = (
            f"posting {row.id} of {row.amount} ledger units in {row.currency} debits an account in "
            f"{row.debit_currency} and credits one in {row.credit_currency}"
        )
        yield Finding(public("journal", row.journal_id), problem)


@check("I5", "controlled accounts never hold less than nothing")
def accounts_keep_their_side(session: Session) -> Iterator[Finding]:
    """Controlled accounts below zero, or without a kept balance."""
    for row in _rows(session, "wrong_side", controlled_codes=_controlled_codes()):
        holds = "has no kept balance" if row.balance is None else f"holds {row.balance} ledger units"
        yield Finding(f"account {row.key}", holds)


@check("I6", "in each currency the cash covers all that is owed to clients and payees")
def cash_covers_what_is_owed(session: Session) -> Iterator[Finding]:
    """Currencies with less cash than debts that no open claim explains."""
    for currency, found in coverage(session).items():
        if not found.explained:
            there = found.cash + found.position + found.claims
            yield Finding(currency, f"{found.owed} is owed to clients and payees, and {there} is there")


@check("I10", "each kept balance and each snapshot is the sum of its postings")
def balances_equal_sums(session: Session) -> Iterator[Finding]:
    """Kept balances that differ from what the postings add up to, and snapshots that differ from those up to theirs."""
    for row in _rows(session, "balances_that_differ"):
        yield Finding(f"account {row.key}", f"{row.balance} ledger units are kept, the postings sum to {row.moved}")
    for row in _rows(session, "snapshots_that_differ"):
        problem = f"{row.debited} ledger units are in the snapshot, the postings up to it sum to {row.moved}"
        yield Finding(f"account {row.key}", problem)
    for row in differing_totals(session):
        problem = f"debits {row.kept_debited} and credits {row.kept_credited} are kept, the postings up to them sum to "
        yield Finding(f"code {row.code} {row.currency}", f"{problem}{row.debited} and {row.credited}")


@check(
    "I11",
    "nothing recorded while a close is in force is effective before it, and closed totals are those of the postings",
)
def closed_months_stay_closed(session: Session) -> Iterator[Finding]:
    """Journals that came into a closed month, and closed totals that say something else than rows or log."""
    for row in _period_rows(session, "recorded_after_close"):
        problem = f"it is effective on {row.effective_on} and was recorded after {month_text(row.month)} was closed"
        yield Finding(public("journal", row.id), problem)
    for name in ("totals_that_differ", "totals_of_reopened_that_differ"):
        for row in _period_rows(session, name):
            problem = (
                f"{row.key} is closed with {row.debits} debited and {row.credits} credited, "
                f"the postings sum to {row.summed_debits} and {row.summed_credits}"
            )
            yield Finding(f"period {month_text(row.month)}", problem)
    for row in _period_rows(session, "digests_that_differ"):
        yield Finding(f"period {month_text(row.month)}", "its totals, its digest and the audit log do not agree")


@check("I12", "each journal has one audit event, which says what the rows say")
def journals_are_in_the_log(session: Session) -> Iterator[Finding]:
    """Journals without an event, with two, or whose rows differ from the event."""
    for journals, bodies in _portions(session):
        postings = live_postings(session, list(journals))
        for journal_id, journal in journals.items():
            events = bodies[journal_id]
            if len(events) != 1:
                yield Finding(public("journal", journal_id), f"it has {len(events)} audit events")
            elif json.loads(events[0])["data"] != live_body(journal, postings.get(journal_id, [])):
                yield Finding(public("journal", journal_id), "its rows differ from its audit event")


@check("I13", "what clients paid in was paid out, is the platform's, or is still held")
def nothing_is_lost(session: Session) -> Iterator[Finding]:
    """Money that came to clients and payees from nowhere, or left them where no journal leads.

    What is owed to clients and payees changes by what EXPLAINED lists; everything else stays among them.
    """
    for row in session.execute(_STATEMENTS.flows):
        ways = {(row.debit_code, row.credit_code), (row.credit_code, row.debit_code)}
        crosses = (row.debit_code in OWED) != (row.credit_code in OWED)
        if crosses and not ways & EXPLAINED:
            amount = Money(int(row.amount), row.currency)
            yield Finding(f"{row.debit_code}/{row.credit_code}", f"{amount} went a way that nothing explains")


@check("I14", "a journal is reversed at most once, by its mirror")
def reversals_are_mirrors(session: Session) -> Iterator[Finding]:
    """Reversing journals that are no mirror, or not the only one."""
    values = {
        "of_workers": [int(Code.PAY_DEFERRED), int(Code.PAY_DUE)],
        "borne": str(int(Code.CORRECTION_BORNE)),
        "wages": str(int(Code.BANK_WAGES)),
        "operating": str(int(Code.BANK_OPERATING)),
    }
    for row in _rows(session, "reversed_wrongly", **values):
        yield Finding(public("journal", row.journal_id), "it is not the one mirror of the journal that it reverses")


@check("I17", "one key, one journal, one content")
def contents_match_their_hash(session: Session) -> Iterator[Finding]:
    """Journals whose rows are not what was asked for under their key."""
    for journals, _ in _portions(session):
        postings = live_postings(session, list(journals))
        for journal_id, journal in journals.items():
            if not _hash_matches(journal, postings.get(journal_id, [])):
                yield Finding(public("journal", journal_id), f"its rows are not what was posted under {journal.key}")


@check("R10", "each journal moves money only between its own accounts; a worker's account only as rule 10 says")
def journals_take_their_routes(session: Session) -> Iterator[Finding]:
    """Postings between accounts that their journal may not connect."""
    routes = [(kind, int(debit), int(credit)) for kind, allowed in ROUTES.items() for debit, credit in allowed]
    for row in _rows(
        session,
        "foreign_routes",
        kinds=[kind for kind, _, _ in routes],
        debit_codes=[debit for _, debit, _ in routes],
        credit_codes=[credit for _, _, credit in routes],
    ):
        problem = f"a {row.kind} may not debit {row.debit_code} and credit {row.credit_code}"
        yield Finding(public("journal", row.journal_id), problem)


def _hash_matches(journal: Journal, postings: list[dict[str, Any]]) -> bool:
    # The day is part of the hash only when the caller named it.
    try:
        return any(
            payload_hash(journal.kind, (journal.subject_noun, journal.subject_id), postings, day, journal.reverses_id)
            == journal.payload_hash
            for day in (None, journal.effective_on)
        )
    except KeyError:
        return False


def _portions(
    session: Session,
) -> Iterator[tuple[Mapping[uuid.UUID, Journal], Mapping[uuid.UUID, list[bytes]]]]:
    """All journals with the bodies of their audit events, a portion at a time."""
    after: uuid.UUID | None = None
    while True:
        rows = session.execute(_STATEMENTS.journals_after, {"after": after, "portion": PORTION}).all()
        if not rows:
            return
        after = rows[-1].id
        ids = [row.id for row in rows]
        query = select(Journal).where(Journal.id.in_(ids))
        found = session.scalars(query, execution_options={"populate_existing": True})
        yield {journal.id: journal for journal in found}, {row.id: list(row.bodies) for row in rows}
