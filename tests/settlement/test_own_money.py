"""The platform's own money moves by two people of finance: who may, what is booked when, and what the log says."""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.identity.models import Membership
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import bank_operating, bank_wages, guarantee_fund
from marketplace.ledger.treasury import contribute, put_in_capital
from marketplace.settlement.collecting import settle_open
from marketplace.settlement.extra_models import Extra
from marketplace.settlement.extras import pay_from_layer
from marketplace.settlement.own_money import (
    approve_move,
    propose_move,
    propose_write_off,
    put_in_first_capital,
    reject_move,
)
from marketplace.settlement.own_money_models import OwnMoneyMove
from marketplace.settlement.own_money_queries import debts, moves
from marketplace.settlement.quality_deciding import agree
from tests.builders.defaults import operations
from tests.builders.identity import make_staff
from tests.builders.payouts import make_finance
from tests.builders.quality_claims import answers, make_accepted, open_claim
from tests.builders.settlement import Chain, accept, hand_in, make_chain

OWNERS = system_actor("tests")
WHY = "The board decided so."


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def owing(session: Session) -> tuple[Chain, Extra]:
    """A layer that owes 0.75 CNY to the guarantee fund; the operating account has 10.00 left."""
    chain = make_chain(session)
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    layer, contract = chain.layers[-1]
    put_in_capital(session, OWNERS, cny("15"))
    contribute(session, OWNERS, cny("5"))
    extra = pay_from_layer(
        session, layer, kind="wage_top_up", contract=contract, worker_id=handed.worker.person, claim=None,
        amount=cny("1.00"), key="top-up",
    )  # fmt: skip
    assert extra.recourse == cny("0.75")
    return chain, extra


def kinds(session: Session, move: OwnMoneyMove) -> list[str]:
    wanted = select(AuditEvent.kind).where(AuditEvent.subject_id == move.id).order_by(AuditEvent.id)
    return list(session.scalars(wanted))


def test_nothing_moves_before_another_person_approves(session: Session) -> None:
    finance = make_finance(session)
    move = propose_move(session, finance.preparer, "capital", cny("100"), WHY)
    assert balance(session, bank_operating("CNY")).is_zero
    with pytest.raises(DomainError, match="own_money_two_people"):
        approve_move(session, finance.preparer, move.id)
    assert balance(session, bank_operating("CNY")).is_zero
    approve_move(session, finance.approver, move.id)
    assert balance(session, bank_operating("CNY")) == cny("100")
    assert (move.state, move.done, move.decided_by) == ("done", cny("100"), finance.approver.person)
    with pytest.raises(DomainError, match="state_conflict"):
        approve_move(session, finance.approver, move.id)
    assert balance(session, bank_operating("CNY")) == cny("100")
    assert kinds(session, move) == ["own_money.proposed", "own_money.done"]


def test_what_is_given_up_moves_nothing_and_cannot_be_done_later(session: Session) -> None:
    finance = make_finance(session)
    move = propose_move(session, finance.preparer, "capital", cny("100"), WHY)
    reject_move(session, finance.preparer, move.id)
    with pytest.raises(DomainError, match="state_conflict"):
        approve_move(session, finance.approver, move.id)
    assert balance(session, bank_operating("CNY")).is_zero
    assert kinds(session, move) == ["own_money.proposed", "own_money.rejected"]
    assert [row.state for row in moves(session, finance.approver, state="rejected").data] == ["rejected"]


def test_the_fund_gets_no_more_than_the_operating_account_holds(session: Session) -> None:
    finance = make_finance(session)
    put_in_capital(session, OWNERS, cny("10"))
    move = propose_move(session, finance.preparer, "contribution", cny("10.01"), WHY)
    with pytest.raises(DomainError, match="coverage_short"):
        approve_move(session, finance.approver, move.id)
    put_in_capital(session, OWNERS, cny("0.01"))
    approve_move(session, finance.approver, move.id)
    assert balance(session, guarantee_fund("CNY")) == cny("10.01")
    assert balance(session, bank_wages("CNY")) == cny("10.01")
    assert balance(session, bank_operating("CNY")).is_zero


def test_fees_are_taken_only_as_far_as_others_money_stays_covered(session: Session) -> None:
    chain = make_chain(session)
    accept(session, chain, hand_in(session, chain))
    finance = make_finance(session)
    move = propose_move(session, finance.preparer, "fees", cny("0.46"), WHY)
    with pytest.raises(DomainError, match="coverage_short"):
        approve_move(session, finance.approver, move.id)
    assert (move.state, balance(session, bank_operating("CNY"))) == ("proposed", cny("0"))


@pytest.mark.parametrize("kind", ["rent", "extra", ""])
def test_only_what_the_platform_moves_can_be_proposed(session: Session, kind: str) -> None:
    with pytest.raises(DomainError, match="invalid"):
        propose_move(session, make_finance(session).preparer, kind, cny("1"), WHY)


def test_a_proposal_says_why_and_of_how_much(session: Session) -> None:
    preparer = make_finance(session).preparer
    for amount, reason in (("1", " "), ("0", WHY)):
        with pytest.raises(DomainError, match="invalid"):
            propose_move(session, preparer, "capital", cny(amount), reason)


