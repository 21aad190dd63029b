"""However much money there is, a page of finance takes as many statements and no more rows than it shows."""

import datetime as dt
from collections.abc import Iterator
from typing import Final
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.paging import encode_cursor
from marketplace.kernel.ids import public
from marketplace.ledger.account_days import keep_account_days
from marketplace.ledger.snapshots import take_snapshots
from marketplace.payouts.kept_ages import keep_ages
from marketplace.payouts.models import Payout
from marketplace.reconciliation.unconfirmed import keep_unconfirmed
from tests.benchmarks.filling_books import Books, fill_books
from tests.builders.identity import make_staff
from tests.builders.payouts import inside, make_approved_run, make_due_chain, make_finance, payout_of, sandbox
from tests.builders.statements import rows, statements
from tests.builders.web import Browser
from tests.console.conftest import Enter
from tests.reconciliation.trails.following import paid_and_matched
from tests.rolled_back import rolled_back

MANY: Final = 3_000
STATEMENTS_MAX: Final = 40
ROWS_MAX: Final = 700
"""A page shows at most 200 rows of each of its lists, and asks for a few rows of who is who beside them."""
GROWTH: Final = (
    """INSERT INTO payout_run (id, state, rail, due_by, prepared_by, prepared_at)
    SELECT uuid7(), 'cancelled', rail, due_by, prepared_by, prepared_at FROM payout_run, generate_series(1, :many)""",
    """INSERT INTO payout
        (id, run_id, payee_kind, payee_id, currency, amount, rail, destination_sealed, created_at, state)
    SELECT uuid7(), run_id, payee_kind, payee_id, currency, amount, rail, destination_sealed, created_at, 'unknown'
    FROM payout, generate_series(1, :many) WHERE id = :payout_id""",
    """INSERT INTO external_line (id, rail, external_id, kind, amount, currency, occurred_at, reference)
    SELECT uuid7(), 'sandbox', 'many_' || n, 'other', -10000, 'CNY', market_now(), 'many_' || n
    FROM generate_series(1, :many) AS n""",
    """WITH one AS (SELECT * FROM installment WHERE payout_id = :payout_id LIMIT 1), made AS (
        INSERT INTO installment
            (id, payee_kind, payee_id, contract_id, due_on, currency, amount, state, payout_id, paid_at)
        SELECT uuid7(), payee_kind, payee_id, contract_id, due_on, currency, amount, 'paid', payout_id, paid_at
        FROM one, generate_series(1, :many)
        RETURNING id, amount
    )
    INSERT INTO payout_line (payout_id, installment_id, amount) SELECT :payout_id, id, amount FROM made""",
    """WITH made AS (
        INSERT INTO journal (id, kind, key, payload_hash, subject_noun, subject_id, effective_on, actor)
        SELECT uuid7(), 'J0', 'many:' || n, '', 'payout', uuid7(), market_now()::date, 'tests'
        FROM generate_series(1, :many) AS n
        RETURNING id
    )
    INSERT INTO posting (journal_id, debit_account_id, credit_account_id, amount, currency)
    SELECT made.id, one.debit_account_id, one.credit_account_id, one.amount, one.currency
    FROM made, (SELECT * FROM posting ORDER BY id LIMIT 1) AS one""",
)

TABLES: Final = (
    "posting",
    "journal",
    "installment",
    "external_line",
    "bank_line",
    "payout_line",
    "account",
    "account_balance",
    "kept_age",
    "account_day",
)
READS_ALL: Final = {
    "/console/installments": "it sums the installments of the days that it shows",
    "/console/ageing": "it sums what is owed now, and counts to how many",
    "/console/ledger/accounts/2130?currency=CNY": "it sums what moved the accounts of payees that it shows",
    "/console/reconciliation": "it counts the lines of the days that it measures",
}
"""Pages that may read more rows the more there are, and what for: none reads what is over."""


@pytest.fixture
def session(committing_engine: Engine) -> Iterator[Session]:
    """On a database of its own: what other tests left behind in the tables would change the plans."""
    with rolled_back(committing_engine) as made:
        yield made


