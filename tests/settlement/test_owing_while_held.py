"""What a layer owes is taken off its margins also while finance holds them: a hold is no way around it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import held
from marketplace.settlement.extras import pay_from_layer
from marketplace.settlement.maturing import release_cured
from marketplace.settlement.models import Installment
from marketplace.settlement.own_money import approve_move, propose_write_off
from marketplace.settlement.pay_holds import hold_payee, release_hold
from marketplace.settlement.quality_deciding import agree
from marketplace.settlement.stopping import hold_stopped
from tests.builders.payouts import make_due_chain, make_finance, mature
from tests.builders.quality_claims import answers, make_accepted, open_claim

WHY = "Two accounts look alike."


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def margins(session: Session, layer: Actor, state: str) -> Money:
    wanted = select(Installment.amount).where(Installment.payee_id == layer.organization, Installment.state == state)
    return Money(sum(session.scalars(wanted)), "CNY")


def test_a_worker_is_paid_out_of_margins_that_finance_holds(session: Session) -> None:
    chain = make_due_chain(session, claims=2, items=2, items_per_task=1)
    finance, (layer, contract) = make_finance(session), chain.layers[-1]
    hold = hold_payee(session, finance.preparer, layer.organization, WHY, None, days_max=30)
    assert hold_stopped(session) == 1
    assert (margins(session, layer, "held"), margins(session, layer, "scheduled")) == (cny("0.25"), cny("0.25"))

    for amount, left in (("0.10", "0.15"), ("0.05", "0.10")):
        extra = pay_from_layer(
            session, layer, kind="wage_top_up", contract=contract, worker_id=chain.workers[0].person, claim=None,
            amount=cny(amount), key=f"top-up {amount}",
        )  # fmt: skip
        assert (extra.unpaid_amount, extra.recourse_amount) == (0, 0)
        assert margins(session, layer, "held") == cny(left)
        assert balance(session, held(layer.organization, "held_by_finance", "CNY")) == cny(left)
    release_hold(session, finance.approver, hold.id, "They are two people.")
    release_cured(session)
    assert margins(session, layer, "due") == cny("0.10")
    assert balance(session, held(layer.organization, "held_by_finance", "CNY")) == cny("0.00")


def test_nothing_is_given_up_that_a_held_margin_pays(session: Session) -> None:
    chain, handed = make_accepted(session, claims=3, items=6, prices=("0.855", "0.37"))
    layer, finance = chain.layers[-1][0], make_finance(session)
    claim = open_claim(session, chain.client, answers([handed[0]]), "0.20")
    agree(session, layer, claim.id)
    mature(session)
    hold_payee(session, finance.preparer, layer.organization, WHY, None, days_max=30)
    hold_stopped(session)
    assert margins(session, layer, "held") == cny("0.03")
    move = propose_write_off(session, finance.preparer, "quality_claim", claim.id, WHY)
    approve_move(session, finance.approver, move.id)
    assert move.done == cny("0.14"), "0.06 of margins, half of them held, went back"
