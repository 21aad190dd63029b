import datetime as dt
import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.jobs.paydays import Paydays
from marketplace.kernel.business_days import BusinessDay, DayRule
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from marketplace.settlement.models import Earning, EarningShare, Installment
from marketplace.settlement.splitting import AnswerSplit, LayerMargin, split_answer, times
from tests.builders.settlement import accept, hand_in, make_chain
from tests.invariants import check_invariants

CURRENCY = "USD"

terms_parts = st.lists(
    st.builds(TermPart, st.integers(1, 1000), st.integers(0, 24), st.sampled_from(Anchor)), min_size=1, max_size=6
)
terms = st.builds(
    SettlementTerms, terms_parts.map(tuple), st.builds(DayRule, st.sampled_from(BusinessDay), st.none(), st.just("UTC"))
)
days = st.dates(dt.date(2024, 1, 1), dt.date(2040, 12, 31))


@st.composite
def splits(draw: st.DrawFn) -> AnswerSplit:
    """The split of any chain of up to five layers, each with terms of its own."""
    amounts = draw(st.lists(st.integers(0, 10**7), min_size=2, max_size=7))
    fee, pay, *margins = amounts
    accepted_on = draw(days)
    layers = tuple(
        LayerMargin(uuid.uuid4(), uuid.uuid4(), Money(margin, CURRENCY), Paydays(draw(terms), accepted_on))
        for margin in margins
    )
    return split_answer(
        price=Money(sum(amounts), CURRENCY),
        fee=Money(fee, CURRENCY),
        pay=Money(pay, CURRENCY),
        worker_id=uuid.uuid4(),
        contract_id=uuid.uuid4(),
        worker_paydays=Paydays(draw(terms), accepted_on),
        layers=layers,
    )


@given(splits())
def test_fee_and_all_shares_of_an_answer_are_its_price(split: AnswerSplit) -> None:
    total = split.fee
    for payee in split.payees:
        assert sum(share.amount for _, share in payee.shares) == payee.amount.amount
        total += payee.amount
    assert total == split.price


@given(splits())
def test_a_payee_has_one_share_a_day_in_order_and_none_of_nothing(split: AnswerSplit) -> None:
    for payee in split.payees:
        dates = [due_on for due_on, _ in payee.shares]
        assert dates == sorted(set(dates))
        assert all(share.amount > 0 for _, share in payee.shares)


@given(splits(), st.lists(st.integers(1, 5000), min_size=1, max_size=4))
def test_many_answers_of_several_workers_are_as_many_times_the_split_of_one(
    split: AnswerSplit, counts: list[int]
) -> None:
    workers = {uuid.uuid4(): count for count in counts}
    dated = times(split, workers)
    assert sum(amount.amount for amount in dated.values()) == (split.price - split.fee).amount * sum(counts)
    pay = {payee.amount.amount for payee in split.payees if payee.payee_kind == "worker"}
    for worker_id, count in workers.items():
        own = sum(amount.amount for (_, payee_id, *_), amount in dated.items() if payee_id == worker_id)
        assert own == sum(pay) * count


def test_parts_that_do_not_sum_to_the_price_are_refused() -> None:
    with pytest.raises(AssertionError, match="sum to"):
        split_answer(
            price=Money(100, CURRENCY),
            fee=Money(5, CURRENCY),
            pay=Money(94, CURRENCY),
            worker_id=uuid.uuid4(),
            contract_id=uuid.uuid4(),
            worker_paydays=Paydays(SettlementTerms((TermPart(1, 1, Anchor.MONTH_END),)), dt.date(2027, 1, 15)),
            layers=(),
        )


@st.composite
def chains(draw: st.DrawFn) -> dict[str, object]:
    """Prices and terms of a chain of up to two layers below 0.90 CNY less five per cent, in ledger units."""
    prices = sorted(draw(st.lists(st.integers(1, 855_000), min_size=0, max_size=2)), reverse=True)
    pay = draw(st.integers(1, prices[-1] if prices else 855_000))
    return {
        "prices": tuple(Money(price, "CNY").text() for price in prices),
        "pay": Money(pay, "CNY").text(),
        "settlement_terms": draw(terms),
    }


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chains(), st.integers(1, 4))
def test_whatever_the_prices_and_terms_the_books_hold_after_acceptance(
    session: Session, chain_of: dict[str, object], answers: int
) -> None:
    with session.begin_nested() as beginning:
        chain = make_chain(session, items=answers, items_per_task=answers, **chain_of)  # type: ignore[arg-type]
        accept(session, chain, hand_in(session, chain))
        assert session.query(Earning).count() >= answers
        assert session.query(EarningShare).count() >= session.query(Installment).count()
        check_invariants(session)
        beginning.rollback()
