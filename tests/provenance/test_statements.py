import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.models import Account, AccountBalance
from marketplace.payouts.models import Payout
from marketplace.provenance import statements
from marketplace.provenance.policy import PartKind
from marketplace.provenance.statements import CurrencyStatement, Month
from marketplace.reconciliation.matching import reconcile
from tests.builders.advances import make_accrued_chain, parts_of, take
from tests.builders.payouts import (
    execute,
    inside,
    make_approved_run,
    make_finance,
    mature,
    payout_of,
    sandbox,
)
from tests.builders.quotes import a_rate, wants
from tests.builders.settlement import Chain, accept, hand_in, make_chain, move_clock_to, payable_worker
from tests.builders.taxes import withhold_from
from tests.builders.work import make_worker
from tests.invariants import check_invariants
from tests.payouts.test_returning import it_comes_back
from tests.statements import statements_agree


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def this_month(session: Session) -> Month:
    return Month(market_now(session).date().replace(day=1))


def place_of(code: int) -> str:
    return {2110: "deferred", 2120: "deferred", 2130: "due", 2140: "due", 2150: "held"}[code]


def in_the_ledger(session: Session, payee_id: object) -> dict[str, Money]:
    held = {place: cny("0") for place in statements.PLACES}
    rows = session.execute(
        select(Account.code, AccountBalance.balance)
        .join(AccountBalance, AccountBalance.account_id == Account.id)
        .where(Account.owner_id == payee_id, Account.code.in_((2110, 2120, 2130, 2140, 2150)))
    )
    for code, amount in rows:
        held[place_of(code)] += Money(amount, "CNY")
    return held


def told(session: Session, actor: Actor, month: Month) -> CurrencyStatement:
    (found,) = statements.statement(session, actor, month)
    return found


def moved(found: CurrencyStatement) -> dict[tuple[str, str | None, str | None], Money]:
    return {(one.journal, one.source, one.target): one.money for one in found.movements}


@pytest.fixture
def worked(session: Session) -> tuple[Chain, Actor]:
    """Three answers of one worker, earned in one month, the first half paid at the end of the next."""
    move_clock_to(session, (market_now(session).date().replace(day=1) + dt.timedelta(days=40)).replace(day=10))
    chain = make_chain(session, items=4, price_visibility="finance_only")
    worker = payable_worker(session)
    for _ in range(3):
        accept(session, chain, hand_in(session, chain, worker))
    return chain, worker


def pay(session: Session) -> None:
    mature(session)
    finance = make_finance(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))


def test_what_was_earned_is_deferred_and_every_answer_of_it_is_a_line(
    session: Session, worked: tuple[Chain, Actor]
) -> None:
    _, worker = worked
    month = this_month(session)
    found = told(session, worker, month)
    assert moved(found) == {("J3", None, "deferred"): cny("1.05")}
    assert found.opening == {place: cny("0") for place in statements.PLACES}
    assert found.closing == in_the_ledger(session, worker.person)
    page = statements.lines(session, worker, month)
    assert sum((line.earning.money for line in page.data), cny("0")) == cny("1.05")
    for line in page.data:
        assert line.chain is not None
        assert [part.part.kind for part in line.chain.parts] == [PartKind.FEE, PartKind.HIDDEN, PartKind.PAY]


def test_every_month_closes_with_what_the_ledger_holds_and_the_next_opens_with_it(
    session: Session, worked: tuple[Chain, Actor]
) -> None:
    chain, worker = worked
    payees = [(worker, worker.person), *((seller, seller.organization) for seller, _ in chain.layers)]
    earned = this_month(session)
    pay(session)
    paid = this_month(session)
    assert paid != earned
    for actor, payee_id in payees:
        assert statements.months(session, actor) == [paid, earned]
        found = told(session, actor, paid)
        assert found.opening == told(session, actor, earned).closing
        assert found.closing == in_the_ledger(session, payee_id)
        sent = [(one.sent, one.back) for one in statements.payouts(session, actor, paid).data]
        assert sum((out - back for out, back in sent), cny("0")) == found.sent
        assert not found.sent.is_zero
        assert statements.payouts(session, actor, earned).data == []
    check_invariants(session)


def test_what_became_due_was_paid_and_is_carried_adds_up(session: Session, worked: tuple[Chain, Actor]) -> None:
    _, worker = worked
    pay(session)
    month = this_month(session)
    found = told(session, worker, month)
    # Half of 1.05 is 0.525: 0.52 is sent, and 0.005 is carried on.
    assert moved(found) == {("J4", "deferred", "due"): cny("0.525"), ("J5", "due", None): cny("0.52")}
    assert found.closing == {"deferred": cny("0.525"), "due": cny("0.005"), "held": cny("0")}
    (payout,) = statements.payouts(session, worker, month).data
    assert payout.payout.state == "settled"
    assert payout.payout.rail_reference is not None
    assert payout.payout.carried_out == cny("0.005").amount
    (due,) = statements.installments(session, worker, _month_of_day(session)).data
    assert (due.state, due.payout_id) == ("paid", payout.payout.id)


