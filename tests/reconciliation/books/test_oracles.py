"""Two unrelated programs read our books: they accept them, hold what we hold, and see a difference of one unit."""

from decimal import Decimal
from itertools import pairwise

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.terms import months_after
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.models import Journal
from marketplace.ledger.posting import Pair, hold, post
from marketplace.ledger.recipes.accounts import held, rail_available, suspense
from marketplace.reconciliation.books.reading import Span
from tests import books
from tests.builders.payouts import execute, make_approved_run, make_due_chain, make_finance, sandbox
from tests.ledger.parts import ACTOR, OWN_CHECKS, RAIL, deposit, fill, reserve
from tests.oracles import (
    NotAcceptedError,
    ask_beancount,
    ask_hledger,
    exported,
    need_hledger,
    oracles_agree,
    our_balances,
)


@pytest.fixture
def paid(session: Session) -> Session:
    """The worked example's market after the first half was paid out."""
    finance = make_finance(session)
    make_due_chain(session, claims=3)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    return session


def test_both_programs_accept_the_worked_example_and_hold_what_we_hold(paid: Session) -> None:
    need_hledger()
    assert len(our_balances(paid)) > 10, "there are books to compare"

    oracles_agree(paid)


def test_a_month_stands_alone_and_ends_where_the_next_begins(paid: Session) -> None:
    need_hledger()
    first, last = paid.execute(select(func.min(Journal.effective_on), func.max(Journal.effective_on))).one()
    months = [first.replace(day=1)]
    while months[-1] <= last:
        months.append(months_after(months[-1], 1))
    ended = {}
    for number, (start, beyond) in enumerate(pairwise(months)):
        span = Span(start, beyond)
        for name, ask in (("beancount", ask_beancount), ("hledger", ask_hledger)):
            written = exported(paid, name, span)
            ended[name] = ask(written)
            assert ("what accounts held before" in written) is (number > 0), "nothing was there before the first"
        assert ended["beancount"] == ended["hledger"]
    assert number > 0
    assert ended["hledger"] == our_balances(paid), "the last month ends with what is there now"


def test_beancount_sees_an_opening_that_is_one_unit_off(paid: Session) -> None:
    last = paid.execute(select(func.max(Journal.effective_on))).scalar_one().replace(day=1)
    sound = exported(paid, "beancount", Span(last, months_after(last, 1)))
    before, opening = sound.split("what accounts held before", 1)
    line = next(line for line in opening.splitlines() if "Liabilities:2120" in line)
    with pytest.raises(NotAcceptedError, match="does not balance"):
        ask_beancount(before + opening.replace(line, one_unit_more(line), 1))


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_the_smallest_unit_of_each_scale_is_kept(
    session: Session, monkeypatch: pytest.MonkeyPatch, currency: str
) -> None:
    need_hledger()
    monkeypatch.setattr(books, "names", OWN_CHECKS)
    client, job = new_id(), new_id()
    fill(session, deposit(client, currency), Money(10**9 + 1, currency))
    pairs = [Pair(deposit(client, currency), reserve(job, currency), Money(1, currency))]
    post(session, ACTOR, kind="J2", key="one unit", pairs=pairs, subject=("job", job))

    oracles_agree(session)


def one_unit_more(line: str) -> str:
    """A line that ends with an amount in CNY, one ledger unit higher."""
    start, units, currency = line.rsplit(" ", 2)
    return f"{start} {Decimal(units) + Decimal('0.000001')} {currency}"


def test_beancount_sees_a_balance_that_is_one_unit_off(paid: Session) -> None:
    sound = exported(paid, "beancount")
    line = next(line for line in sound.splitlines() if " balance Liabilities:2110" in line and "-" in line.split()[3])

    with pytest.raises(NotAcceptedError, match="Balance failed"):
        ask_beancount(sound.replace(line, one_unit_more(line)))


def test_hledger_sees_a_balance_that_is_one_unit_off(paid: Session) -> None:
    need_hledger()
    sound = exported(paid, "hledger")
    line = next(line for line in sound.splitlines() if "Liabilities:2110" in line and " = -" in line)

    with pytest.raises(NotAcceptedError, match="balance assertion"):
        ask_hledger(sound.replace(line, one_unit_more(line)))


def test_a_kept_balance_that_its_postings_do_not_sum_to_is_seen_by_both(paid: Session) -> None:
    need_hledger()
    alter = text("UPDATE account_balance SET balance = balance + :units WHERE balance > 0")
    paid.execute(alter, {"units": 1})

    with pytest.raises(NotAcceptedError, match="Balance failed"):
        ask_beancount(exported(paid, "beancount"))
    with pytest.raises(NotAcceptedError, match="balance assertion"):
        ask_hledger(exported(paid, "hledger"))

    paid.execute(alter, {"units": -1})


def test_accounts_that_differ_only_in_odd_characters_stay_apart(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_hledger()
    monkeypatch.setattr(books, "names", OWN_CHECKS)
    labels = ["a_b", "a-b", "a b", "a--b", "a-5F-b", "ä;b", 'a"b\\', "a:b", "a  b"]
    for number, label in enumerate(labels):
        pairs = [Pair(rail_available(RAIL, "USD"), suspense(label, "USD"), Money(100 + number, "USD"))]
        post(session, ACTOR, kind="J15", key=f'line "{label}\\', pairs=pairs, subject=("external_line", new_id()))

    oracles_agree(session)
    assert len(our_balances(session)) == len(labels) + 1


def test_nothing_posted_is_an_empty_book(session: Session) -> None:
    need_hledger()
    assert ask_beancount(exported(session, "beancount")) == {}
    assert ask_hledger(exported(session, "hledger")) == {}


def test_an_account_that_was_only_opened_is_no_trouble(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    need_hledger()
    monkeypatch.setattr(books, "names", OWN_CHECKS)
    fill(session, deposit(new_id(), "USD"), Money(1, "USD"))
    hold(session, [held(new_id(), "no_destination", "USD"), AccountRef(Code.WAGE_GUARANTEE_FUND, "EUR")])

    oracles_agree(session)
