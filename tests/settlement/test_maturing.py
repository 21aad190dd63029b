import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import held, margin_due, pay_due
from marketplace.rails.methods import keep_destination
from marketplace.settlement import holding, queries
from marketplace.settlement.maturing import fall_due, release_cured
from marketplace.settlement.models import Installment
from tests.builders.jobs import make_party
from tests.builders.payouts import make_due_chain, mature
from tests.builders.settlement import accept, hand_in, make_chain, move_clock_to, payable_worker
from tests.builders.work import make_worker

TODAY = SettlementTerms((TermPart(1, 0, Anchor.ACCEPTANCE), TermPart(1, 1, Anchor.MONTH_END)))


def rows(session: Session, *states: str) -> list[Installment]:
    wanted = select(Installment).where(Installment.state.in_(states)).order_by(Installment.amount)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def test_what_is_due_moves_to_the_account_from_which_it_is_paid(session: Session) -> None:
    chain = make_chain(session)
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    assert fall_due(session) == 0
    assert mature(session) == 3
    assert balance(session, pay_due(handed.worker.person, "CNY")) == Money.parse("0.175", "CNY")
    for (seller, contract), amount in zip(chain.layers, ("0.1275", "0.125"), strict=True):
        assert balance(session, margin_due(seller.organization, contract.id, "CNY")) == Money.parse(amount, "CNY")
    assert fall_due(session) == 0


def test_falling_due_takes_as_many_as_it_is_told(session: Session) -> None:
    chain = make_chain(session, settlement_terms=TODAY)
    accept(session, chain, hand_in(session, chain))
    # The margins wait until the answer can be inspected no more.
    move_clock_to(session, market_now(session) + dt.timedelta(days=chain.job.inspection_days))
    assert [fall_due(session, 2) for _ in range(3)] == [2, 1, 0]


def test_a_share_that_comes_late_opens_another_installment_of_the_same_day(session: Session) -> None:
    chain = make_chain(session, items=2, settlement_terms=TODAY)
    worker = payable_worker(session)
    accept(session, chain, hand_in(session, chain, worker))
    assert fall_due(session) == 1
    accept(session, chain, hand_in(session, chain, worker))
    today = market_now(session).date()
    mine = [row for row in rows(session, "due", "scheduled") if row.payee_id == worker.person and row.due_on == today]
    assert {row.state for row in mine} == {"due", "scheduled"}
    assert fall_due(session) == 1


def test_who_has_no_payout_method_is_held_and_released_when_it_is_set(session: Session) -> None:
    chain = make_chain(session, payable=False)
    worker = make_worker(session)
    accept(session, chain, hand_in(session, chain, worker))
    assert mature(session) == 3
    assert [row.held_reason for row in rows(session, "held")] == ["no_payout_method"] * 3
    assert balance(session, held(worker.person, "no_payout_method", "CNY")) == Money.parse("0.175", "CNY")
    assert release_cured(session) == 0
    keep_destination(session, worker, "sandbox", "acct_mine")
    keep_destination(session, chain.layers[0][0], "sandbox", "acct_theirs")
    assert release_cured(session) == 2
    assert [row.held_reason for row in rows(session, "held")] == ["no_payout_method"]
    assert balance(session, pay_due(worker.person, "CNY")) == Money.parse("0.175", "CNY")
    assert balance(session, held(worker.person, "no_payout_method", "CNY")).is_zero


def test_an_installment_moves_only_as_the_table_says(session: Session) -> None:
    make_due_chain(session)
    due = rows(session, "due")
    for move in (holding.mark_paid, holding.take_back_paid, holding.fall_due):
        with pytest.raises(DomainError, match="state_conflict"):
            move(session, due)


def test_everybody_sees_their_own_installments_and_nobody_else_s(session: Session) -> None:
    chain = make_due_chain(session, claims=2)
    one, other = chain.workers
    layer_1, layer_2 = (seller for seller, _ in chain.layers)
    finance, stranger = make_party(session, "platform", "finance"), make_party(session, "subcontractor")
    counts = {
        actor: len(queries.installments(session, actor).data)
        for actor in (one, other, layer_1, layer_2, finance, stranger, chain.client)
    }
    assert list(counts.values()) == [2, 2, 2, 2, 8, 0, 0]
    foreign = queries.installments(session, other).data[0]
    assert queries.installment(session, other, foreign.id).id == foreign.id
    for actor in (one, layer_1, chain.client):
        with pytest.raises(DomainError, match="not_found"):
            queries.installment(session, actor, foreign.id)


def test_installments_are_listed_by_date_state_and_contract(session: Session) -> None:
    chain = make_due_chain(session)
    finance = make_party(session, "platform", "finance")
    assert len(queries.installments(session, finance, state="due").data) == 3
    today = market_now(session).date()
    assert len(queries.installments(session, finance, due_by=today).data) == 3
    assert len(queries.installments(session, finance, contract_id=chain.layers[0][1].id).data) == 2
    first = queries.installments(session, finance, limit=4)
    assert len(queries.installments(session, finance, cursor=first.next_cursor).data) == 2
    following = queries.next_due_on(session)
    assert following is not None
    assert following > today
    assert following - today < dt.timedelta(days=190)


def test_what_is_owed_is_told_by_state(session: Session) -> None:
    chain = make_due_chain(session)
    mine = queries.owed(session, chain.workers[0])[0]
    half = Money.parse("0.175", "CNY")
    assert (mine.earned, mine.due, mine.scheduled, mine.answers) == (half * 2, half, half, 1)
    assert mine.paid.is_zero
    theirs = queries.owed(session, chain.layers[0][0])[0]
    assert theirs.earned == Money.parse("0.255", "CNY")
    with pytest.raises(DomainError, match="forbidden"):
        queries.owed(session, chain.client)