def _month_of_day(session: Session) -> Month:
    return Month(session.scalars(select(Payout.created_at)).first().date().replace(day=1))  # type: ignore[union-attr]


def test_what_is_held_says_why(session: Session, worked: tuple[Chain, Actor]) -> None:
    chain, _ = worked
    homeless = make_worker(session)
    accept(session, chain, hand_in(session, chain, homeless))
    mature(session)
    month = this_month(session)
    found = told(session, homeless, month)
    assert found.closing == in_the_ledger(session, homeless.person)
    assert not found.closing["held"].is_zero
    page = statements.installments(session, homeless, month)
    assert [(row.state, row.held_reason) for row in page.data] == [("held", "no_payout_method")]


def test_a_payout_that_was_refused_is_sent_and_back_and_the_money_is_due_again(
    session: Session, worked: tuple[Chain, Actor]
) -> None:
    _, worker = worked
    mature(session)
    rail = sandbox(session)
    rail.script("pay_out", "refuse", match=worker.person.hex)
    finance = make_finance(session)
    execute(session, finance, rail, make_approved_run(session, finance))
    month = this_month(session)
    found = told(session, worker, month)
    assert found.sent.is_zero
    assert found.closing == in_the_ledger(session, worker.person)
    (payout,) = statements.payouts(session, worker, month).data
    assert (payout.sent, payout.back) == (cny("0.52"), cny("0.52"))


def test_statements_are_one_s_own_and_pages_lose_nothing(session: Session, worked: tuple[Chain, Actor]) -> None:
    chain, worker = worked
    month = this_month(session)
    stranger = payable_worker(session)
    assert statements.months(session, stranger) == []
    assert statements.statement(session, stranger, month) == []
    assert statements.lines(session, stranger, month).data == []
    first = statements.lines(session, worker, month, limit=2)
    second = statements.lines(session, worker, month, cursor=first.next_cursor, limit=2)
    assert len({line.earning.id for line in (*first.data, *second.data)}) == 3
    assert second.next_cursor is None
    with pytest.raises(DomainError, match=r"installment\.read"):
        statements.months(session, chain.reviewer)


@pytest.mark.parametrize("text", ["", "2027", "2027-13", "1999-01", "2027-1", None])
def test_a_month_is_written_one_way(text: str | None) -> None:
    with pytest.raises(DomainError) as caught:
        Month.parse(text)
    assert [error.pointer for error in caught.value.errors] == ["/month"]
    assert str(Month.parse("2027-02")) == "2027-02"


def test_tax_fee_and_another_currency_stand_apart_and_the_column_adds_up(session: Session) -> None:
    """0.875 CNY taken early for 0.00875, of which 10 % tax are withheld, paid in KES, and then it comes back."""
    chain, finance, rail = make_accrued_chain(session), make_finance(session), sandbox(session)
    worker, month = chain.workers[0], this_month(session)
    withhold_from(session, finance, worker, ("KE-KRA", 100_000))
    a_rate(session, by=finance.preparer)
    wants(session, worker)
    take(session, worker, parts_of(session, worker)[0])
    run = make_approved_run(session, finance)
    execute(session, finance, rail, run)
    reconcile(inside(session), {"sandbox": rail})
    payout = payout_of(session, run, worker)

    found = told(session, worker, month)

    assert (found.earned, found.tax, found.advance_fee) == (cny("1.75"), cny("0.08"), cny("0.00875"))
    assert found.paid == payout.given
    # 1.75 earned - 0.785... paid - 0.08 tax - 0.00875 fee
    assert found.owed_at_end == found.earned - payout.given - cny("0.08") - cny("0.00875")
    (one,) = statements.payouts(session, worker, month).data
    assert (one.sent, one.tax, one.fee) == (payout.money, cny("0.08"), cny("0.00875"))
    assert one.payout.paid.currency == "KES"
    payees = [worker, *(seller for seller, _ in chain.layers)]
    assert statements_agree(session, payees) >= 3

    it_comes_back(session, rail, payout, payout.taken)

    found = told(session, worker, month)
    assert (found.paid, found.tax, found.advance_fee) == (cny("0"),) * 3
    assert found.owed_at_end == cny("1.75")
    assert statements_agree(session, payees) >= 3