@pytest.fixture
def payout(session: Session) -> Payout:
    chain, finance = make_due_chain(session, items=3, items_per_task=3), make_finance(session)
    run = make_approved_run(session, finance)
    paid_and_matched(session, finance, sandbox(session), run)
    return payout_of(session, run, chain.workers[0])


@pytest.fixture
def browser(session: Session, enter: Enter) -> Browser:
    return enter(make_staff(session, "finance"))


@pytest.fixture
def undone(session: Session, payout: Payout, browser: Browser) -> Iterator[None]:
    """What the test makes so much of holds no invariant, and is gone before they are checked."""
    del payout, browser
    session.commit()
    yield
    session.rollback()


@pytest.mark.usefixtures("undone")
def test_pages_of_finance_answer_from_bounded_queries(session: Session, payout: Payout, browser: Browser) -> None:
    payout_id, run_id = public("payout", payout.id), public("payout_run", payout.run_id)
    pages = (
        "/console",
        "/console/installments",
        "/console/payout-runs",
        "/console/payout-freeze",
        f"/console/payout-runs/{run_id}",
        f"/console/payouts/{payout_id}",
        "/console/unanswered",
        "/console/failed-payouts",
        "/console/bank-refusals",
        "/console/pay-holds",
        "/console/taxes",
        "/console/remittances",
        "/console/currencies",
        "/console/cash-forecast",
        "/console/ledger",
        *lines_of_the_ledger(session),
        "/console/reconciliation",
        "/console/ageing",
        "/console/ageing/lines",
        "/console/invoices",
        "/console/margins",
        "/console/own-money",
        "/console/periods",
        f"/console/follow?of={run_id}",
        f"/console/follow?of={payout_id}&show=installments",
    )
    before = {page: counted(session, browser, page) for page in pages}
    values = {"many": MANY, "payout_id": payout.id}
    for statement in GROWTH:
        session.execute(text(statement), {name: values[name] for name in values if f":{name}" in statement})
    session.flush()

    after = {page: counted(session, browser, page) for page in pages}

    more = {page: (before[page][0], after[page][0]) for page in pages if after[page][0] > before[page][0] + 1}
    assert not more, f"more statements where there is more money: {more}"
    assert not {page: sent for page, (sent, _) in after.items() if sent > STATEMENTS_MAX}
    assert not {page: fetched for page, (_, fetched) in after.items() if fetched > ROWS_MAX}


@pytest.mark.usefixtures("undone")
def test_pages_of_finance_read_no_more_rows_where_the_books_are_longer(
    session: Session, payout: Payout, browser: Browser
) -> None:
    run_id = public("payout_run", payout.run_id)
    pages = (
        "/console",
        "/console/installments",
        "/console/payout-runs",
        f"/console/payout-runs/{run_id}",
        "/console/unanswered",
        "/console/failed-payouts",
        "/console/currencies",
        "/console/cash-forecast",
        "/console/ledger",
        *lines_of_the_ledger(session),
        "/console/reconciliation",
        "/console/ageing",
        "/console/ageing/lines",
        "/console/ageing/lines?payee_kind=worker&currency=CNY&bucket=not_due",
        "/console/invoices",
        "/console/periods",
    )
    let_indexes_be_used(session)
    found = []
    for count in (100, 400):
        fill_and_keep(session, Books(count))
        found.append({page: read(session, browser, page) for page in pages})

    grown = {page: (found[0][page], found[1][page]) for page in pages if found[1][page] > found[0][page] + 100}
    assert grown.keys() <= READS_ALL.keys(), grown
    assert all(later <= 6 * earlier for earlier, later in grown.values()), "it grows faster than what is owed"


