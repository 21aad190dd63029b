import csv
import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.engine import snapshot, transaction
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.ledger import account_queries as queries
from marketplace.ledger.account_days import (
    AccountDaysDifferError,
    compare_account_days,
    differing_accounts,
    keep_account_days,
)
from marketplace.ledger.balances import balance, ref_of, trial_balance
from marketplace.ledger.chart import Code, Dimension
from marketplace.ledger.journal_queries import KINDS, entries, journals
from marketplace.ledger.models import Account, Journal, Posting
from marketplace.ledger.posting import Pair, post
from marketplace.ledger.snapshot_models import AccountDay
from marketplace.ledger.snapshots import take_snapshots
from tests.builders.identity import make_staff
from tests.builders.payouts import inside, make_due_chain
from tests.ledger.parts import ACTOR, cny, deposit, pending, reserve


@pytest.fixture
def reader(session: Session) -> Actor:
    return make_staff(session, "auditor")


def keep(session: Session, portion: int = 1_000_000) -> int:
    take_snapshots(inside(session), tail_min=1)
    steps = 0
    while keep_account_days(session, portion=portion):
        steps += 1
    return steps


def make_days(session: Session) -> uuid.UUID:
    """Money that comes and goes on four days, not recorded in their order; returns the deposit."""
    client, today = new_id(), market_now(session).date()
    pairs = [Pair(pending(), deposit(client), cny("100"))]
    early = today - dt.timedelta(days=4)
    post(session, ACTOR, kind="J1", key="in", pairs=pairs, subject=("deposit", new_id()), effective_on=early)
    for n, days_ago in enumerate((3, 1, 3, 0, 2, 1, 1, 0, 3)):
        pair = Pair(deposit(client), reserve(new_id()), cny(str(n + 1)))
        on = today - dt.timedelta(days=days_ago)
        post(session, ACTOR, kind="J2", key=f"d{n}", pairs=[pair], subject=("job", new_id()), effective_on=on)
    return queries.id_of(session.scalars(select(Account).where(Account.key == deposit(client).key)).one())


def all_lines(session: Session, reader: Actor, account: uuid.UUID, limit: int, **days: Any) -> list[queries.Lines]:
    found = [queries.lines(session, reader, account, limit=limit, **days)]
    while found[-1].page.next_cursor is not None:
        found.append(queries.lines(session, reader, account, limit=limit, cursor=found[-1].page.next_cursor, **days))
    return found


def begun(engine: Engine, *, kept: bool) -> tuple[Actor, uuid.UUID]:
    """Committed: who reads, and the deposit."""
    with transaction(engine) as session:
        reader, account = make_staff(session, "auditor"), make_days(session)
    if kept:
        with transaction(engine) as session:
            assert keep(session) == 1
    return reader, account


