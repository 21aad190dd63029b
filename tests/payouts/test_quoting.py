"""Rates of payouts: quoted when prepared, ended before they are sent, missing, given by the rail."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.gateways.stripe_connect.amounts import steps_of
from marketplace.gateways.stripe_connect.rail import StripeRail
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.kernel.rates import Rate
from marketplace.payouts.approving import approve_payout, approve_run, cancel_payout
from marketplace.payouts.models import Payout, PayoutQuote, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.quoting import take_wanted_quotes
from marketplace.payouts.sending import advance_runs
from marketplace.rails.port import step_of
from marketplace.settlement.models import Installment
from tests.builders.payouts import (
    Finance,
    execute,
    inside,
    make_approved_run,
    make_due_chain,
    mature,
    payout_of,
)
from tests.builders.quotes import a_rate, hours_pass, wants
from tests.builders.settlement import Chain
from tests.payouts.changed import cny, kes, the_payout


def test_a_better_rate_is_hers_and_needs_nobody(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, changed: PayoutRun
) -> None:
    hours_pass(session, 25)
    a_rate(session, "18.5", by=finance.preparer)

    execute(session, finance, rail, changed)

    payout = the_payout(session, chain, changed)
    assert (payout.state, payout.paid) == ("settled", kes("16.18")), "0.875 x 18.5 = 16.1875"
    assert session.scalar(select(func.count()).select_from(PayoutQuote)) == 2


def test_a_worse_rate_than_she_was_shown_needs_another_approval(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, changed: PayoutRun
) -> None:
    hours_pass(session, 25)
    a_rate(session, "17", by=finance.preparer)

    execute(session, finance, rail, changed)

    payout = the_payout(session, chain, changed)
    assert (payout.state, payout.paid) == ("draft", kes("14.87"))
    assert session.get_one(PayoutRun, changed.id).state == "executing"
    with pytest.raises(DomainError, match="You prepared this payout run"):
        approve_payout(session, finance.preparer, payout.id)
    approve_payout(session, finance.approver, payout.id)
    advance_runs(inside(session), {"sandbox": rail})
    assert the_payout(session, chain, changed).state == "settled"
    with pytest.raises(DomainError, match="This payout is settled"):
        approve_payout(session, finance.approver, payout.id)


def test_a_worse_rate_can_be_given_up_instead(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, changed: PayoutRun
) -> None:
    hours_pass(session, 25)
    a_rate(session, "17", by=finance.preparer)
    execute(session, finance, rail, changed)

    cancel_payout(session, finance.approver, the_payout(session, chain, changed).id)

    states = session.scalars(select(Installment.state).where(Installment.payee_id == chain.workers[0].person))
    assert set(states) == {"due", "scheduled"}


def test_without_any_rate_it_waits_and_nothing_is_sent(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, changed: PayoutRun
) -> None:
    hours_pass(session, 25)

    execute(session, finance, rail, changed)

    assert the_payout(session, chain, changed).state == "approved"
    a_rate(session, by=finance.preparer)
    advance_runs(inside(session), {"sandbox": rail})
    assert the_payout(session, chain, changed).state == "settled"


def test_a_try_that_did_nothing_is_quoted_anew_under_another_key(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, changed: PayoutRun
) -> None:
    rail.script("pay_out", "not_executed", match=f"acct_{chain.workers[0].person.hex}")
    execute(session, finance, rail, changed)
    assert the_payout(session, chain, changed).state == "approved"
    hours_pass(session, 25)
    a_rate(session, "18.5", by=finance.preparer)

    advance_runs(inside(session), {"sandbox": rail})

    payout = the_payout(session, chain, changed)
    assert (payout.state, payout.attempt, payout.paid) == ("settled", 2, kes("16.18"))


def test_who_has_no_rate_is_left_out_and_waits(session: Session, chain: Chain, finance: Finance) -> None:
    a_rate(session, by=finance.preparer)
    wants(session, chain.workers[0])
    hours_pass(session, 25)

    run = prepare_run(session, finance.preparer, "sandbox")

    payees = set(session.scalars(select(Payout.payee_id).where(Payout.run_id == run.id)))
    assert payees
    assert chain.workers[0].person not in payees


def test_too_little_for_the_other_currency_is_paid_in_the_one_owed(session: Session, finance: Finance) -> None:
    chain = make_due_chain(session, items=1, items_per_task=1)
    a_rate(session, "0.0442", "KWD", by=finance.preparer)
    wants(session, chain.workers[0], "KWD")
    first = payout_of(session, make_approved_run(session, finance), chain.workers[0])
    assert first.paid == Money.parse("0.007", "KWD"), "0.175 CNY"

    mature(session)
    a_rate(session, "0.005", "KWD", by=finance.preparer)
    second = payout_of(session, make_approved_run(session, finance), chain.workers[0])

    assert not second.changed, "0.175 CNY would buy less than a thousandth"
    assert second.paid == cny("0.17")


def test_a_layer_may_choose_too(session: Session, chain: Chain, finance: Finance, rail: SandboxRail) -> None:
    layer = chain.layers[0][0]
    a_rate(session, "21.7", "JPY", by=finance.preparer)
    wants(session, layer, "JPY")
    run = make_approved_run(session, finance)

    execute(session, finance, rail, run)

    payout = payout_of(session, run, layer)
    assert (payout.state, payout.paid.currency) == ("settled", "JPY")
    assert payout.paid.minor_units() * 10_000 == payout.paid.amount


def test_the_rail_is_asked_for_rates_before_they_are_needed(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    a_rate(session, "18", by=finance.preparer)
    wants(session, chain.workers[0])
    rail.script_rate(Rate.parse("18.25", "CNY", "KES"))

    assert take_wanted_quotes(inside(session), {"sandbox": rail}) == 1

    assert the_payout(session, chain, make_approved_run(session, finance)).paid == kes("15.96"), "at 18.25"


class SteppedRail(SandboxRail):
    """The sandbox with Stripe's decimals."""

    def step(self, currency: str) -> int:
        return steps_of(currency)


