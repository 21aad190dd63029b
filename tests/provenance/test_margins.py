from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.provenance.margin_days import margin_days, margin_lines
from marketplace.provenance.margin_files import margins_csv
from marketplace.provenance.margin_report import GROUPS, Filters, margin_sums, margin_totals
from marketplace.provenance.margins import own_margin
from marketplace.provenance.statements import Month
from marketplace.provenance.worker_share import worker_share
from tests.builders.jobs import make_party
from tests.builders.settlement import Chain, accept, hand_in, make_chain, move_clock_to, next_day
from tests.provenance.test_day_margins import sweep
from tests.settlement.test_mirroring import accepted_together, cny, confirmed

BOOKED = text("""
    SELECT to_char(journal.effective_on, 'YYYY-MM'), posting.currency, sum(posting.amount)
    FROM posting
    JOIN journal ON journal.id = posting.journal_id AND journal.kind = 'J3'
    JOIN account ON account.id = posting.credit_account_id AND account.code = 2120
    GROUP BY 1, 2
""")


@pytest.fixture
def history(session: Session) -> tuple[Chain, Chain]:
    """A job in CNY and one in JPY with prices below their units, accepted on days of two months."""
    one = make_chain(session, items=6, prices=("0.855", "0.6013"), pay="0.3507")
    two = make_chain(
        session, items=4, prices=("0.8031", "0.5002"), pay="0.4999", currency="JPY", funds="10000", layers_max=3
    )
    for day in (next_day(session, 3, 30), next_day(session, 3, 30) + dt.timedelta(days=1)):
        move_clock_to(session, day)
        accept(session, one, hand_in(session, one))
        accept(session, two, hand_in(session, two))
    move_clock_to(session, day + dt.timedelta(days=3))
    accept(session, one, hand_in(session, one))
    return one, two


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def auditor(session: Session) -> Actor:
    return make_party(session, "platform", "auditor")


@pytest.mark.usefixtures("history")
def test_every_way_of_adding_the_margins_up_gives_what_was_posted_to_the_last_digit(session: Session) -> None:
    reader = auditor(session)
    booked: Counter[tuple[str, str]] = Counter()
    for month, currency, amount in session.execute(BOOKED):
        booked[month, currency] += int(amount)
    assert {currency for _, currency in booked} == {"CNY", "JPY"}
    assert len(booked) > 2
    by_month = {
        (str(one.key)[:7], one.amount.currency): one.amount.amount for one in margin_sums(session, reader, "month").data
    }
    assert by_month == booked
    posted: Counter[str] = Counter()
    for (_, currency), amount in booked.items():
        posted[currency] += amount
    for by in GROUPS:
        added: Counter[str] = Counter()
        for one in margin_sums(session, reader, by).data:
            added[one.amount.currency] += one.amount.amount
        assert added == posted, by
    assert {one.currency: one.amount for one in margin_totals(session, reader)} == posted
    lines = [line.split(",") for line in "".join(margins_csv(session, reader, Filters())).splitlines()[1:]]
    in_file = {currency: Money.zero(currency) for currency in posted}
    for *_, amount, currency in lines:
        in_file[currency] += Money.parse(amount, currency)
    assert {currency: money.amount for currency, money in in_file.items()} == posted


@pytest.mark.parametrize("summed", [False, True])
def test_what_was_accepted_by_mistake_is_in_no_margin_report(session: Session, summed: bool) -> None:
    chain, answers = accepted_together(session)
    (_, contract), reader = chain.layers[0], auditor(session)
    if summed:
        move_clock_to(session, market_now(session) + dt.timedelta(days=4))
        assert sweep(session)
    before = own_margin(session, reader, contract.id)
    assert sum(rate.answers for rate in before.rates) == 2 * len(answers)
    confirmed(session, answers[0])
    left = own_margin(session, reader, contract.id)
    assert sum(rate.answers for rate in left.rates) == len(answers)
    (by_contract,) = [one for one in margin_sums(session, reader, "contract").data if one.key == contract.id]
    assert (by_contract.answers, by_contract.amount) == (3, left.earned)
    assert left.earned == cny("0.765")
    assert [one.answers for one in margin_days(session, reader, contract.id).data] == [3]
    assert len(margin_lines(session, reader, contract.id).data) == 3


def test_the_amounts_of_two_currencies_are_never_one_sum(session: Session, history: tuple[Chain, Chain]) -> None:
    one, two = history
    page = margin_sums(session, auditor(session), "layer")
    assert [(sum_.key, sum_.amount.currency) for sum_ in page.data] == [(1, "CNY"), (1, "JPY"), (2, "CNY"), (2, "JPY")]
    assert page.data[0].amount == Money.parse("0.2537", "CNY") * 3
    assert {one.job.currency, two.job.currency} == {"CNY", "JPY"}


