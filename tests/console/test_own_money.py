"""The page of the platform's own money: proposed by one person, done by another, debts to be given up beside it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import bank_operating
from marketplace.ledger.treasury import contribute, put_in_capital
from marketplace.settlement.extras import pay_from_layer
from marketplace.settlement.own_money_models import OwnMoneyMove
from tests.builders.payouts import make_finance
from tests.builders.settlement import accept, hand_in, make_chain
from tests.console.conftest import Enter

PAGE = "/console/own-money"
ASKED = {"kind": "capital", "amount": "100.00", "currency": "cny", "reason": "The owners' second round"}


def test_one_proposes_another_approves_and_then_it_is_there(session: Session, enter: Enter) -> None:
    finance = make_finance(session)
    preparer, approver = enter(finance.preparer), enter(finance.approver)
    assert "Nothing was proposed" in preparer.get(PAGE).text
    assert preparer.post(PAGE, {**ASKED, "amount": "much"}).status_code == 422
    assert preparer.post(PAGE, {**ASKED, "reason": " "}).status_code == 422
    assert preparer.post(PAGE, ASKED).status_code == 303
    path = f"{PAGE}/{public('own_money_move', session.scalars(select(OwnMoneyMove.id)).one())}"
    shown = preparer.get(PAGE).text
    assert "The owners&#39; second round" in shown
    assert f"{path}/approve" not in shown
    assert preparer.post(f"{path}/approve").status_code == 422
    assert f"{path}/approve" in approver.get(PAGE).text
    assert approver.post(f"{path}/approve").status_code == 303
    assert balance(session, bank_operating("CNY")) == Money.parse("100", "CNY")
    assert f"{path}/reject" not in approver.get(PAGE).text


def test_a_debt_is_chosen_from_what_is_owed_and_may_be_kept_after_all(session: Session, enter: Enter) -> None:
    owners, chain = system_actor("tests"), make_chain(session)
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    layer, contract = chain.layers[-1]
    put_in_capital(session, owners, Money.parse("15", "CNY"))
    contribute(session, owners, Money.parse("5", "CNY"))
    extra = pay_from_layer(
        session, layer, kind="wage_top_up", contract=contract, worker_id=handed.worker.person, claim=None,
        amount=Money.parse("1.00", "CNY"), key="top-up",
    )  # fmt: skip
    browser = enter(make_finance(session).preparer)
    debt = f"extra {public('extra', extra.id)}"
    assert f'value="{debt}"' in browser.get(PAGE).text
    assert browser.post(f"{PAGE}/write-off", {"debt": "extra", "why": "They are gone."}).status_code == 422
    assert browser.post(f"{PAGE}/write-off", {"debt": debt, "why": "They are gone."}).status_code == 303
    assert browser.post(f"{PAGE}/write-off", {"debt": debt, "why": "They are gone."}).status_code == 422
    move = session.scalars(select(OwnMoneyMove)).one()
    path = f"{PAGE}/{public('own_money_move', move.id)}"
    browser.get(PAGE)
    assert browser.post(f"{path}/reject").status_code == 303
    session.refresh(move)
    assert (move.state, extra.recourse) == ("rejected", Money.parse("0.75", "CNY"))