def test_a_rail_that_moves_only_steps_is_sent_whole_steps_of_either_currency(
    session: Session, finance: Finance, rail: SandboxRail
) -> None:
    assert step_of(StripeRail("sk_test_x", "http://localhost"), "KWD") == 10
    assert (step_of(rail, "KWD"), step_of(None, "KWD")) == (1, 1)
    stepped = SteppedRail(inside(session))
    plain = make_due_chain(session, items=5, items_per_task=5, currency="KWD")
    chooses = make_due_chain(session, items=5, items_per_task=5)
    a_rate(session, "0.0442", "KWD", by=finance.preparer)
    wants(session, chooses.workers[0], "KWD")

    run = prepare_run(session, finance.preparer, "sandbox", rails={"sandbox": stepped})

    owed = payout_of(session, run, plain.workers[0])
    assert (str(owed.paid), owed.carried_out) == ("0.870 KWD", 50_000), "of 0.875"
    changed = payout_of(session, run, chooses.workers[0])
    assert (str(changed.paid), changed.step) == ("0.030 KWD", 10), "0.875 CNY would buy 0.038"
    approve_run(session, finance.approver, run.id)
    execute(session, finance, stepped, run)
    assert set(session.scalars(select(Payout.state).where(Payout.run_id == run.id))) == {"settled"}


def test_less_than_a_yen_buys_a_fils(session: Session, finance: Finance, rail: SandboxRail) -> None:
    chain = make_due_chain(session, items=5, items_per_task=5, currency="JPY")
    a_rate(session, "0.00196", "KWD", sold="JPY", by=finance.preparer)
    wants(session, chain.workers[0], "KWD")

    run = make_approved_run(session, finance)
    execute(session, finance, rail, run)

    payout = payout_of(session, run, chain.workers[0])
    assert (str(payout.money), str(payout.paid), str(payout.taken)) == ("0.5103 JPY", "0.001 KWD", "1 JPY")
    assert payout.carried_out == 3647, "of 0.875 JPY"