@contextmanager
def posting_after_each_statement(engine: Engine, reading: Session, account: uuid.UUID) -> Iterator[list[uuid.UUID]]:
    """Another connection posts to the account and commits, whenever the reader has sent a statement about postings."""
    posted: list[uuid.UUID] = []

    def post_one(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if "posting" not in statement:
            return
        with transaction(engine) as other:
            pairs = [Pair(ref_of(other.get_one(Account, account.int)), reserve(new_id()), cny("0.5"))]
            key = f"between {len(posted)}"
            posted.append(post(other, ACTOR, kind="J2", key=key, pairs=pairs, subject=("job", new_id())).journal_id)

    event.listen(reading.connection(), "after_cursor_execute", post_one)
    yield posted
    event.remove(reading.connection(), "after_cursor_execute", post_one)


def holds_together(pages: list[queries.Lines]) -> None:
    """Pages begin where the one before ended, and the range adds up from its lines."""
    whole = pages[0]
    code = whole.ref.code
    assert whole.above == whole.closing
    assert pages[-1].below == whole.opening
    held = whole.closing
    for page in pages:
        assert page.above == held
        for line in page.page.data:
            assert line.balance == held
            held -= queries.on_its_side(code, line.debit - line.credit)
        assert page.below == held
    lines = [line for page in pages for line in page.page.data]
    nothing = Money.zero(whole.debits.currency)
    assert sum((line.debit for line in lines), nothing) == whole.debits
    assert sum((line.credit for line in lines), nothing) == whole.credits
    assert whole.opening + queries.on_its_side(code, whole.debits - whole.credits) == whole.closing
    assert [line.effective_on for line in lines] == sorted((line.effective_on for line in lines), reverse=True)


@pytest.mark.parametrize("kept", ["nothing", "a part", "all", "all, by portions"])
@pytest.mark.parametrize("limit", [1, 3, 50])
def test_pages_of_an_account_add_up_for_every_range_whatever_is_kept(
    session: Session, reader: Actor, kept: str, limit: int
) -> None:
    account = make_days(session)
    if kept == "a part":
        take_snapshots(inside(session), tail_min=1)
        assert keep_account_days(session, portion=session.scalars(select(func.max(Posting.id))).one() - 4) == 1
    elif kept != "nothing":
        assert keep(session, portion=2 if "portions" in kept else 1_000_000) >= 1
    today = market_now(session).date()
    days = [today - dt.timedelta(days=n) for n in range(5)]
    counted = 0
    for first in (None, *days):
        for last in (None, *days):
            if first is None or last is None or first <= last:
                pages = all_lines(session, reader, account, limit, first=first, last=last)
                holds_together(pages)
                counted += sum(len(page.page.data) for page in pages)
                wanted = [
                    on
                    for on in session.scalars(
                        select(Journal.effective_on)
                        .join(Posting)
                        .where((Posting.debit_account_id == account.int) | (Posting.credit_account_id == account.int))
                    )
                    if (first or dt.date.min) <= on <= (last or today)
                ]
                assert sum(len(page.page.data) for page in pages) == len(wanted)
    assert counted > 50


def test_accounts_of_a_code_add_up_to_the_trial_balance_line_by_line(session: Session, reader: Actor) -> None:
    make_due_chain(session)
    for kept in (False, True):
        if kept:
            keep(session)
        for line in trial_balance(session, reader):
            page = queries.accounts(session, reader, line.code, line.currency)
            assert page.next_cursor is None
            nothing = Money.zero(line.currency)
            assert sum((one.debits for one in page.data), nothing) == line.debits
            assert sum((one.credits for one in page.data), nothing) == line.credits
            for one in page.data:
                assert one.balance == balance(session, one.ref)
                holds_together(all_lines(session, reader, one.id, 2))


def test_dated_accounts_are_found_by_when_they_fall_due_and_add_up(session: Session, reader: Actor) -> None:
    make_due_chain(session)
    code = Code.PAY_DEFERRED
    assert Dimension.DUE in code.definition.dimensions
    found = queries.accounts(session, reader, code, "CNY").data
    days = sorted({one.ref.due_on for one in found if one.ref.due_on})
    assert len(days) >= 2
    for due in days:
        of_day = queries.accounts(session, reader, code, "CNY", due_from=due, due_until=due).data
        assert {one.ref.due_on for one in of_day} == {due}
        whole = sum((one.balance for one in of_day), Money.zero("CNY"))
        assert queries.owed_within(session, reader, code, "CNY", due, due) == whole
    first = queries.accounts(session, reader, code, "CNY", limit=1)
    assert first.data[0].ref.due_on == days[-1]
    rest = queries.accounts(session, reader, code, "CNY", cursor=first.next_cursor)
    assert [one.id for one in (*first.data, *rest.data)] == [one.id for one in found]


def test_what_an_account_held_on_an_earlier_day_is_what_was_effective_by_then(session: Session, reader: Actor) -> None:
    account = make_days(session)
    keep(session)
    yesterday = market_now(session).date() - dt.timedelta(days=1)
    (one,) = queries.accounts(session, reader, Code.CLIENT_DEPOSITS, "CNY", as_of=yesterday).data
    assert one.id == account
    assert one.balance == queries.lines(session, reader, account, last=yesterday).closing


def test_the_file_of_an_account_has_the_lines_of_all_pages(session: Session, reader: Actor) -> None:
    account = make_days(session)
    rows = list(csv.DictReader(queries.lines_csv(session, reader, account, None, None)))
    seen = [line for page in all_lines(session, reader, account, 4) for line in page.page.data]
    assert [(row["debit"], row["credit"], row["balance"]) for row in rows] == [
        (line.debit.text(), line.credit.text(), line.balance.text()) for line in seen
    ]


@pytest.mark.parametrize("kept", [False, True])
def test_an_account_adds_up_while_another_posts_to_it(committing_engine: Engine, kept: bool) -> None:
    reader, account = begun(committing_engine, kept=kept)
    reading = transaction(committing_engine)
    with reading as session, posting_after_each_statement(committing_engine, session, account) as posted:
        found = [queries.lines(session, reader, account) for _ in range(3)]
    assert len(posted) >= 3
    for whole in found:
        holds_together([whole])
    assert len({whole.closing for whole in found}) == 3


@pytest.mark.parametrize("kept", [False, True])
def test_the_file_of_an_account_is_of_one_moment_while_another_posts_to_it(
    committing_engine: Engine, monkeypatch: pytest.MonkeyPatch, kept: bool
) -> None:
    monkeypatch.setattr(queries, "PORTION", 3)
    reader, account = begun(committing_engine, kept=kept)
    with snapshot(committing_engine) as session:
        before = [line for page in all_lines(session, reader, account, 50) for line in page.page.data]
        with posting_after_each_statement(committing_engine, session, account) as posted:
            rows = list(csv.DictReader(queries.lines_csv(session, reader, account, None, None)))
    assert len(posted) == 1 + 4, "what it held is summed once, its ten postings are read by three"
    assert [(row["debit"], row["credit"], row["balance"]) for row in rows] == [
        (line.debit.text(), line.credit.text(), line.balance.text()) for line in before
    ]


def test_journals_are_found_by_kind_days_and_subject_and_no_page_loses_any(session: Session, reader: Actor) -> None:
    make_days(session)
    every = list(session.scalars(select(Journal).order_by(Journal.effective_on.desc(), Journal.id.desc())))
    found: list[Journal] = []
    cursor = None
    while True:
        page = journals(session, reader, cursor=cursor, limit=3)
        found += page.data
        cursor = page.next_cursor
        if cursor is None:
            break
    assert [one.id for one in found] == [one.id for one in every]
    assert {one.kind for one in every} <= set(KINDS)
    assert [one.id for one in journals(session, reader, kind="J1").data] == [
        one.id for one in every if one.kind == "J1"
    ]
    day = market_now(session).date() - dt.timedelta(days=1)
    assert {one.effective_on for one in journals(session, reader, first=day, last=day).data} == {day}
    (one,) = journals(session, reader, subject=public(every[0].subject_noun, every[0].subject_id)).data
    assert one.id == every[0].id
    (line,) = entries(session, one.id).data
    assert line.debit == ref_of(session.get_one(Account, line.debit_id.int))


def test_days_that_differ_from_the_postings_are_named_and_read_no_more(session: Session, reader: Actor) -> None:
    account = make_days(session)
    keep(session)
    assert differing_accounts(session) == []
    right = queries.lines(session, reader, account).closing
    session.execute(text("UPDATE account_day SET debited = debited + 1 WHERE account_id = :id"), {"id": account.int})
    assert queries.lines(session, reader, account).closing != right
    assert compare_account_days(inside(session)) == 0
    session.execute(text("UPDATE kept_horizon SET compared_at = compared_at - interval '1 day'"))
    with pytest.raises(AccountDaysDifferError):
        compare_account_days(inside(session))
    assert queries.lines(session, reader, account).closing == right
    assert keep(session) == 1
    assert differing_accounts(session) == []
    assert session.scalars(select(func.count()).select_from(AccountDay)).one() > 0


def test_what_a_range_or_a_filter_cannot_mean_is_refused_at_its_field(session: Session, reader: Actor) -> None:
    account, day = make_days(session), market_now(session).date()
    later = day + dt.timedelta(days=1)
    for read, pointer in (
        (lambda: queries.lines(session, reader, account, first=later), "/last"),
        (lambda: list(queries.lines_csv(session, reader, account, later, day)), "/last"),
        (lambda: journals(session, reader, first=later, last=day), "/last"),
        (lambda: queries.accounts(session, reader, Code.CLIENT_DEPOSITS, "CNY", due_from=day), "/due_from"),
        (lambda: queries.accounts(session, reader, Code.CLIENT_DEPOSITS, "CNY", due_until=day), "/due_until"),
    ):
        with pytest.raises(DomainError) as refused:
            read()
        assert refused.value.slug == "invalid"
        assert [one.pointer for one in refused.value.errors] == [pointer]


def test_only_who_reads_the_ledger_reads_accounts_and_journals(session: Session) -> None:
    account = make_days(session)
    nobody = make_staff(session, "dispute_decider")
    for read in (
        lambda: queries.accounts(session, nobody, Code.CLIENT_DEPOSITS, "CNY"),
        lambda: queries.lines(session, nobody, account),
        lambda: list(queries.lines_csv(session, nobody, account, None, None)),
        lambda: journals(session, nobody),
    ):
        with pytest.raises(DomainError) as refused:
            read()
        assert refused.value.slug == "forbidden"