@pytest.mark.usefixtures("undone", "payout")
def test_a_page_that_begins_within_a_day_reads_no_more_than_that_day(session: Session, browser: Browser) -> None:
    let_indexes_be_used(session)
    found = []
    for books in (Books(200, days=10), Books(800, days=40), Books(800, days=4)):
        with session.begin_nested() as filled:
            fill_and_keep(session, books)
            found.append(read(session, browser, within_a_day(session)))
            filled.rollback()
    few, many_days, long_days = found
    assert many_days <= few + 100, "it reads days that it does not show"
    of_a_day = 200
    assert few < long_days <= many_days + 10 * of_a_day


def within_a_day(session: Session) -> str:
    """The page of the sandbox's account that begins in the middle of the postings of two weeks ago."""
    day = market_now(session).date() - dt.timedelta(days=14)
    number, posting = session.execute(
        text("""SELECT account.id, percentile_disc(0.5) WITHIN GROUP (ORDER BY posting.id)
        FROM account JOIN posting ON posting.credit_account_id = account.id
        JOIN journal ON journal.id = posting.journal_id AND journal.effective_on = :day
        WHERE account.code = 1100 AND account.currency = 'CNY' AND account.label = 'sandbox' GROUP BY account.id"""),
        {"day": day},
    ).one()
    return f"/console/ledger/accounts/1100/{public('account', UUID(int=number))}?cursor={encode_cursor((day, posting))}"


def let_indexes_be_used(session: Session) -> None:
    """Tables as small as here are read whole because that is faster; asked is what the indexes allow.

    And a request of its own has not written before it reads, which has the hot path's statements planned once
    (`db/hot.py`).
    """
    for setting in ("enable_seqscan = off", "enable_hashjoin = off", "enable_mergejoin = off"):
        session.execute(text(f"SET LOCAL {setting}"))
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


def fill_and_keep(session: Session, books: Books) -> None:
    """More books, and what the sweeps keep of them."""
    contract_id, person_id = session.execute(
        text("SELECT contract_id, (SELECT prepared_by FROM payout_run LIMIT 1) FROM installment LIMIT 1")
    ).one()
    fill_books(session, contract_id, person_id, books)
    take_snapshots(inside(session), tail_min=1)
    keep_account_days(session)
    keep_ages(session)
    keep_unconfirmed(session)


def lines_of_the_ledger(session: Session) -> list[str]:
    """The accounts of hot, dated and other codes, the busiest account of each page by page, and journals."""
    code, number = session.execute(
        text("""SELECT account.code, account.id FROM account JOIN posting ON posting.credit_account_id = account.id
        WHERE account.code IN (1100, 2010) GROUP BY account.id ORDER BY count(*) DESC, account.id LIMIT 1""")
    ).one()
    account, day = public("account", UUID(int=number)), market_now(session).date()
    postings = f"/console/ledger/accounts/{code}/{account}"
    place = encode_cursor((day - dt.timedelta(days=1), 2**40))
    return [
        *(f"/console/ledger/accounts/{one}?currency=CNY" for one in (1100, 2010, 2110, 2130, 2300)),
        f"/console/ledger/accounts/2010?currency=CNY&as_of={day}",
        postings,
        f"{postings}?from={day}&until={day}",
        f"{postings}?cursor={place}",
        "/console/ledger/journals",
        f"/console/ledger/journals?kind=J5&from={day}&until={day}",
    ]


def read(session: Session, browser: Browser, page: str) -> int:
    """How many rows of the large tables the database reads for a page."""
    browser.get(page)
    before = rows_read(session)
    assert browser.get(page).status_code == 200, page
    return rows_read(session) - before


def rows_read(session: Session) -> int:
    """Rows of the large tables that this transaction has read until now, by walking over them or by an index."""
    counted = "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_xact_user_tables"
    return int(session.scalar(text(f"{counted} WHERE relname = ANY(:tables)"), {"tables": list(TABLES)}) or 0)


def counted(session: Session, browser: Browser, page: str) -> tuple[int, int]:
    """The statements that a page sends, and the rows that they answer with."""
    browser.get(page)
    with statements(session) as sent, rows(session) as fetched:
        assert browser.get(page).status_code == 200, page
    return len(sent), sum(fetched)