def test_a_layer_sees_its_own_margins_and_a_client_none(session: Session, history: tuple[Chain, Chain]) -> None:
    chain, _ = history
    for (seller, contract), margin in zip(chain.layers, ("0.2537", "0.2506"), strict=True):
        for by in GROUPS:
            total = Money.zero("CNY")
            for one in margin_sums(session, seller, by).data:
                total += one.amount
            assert total == Money.parse(margin, "CNY") * 3
        assert [one.key for one in margin_sums(session, seller, "contract").data] == [contract.id]
        other = next(row.id for _, row in chain.layers if row.id != contract.id)
        assert margin_sums(session, seller, "month", Filters(contract_id=other)).data == []
        assert len("".join(margins_csv(session, seller, Filters())).splitlines()) == 3
    assert margin_sums(session, chain.client, "month").data == []
    assert margin_totals(session, chain.client) == []
    for stranger in (chain.reviewer, make_party(session, "platform", "dispute_decider")):
        with pytest.raises(DomainError, match=r"margin\.read"):
            margin_sums(session, stranger, "month")


def test_narrowing_leads_from_a_month_to_the_answers(session: Session, history: tuple[Chain, Chain]) -> None:
    chain, _ = history
    reader = auditor(session)
    newest = margin_sums(session, reader, "month").data[0]
    assert isinstance(newest.key, dt.date)
    filters = Filters(month=Month(newest.key), client_id=chain.client.organization, layer=2, rate="standard")
    (of_contract,) = margin_sums(session, reader, "contract", filters).data
    contract = chain.layers[1][1]
    assert (of_contract.key, of_contract.answers) == (contract.id, 1)
    days = margin_days(session, reader, contract.id).data
    assert [(day.answers, day.amount.text()) for day in days] == [(1, "0.2506")] * 3
    lines = [
        line for day in days for line in margin_lines(session, reader, contract.id, accepted_on=day.accepted_on).data
    ]
    assert lines == margin_lines(session, reader, contract.id).data
    assert [line.money.text() for line in lines] == ["0.2506"] * 3


def test_days_and_lines_of_a_contract_are_its_sellers_and_the_staffs(
    session: Session, history: tuple[Chain, Chain]
) -> None:
    chain, _ = history
    (first, upper), (second, lower) = chain.layers
    assert len(margin_days(session, first, upper.id).data) == 3
    for reader, contract in ((first, lower), (second, upper), (chain.client, upper)):
        for read in (margin_days, margin_lines):
            with pytest.raises(DomainError) as refusal:
                read(session, reader, contract.id)
            assert refusal.value.slug == "not_found"


def test_the_queries_of_the_report_do_not_grow_with_its_rows(session: Session, history: tuple[Chain, Chain]) -> None:
    reader = auditor(session)
    counts = set()
    for _ in range(2):
        session.expunge_all()
        with counted(session) as seen:
            pages = [margin_sums(session, reader, by, limit=2) for by in GROUPS]
            margin_totals(session, reader)
            list(margins_csv(session, reader, Filters()))
        counts.add(len(seen))
        assert all(len(page.data) <= 2 for page in pages)
        extra = make_chain(session, items=2)
        accept(session, extra, hand_in(session, extra))
    assert counts == {2 * (len(GROUPS) + 2)}
    first = margin_sums(session, reader, "contract", limit=2)
    rest = margin_sums(session, reader, "contract", cursor=first.next_cursor, limit=200)
    assert [*first.data, *rest.data] == margin_sums(session, reader, "contract", limit=200).data


def test_an_unknown_grouping_is_refused(session: Session) -> None:
    with pytest.raises(DomainError) as refusal:
        margin_sums(session, auditor(session), "worker")
    assert refusal.value.slug == "invalid"


@pytest.mark.parametrize(
    ("policy", "pay", "percent"), [("full", "0.70", 38), ("shares", None, 38), ("finance_only", None, None)]
)
def test_the_client_learns_of_the_workers_share_what_the_policy_shows(
    session: Session, policy: str, pay: str | None, percent: int | None
) -> None:
    chain = make_chain(session, items=2, price_visibility=policy)
    for _ in range(2):
        accept(session, chain, hand_in(session, chain))
    seen = worker_share(session, chain.client, chain.job.id)
    assert list(seen.rates) == ["standard"]
    for one in (seen.rates["standard"], seen.total):
        assert (one.answers, one.price.text()) == (2, "1.80")
        assert (None if one.pay is None else one.pay.text(), one.percent) == (pay, percent)
    whole = worker_share(session, auditor(session), chain.job.id).total
    assert whole.pay == Money.parse("0.70", "CNY")
    for other in (chain.layers[0][0], make_party(session, "client")):
        with pytest.raises(DomainError) as refusal:
            worker_share(session, other, chain.job.id)
        assert refusal.value.slug == "not_found"


def test_a_share_hidden_for_some_answers_is_not_told_for_all_together(session: Session) -> None:
    """Else the difference would tell it: here the client opened some of the tasks itself and knows their pay."""
    chain = make_chain(session, items=2, price_visibility="finance_only")
    accept(session, chain, hand_in(session, chain))
    alone = make_chain(session, items=1, prices=(), price_visibility="finance_only")
    accept(session, alone, hand_in(session, alone))
    assert worker_share(session, alone.client, alone.job.id).total.pay == Money.parse("0.35", "CNY")
    assert worker_share(session, chain.client, chain.job.id).total.pay is None
