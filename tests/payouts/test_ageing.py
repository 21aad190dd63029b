import csv
import datetime as dt

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.sealing import Checkpoint, seal
from marketplace.db.clock import market_now, real_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import trial_balance
from marketplace.ledger.chart import Code
from marketplace.payouts.ageing import BUCKETS, Chosen, Moment, ageing_csv, lines, moment, sums
from marketplace.settlement.models import Installment
from tests.audit.parts import SIGNER
from tests.builders.identity import make_staff
from tests.builders.jobs import make_party
from tests.builders.payouts import execute, make_approved_run, make_due_chain, make_finance, mature, sandbox
from tests.builders.settlement import accept, hand_in, make_chain, move_clock_to
from tests.builders.statements import statements

OF_PAYEES = (
    Code.PAY_DEFERRED,
    Code.MARGIN_DEFERRED,
    Code.PAY_DUE,
    Code.MARGIN_DUE,
    Code.HELD,
    Code.PAYOUTS_IN_FLIGHT,
)


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


@pytest.fixture
def reader(session: Session) -> Actor:
    return make_staff(session, "auditor")


def sealed(session: Session) -> Checkpoint:
    session.flush()
    head = seal(session, SIGNER)
    assert head is not None
    return head


def table(session: Session, reader: Actor, when: Moment | None = None) -> dict[tuple[str, str], str]:
    when = when or moment(session, reader)
    return {(one.payee_kind, one.bucket): one.money.text() for one in sums(session, reader, when)}


def whole_file(session: Session, reader: Actor, when: Moment) -> str:
    return "".join(ageing_csv(session, reader, when))


def test_what_is_owed_ages_from_the_day_on_which_it_fell_due(session: Session, reader: Actor) -> None:
    chain = make_due_chain(session)
    sealed(session)
    assert table(session, reader) == {
        ("worker", "not_due"): "0.175",
        ("worker", "days_0_30"): "0.175",
        ("layer", "not_due"): "0.2525",
        ("layer", "days_0_30"): "0.2525",
    }
    due = market_now(session).date()
    for days, bucket in ((30, "days_0_30"), (31, "days_31_60"), (60, "days_31_60"), (61, "days_61_90")):
        move_clock_to(session, due + dt.timedelta(days=days))
        assert table(session, reader)["worker", bucket] == "0.175"
    move_clock_to(session, due + dt.timedelta(days=91))
    assert table(session, reader)["worker", "days_over_90"] == "0.175"
    (line,) = lines(session, reader, moment(session, reader), Chosen("worker", "CNY", "days_over_90")).data
    assert (line.payee_id, line.since, line.money) == (chain.workers[-1].person, due, cny("0.175"))


def test_a_figure_of_the_same_day_and_moment_never_changes(session: Session, reader: Actor) -> None:
    chain = make_chain(session, items=4)
    accept(session, chain, hand_in(session, chain))
    first = sealed(session)
    day = market_now(session).date()
    then = moment(session, reader, day, first.sealed_at)
    before = whole_file(session, reader, then)
    assert (then.head, then.known_at) == (first, first.sealed_at)
    # Known later, of the same day.
    accept(session, chain, hand_in(session, chain))
    assert whole_file(session, reader, moment(session, reader, day, first.sealed_at)) == before
    second = sealed(session)
    known_later = whole_file(session, reader, moment(session, reader, day, second.sealed_at))
    assert known_later != before
    # Known later, and of later days: due, paid, and closed.
    finance = make_finance(session)
    mature(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    third = sealed(session)
    for known, file in ((first, before), (second, known_later)):
        assert whole_file(session, reader, moment(session, reader, day, known.sealed_at)) == file
    rows = [row for row in csv.DictReader(known_later.splitlines(keepends=True)) if row["bucket"] == "not_due"]
    now = list(csv.DictReader(whole_file(session, reader, moment(session, reader, day, third.sealed_at)).splitlines()))
    assert [{**row, "known_at": "", "tree_size": ""} for row in now] == [
        {**row, "known_at": "", "tree_size": ""} for row in rows
    ]
    assert [one.bucket for one in sums(session, reader, moment(session, reader)) if one.bucket != "not_due"] != []


def test_before_the_log_was_sealed_nothing_was_known(session: Session, reader: Actor) -> None:
    make_due_chain(session)
    assert moment(session, reader).head is None
    assert table(session, reader) == {}
    head = sealed(session)
    earlier = moment(session, reader, None, head.sealed_at - dt.timedelta(seconds=1))
    assert (earlier.head, table(session, reader, earlier)) == (None, {})


def test_all_that_is_owed_to_payees_is_in_it_once_and_installments_say_the_same(
    session: Session, reader: Actor
) -> None:
    make_due_chain(session, claims=3)
    rail, finance = sandbox(session), make_finance(session)
    rail.script("pay_out", "refuse")
    rail.script("pay_out", "unknown_before_executing")
    execute(session, finance, rail, make_approved_run(session, finance))
    sealed(session)
    found = sums(session, reader, moment(session, reader))
    owed = sum((line.balance for line in trial_balance(session, reader) if line.code in OF_PAYEES), cny("0"))
    assert sum((one.money for one in found), cny("0")) == owed
    state = {
        name: Money(int(amount), "CNY")
        for name, amount in session.execute(
            select(Installment.state, func.sum(Installment.amount)).group_by(Installment.state)
        )
    }
    by_bucket = {bucket: sum((one.money for one in found if one.bucket == bucket), cny("0")) for bucket in BUCKETS}
    assert by_bucket["not_due"] == state["scheduled"]
    assert by_bucket["in_flight"] > cny("0")
    assert by_bucket["held"] + by_bucket["failed"] == state.get("held", cny("0"))


def test_the_lines_of_a_sum_come_in_pages_that_add_up_to_it(session: Session, reader: Actor) -> None:
    make_due_chain(session, claims=3)
    sealed(session)
    when = moment(session, reader)
    for one in sums(session, reader, when):
        chosen, cursor, money, pages = Chosen(one.payee_kind, one.currency, one.bucket), None, cny("0"), 0
        while True:
            page = lines(session, reader, when, chosen, cursor=cursor, limit=2)
            money, cursor, pages = sum((line.money for line in page.data), money), page.next_cursor, pages + 1
            if cursor is None:
                break
        assert money == one.money
        assert pages >= (one.payees + 1) // 2


def test_it_is_for_who_reads_the_books_and_for_days_and_moments_that_are_settled(
    session: Session, reader: Actor
) -> None:
    make_due_chain(session)
    sealed(session)
    with pytest.raises(DomainError, match=r"ledger\.read"):
        moment(session, make_party(session, "client", "requester"))
    for as_of, known_at, pointer in (
        (market_now(session).date() + dt.timedelta(days=1), None, "/as_of"),
        (None, real_now(session) + dt.timedelta(minutes=1), "/known_at"),
    ):
        with pytest.raises(DomainError) as caught:
            moment(session, reader, as_of, known_at)
        assert [error.pointer for error in caught.value.errors] == [pointer]


def test_sums_and_a_page_of_lines_take_as_many_queries_however_much_is_owed(session: Session, reader: Actor) -> None:
    counts = []
    for _ in range(2):
        make_due_chain(session, claims=3)
        sealed(session)
        when = moment(session, reader)
        with statements(session) as sent:
            sums(session, reader, when)
            assert len(lines(session, reader, when, Chosen(), limit=2).data) == 2
        counts.append(len(sent))
    assert counts == [6, 6]