def test_only_finance_proposes_approves_and_gives_up(session: Session) -> None:
    finance, other = make_finance(session), operations(session)
    move = propose_move(session, finance.preparer, "capital", cny("1"), WHY)
    verbs: tuple[Callable[[], OwnMoneyMove], ...] = (
        lambda: propose_move(session, other, "capital", cny("1"), WHY),
        lambda: propose_write_off(session, other, "extra", new_id(), WHY),
        lambda: approve_move(session, other, move.id),
        lambda: reject_move(session, other, move.id),
    )
    for verb in verbs:
        with pytest.raises(DomainError, match="forbidden"):
            verb()
    with pytest.raises(DomainError, match="not_found"):
        approve_move(session, finance.approver, uuid.uuid4())


def test_a_debt_to_the_fund_is_given_up_by_two_people_once(session: Session) -> None:
    chain, extra = owing(session)
    finance = make_finance(session)
    (debt,) = debts(session, finance.preparer)
    assert (debt.noun, debt.id, debt.money) == ("extra", extra.id, cny("0.75"))
    assert debt.organization_id == chain.layers[-1][0].organization
    move = propose_write_off(session, finance.preparer, "extra", extra.id, WHY)
    assert (move.money, extra.recourse) == (cny("0.75"), cny("0.75"))
    with pytest.raises(DomainError, match="state_conflict"):
        propose_write_off(session, finance.approver, "extra", extra.id, WHY)
    approve_move(session, finance.approver, move.id)
    assert (move.done, extra.recourse_amount) == (cny("0.75"), 0)
    assert balance(session, bank_operating("CNY")) == cny("9.25")
    assert debts(session, finance.preparer) == []
    with pytest.raises(DomainError, match="state_conflict"):
        propose_write_off(session, finance.preparer, "extra", extra.id, WHY)


def test_what_came_back_meanwhile_is_not_given_up(session: Session) -> None:
    chain, extra = owing(session)
    finance = make_finance(session)
    move = propose_write_off(session, finance.preparer, "extra", extra.id, WHY)
    accept(session, chain, hand_in(session, chain))
    assert settle_open(session) == 1
    approve_move(session, finance.approver, move.id)
    assert (move.money, move.done) == (cny("0.75"), cny("0.50"))
    assert balance(session, bank_operating("CNY")) == cny("9.50")


def test_no_more_is_given_up_than_was_proposed(session: Session) -> None:
    _, extra = owing(session)
    finance = make_finance(session)
    move = propose_write_off(session, finance.preparer, "extra", extra.id, WHY)
    move.amount -= 1
    session.flush()
    with pytest.raises(DomainError, match="own_money_changed"):
        approve_move(session, finance.approver, move.id)
    assert extra.recourse == cny("0.75")


def test_what_is_owed_for_a_quality_claim_is_given_up_by_two_people(session: Session) -> None:
    chain, handed = make_accepted(session, claims=3, items=6, prices=("0.855", "0.37"))
    claim = open_claim(session, chain.client, answers([handed[0]]), "0.20")
    agree(session, chain.layers[-1][0], claim.id)
    finance = make_finance(session)
    (debt,) = debts(session, finance.preparer)
    assert (debt.noun, debt.money) == ("quality_claim", cny("0.20"))
    move = propose_write_off(session, finance.preparer, "quality_claim", claim.id, WHY)
    approve_move(session, finance.approver, move.id)
    assert (move.money, move.done) == (cny("0.20"), cny("0.14"))
    assert debts(session, finance.preparer) == []


def test_nobody_gives_up_what_an_organization_of_theirs_owes(session: Session) -> None:
    chain, extra = owing(session)
    finance = make_finance(session)
    debtor = chain.layers[-1][0].organization
    session.add(Membership(person_id=finance.approver.person, organization_id=debtor, role="manager"))
    session.flush()
    with pytest.raises(DomainError, match="Your own organization owes this"):
        propose_write_off(session, finance.approver, "extra", extra.id, WHY)
    move = propose_write_off(session, finance.preparer, "extra", extra.id, WHY)
    with pytest.raises(DomainError, match="Your own organization owes this"):
        approve_move(session, finance.approver, move.id)
    assert (move.state, extra.recourse) == ("proposed", cny("0.75"))
    reject_move(session, finance.approver, move.id)


def test_capital_is_booked_alone_no_more_once_two_people_moved_money(session: Session) -> None:
    finance = make_finance(session)
    approve_move(session, finance.approver, propose_move(session, finance.preparer, "capital", cny("1"), WHY).id)
    session.execute(delete(Membership).where(Membership.role == "finance"))
    with pytest.raises(DomainError, match="own_money_two_people"):
        put_in_first_capital(session, system_actor("command_line"), cny("100"), WHY)


def test_capital_before_anybody_is_of_finance_is_booked_and_the_log_says_alone(session: Session) -> None:
    operator = system_actor("command_line")
    put_in_first_capital(session, operator, cny("100"), WHY)
    assert balance(session, bank_operating("CNY")) == cny("100")
    assert session.scalars(select(AuditEvent.kind).where(AuditEvent.kind == "own_money.put_in_alone")).all()
    make_staff(session, "finance")
    with pytest.raises(DomainError, match="own_money_two_people"):
        put_in_first_capital(session, operator, cny("100"), WHY)
    assert balance(session, bank_operating("CNY")) == cny("100")
