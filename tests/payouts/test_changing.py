"""A payee who is owed one currency and paid in another (J13)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.gateways.models import SandboxTransfer
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.money import Money
from marketplace.kernel.rates import Rate
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import Code
from marketplace.ledger.checks import cash_covers_what_is_owed
from marketplace.ledger.coverage import coverage
from marketplace.ledger.models import Journal
from marketplace.ledger.recipes.accounts import held, in_flight, pay_due, rail_available
from marketplace.payouts.approving import retry_payout
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.recovering import agree_absent, resolve_unknown
from marketplace.payouts.sending import advance_runs
from marketplace.reconciliation.matching import reconcile
from marketplace.settlement.maturing import release_cured
from tests.builders.payees import move_to
from tests.builders.payouts import (
    Finance,
    end_leases,
    execute,
    inside,
    make_approved_run,
    note_looks,
    payout_of,
)
from tests.builders.quotes import hours_pass
from tests.builders.settlement import Chain
from tests.oracles import ask_beancount, exported, our_balances
from tests.payouts.changed import cny, income, kes, positions, the_payout


def test_she_gets_what_her_pay_buys_and_the_rest_stays_owed(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, changed: PayoutRun
) -> None:
    worker = chain.workers[0].person
    payout = the_payout(session, chain, changed)
    assert (payout.money, payout.paid) == (cny("0.874613"), kes("15.79")), "0.875 x 18.0537 = 15.7969875"
    assert Money(payout.carried_out, "CNY") == cny("0.000387")
    cash = balance(session, rail_available("sandbox", "CNY"))
    others = sum(row.amount for row in session.scalars(select(Payout)) if not row.changed)

    execute(session, finance, rail, changed)

    payout = the_payout(session, chain, changed)
    assert (payout.state, payout.taken) == ("settled", cny("0.88")), "the sandbox took whole fen for it"
    transfer = session.scalars(select(SandboxTransfer).where(SandboxTransfer.currency == "KES")).one()
    assert transfer.minor_units == 1579
    assert balance(session, pay_due(worker, "CNY")) == cny("0.000387")
    assert balance(session, in_flight(payout.id, "KES")).is_zero
    assert balance(session, rail_available("sandbox", "CNY")) == cash - cny("0.88") - Money(others, "CNY")
    assert positions(session) == (cny("0"), kes("0"))
    assert income(session, Code.CURRENCY_LOSS) == cny("0.005387"), "and the platform made it good"
    assert set(session.scalars(select(Journal.kind).where(Journal.subject_id == payout.id))) == {"J13", "J6"}
    reconcile(inside(session), {"sandbox": rail})
    assert the_payout(session, chain, changed).state == "reconciled"


def test_a_gain_is_the_platforms_and_a_loss_too(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, changed: PayoutRun
) -> None:
    rail.script_rate(Rate.parse("18.6", "CNY", "KES"))

    execute(session, finance, rail, changed)

    payout = the_payout(session, chain, changed)
    assert (payout.paid, payout.taken) == (kes("15.79"), cny("0.85")), "she gets what she was shown"
    assert income(session, Code.CURRENCY_GAIN) == cny("0.024613")
    assert income(session, Code.CURRENCY_LOSS).is_zero


def test_while_it_is_on_its_way_the_open_position_covers_what_is_owed(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, changed: PayoutRun
) -> None:
    rail.script("pay_out", "delay", match=f"acct_{chain.workers[0].person.hex}", delay_seconds=3600)
    before = coverage(session)["CNY"]

    execute(session, finance, rail, changed)

    assert the_payout(session, chain, changed).state == "sent"
    found = coverage(session)
    assert (found["KES"].cash, found["KES"].owed, found["KES"].position) == (kes("0"), kes("15.79"), kes("15.79"))
    assert found["CNY"].position == cny("-0.874613")
    assert before.owed - found["CNY"].owed == cny("0.874613")
    assert all(one.covered for one in found.values())
    assert not list(cash_covers_what_is_owed(session))
    assert ask_beancount(exported(session, "beancount")) == our_balances(session)
    hours_pass(session, 2)
    advance_runs(inside(session), {"sandbox": rail})
    assert the_payout(session, chain, changed).state == "settled"
    assert ask_beancount(exported(session, "beancount")) == our_balances(session)


def test_a_rail_that_changes_nothing_leaves_the_position_open(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, changed: PayoutRun
) -> None:
    rail.script_rate(Rate.parse("18.0537", "CNY", "KES"), changes=False)

    execute(session, finance, rail, changed)

    payout = the_payout(session, chain, changed)
    assert (payout.state, payout.cost, payout.taken) == ("settled", None, kes("15.79"))
    assert balance(session, rail_available("sandbox", "KES")) == kes("-15.79")
    assert positions(session) == (cny("0.874613"), kes("-15.79"))
    assert all(found.covered for found in coverage(session).values())
    rail.show("transfer_return", payout.taken, payout.rail_reference or "")
    reconcile(inside(session), {"sandbox": rail})
    assert positions(session) == (cny("0"), kes("0"))
    assert balance(session, rail_available("sandbox", "KES")).is_zero


def test_a_refusal_undoes_both_legs_and_she_is_owed_what_she_was(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, changed: PayoutRun
) -> None:
    worker = chain.workers[0]
    rail.script("pay_out", "refuse", match=f"acct_{worker.person.hex}", code="declined")

    execute(session, finance, rail, changed)

    payout = the_payout(session, chain, changed)
    assert payout.state == "refused"
    assert balance(session, pay_due(worker.person, "CNY")) == cny("0.875")
    assert positions(session) == (cny("0"), kes("0"))
    retry_payout(session, finance.approver, payout.id)
    advance_runs(inside(session), {"sandbox": rail})
    assert (the_payout(session, chain, changed).state, payout.attempt) == ("settled", 2)


def test_a_destination_that_is_refused_holds_what_she_was_owed(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, changed: PayoutRun
) -> None:
    worker = chain.workers[0]
    rail.script("pay_out", "refuse", match=f"acct_{worker.person.hex}", code="account_closed")

    execute(session, finance, rail, changed)

    assert the_payout(session, chain, changed).state == "cancelled"
    assert balance(session, held(worker.person, "destination_refused", "CNY")) == cny("0.875")
    assert positions(session) == (cny("0"), kes("0"))


def test_an_unknown_payout_that_never_was_undoes_both_legs(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, changed: PayoutRun
) -> None:
    worker = chain.workers[0]
    rail.script("pay_out", "unknown_before_executing", match=f"acct_{worker.person.hex}", times=9)
    execute(session, finance, rail, changed)
    payout = the_payout(session, chain, changed)
    assert payout.state == "unknown"
    end_leases(session, asked_hours_ago=30)
    resolve_unknown(inside(session), {"sandbox": rail})
    note_looks(session, payout)
    end_leases(session)

    agree_absent(session, finance.preparer, payout.id)
    agree_absent(session, finance.approver, payout.id)

    assert the_payout(session, chain, changed).state == "refused"
    assert balance(session, pay_due(worker.person, "CNY")) == cny("0.875")
    assert positions(session) == (cny("0"), kes("0"))


@pytest.mark.parametrize(("back", "gain", "loss"), [("0.88", "0", "0"), ("0.90", "0.02", "0"), ("0.85", "0", "0.03")])
def test_what_comes_back_at_another_rate_is_owed_again_as_it_was(
    session: Session,
    chain: Chain,
    finance: Finance,
    rail: SandboxRail,
    changed: PayoutRun,
    back: str,
    gain: str,
    loss: str,
) -> None:
    worker = chain.workers[0]
    execute(session, finance, rail, changed)
    reconcile(inside(session), {"sandbox": rail})
    payout = the_payout(session, chain, changed)

    rail.show("transfer_return", cny(back), payout.rail_reference or "")
    reconcile(inside(session), {"sandbox": rail})

    assert the_payout(session, chain, changed).state == "returned"
    assert balance(session, held(worker.person, "payout_returned", "CNY")) == cny("0.875")
    assert positions(session) == (cny("0"), kes("0"))
    net = income(session, Code.CURRENCY_GAIN) - income(session, Code.CURRENCY_LOSS)
    assert net == cny(gain) - cny(loss), "of sending and coming back together"
    move_to(session, worker, "acct_other")
    release_cured(session)
    again = make_approved_run(session, finance)
    assert payout_of(session, again, worker).paid == kes("15.79")


def test_a_line_far_from_the_quoted_rate_is_for_people(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, changed: PayoutRun
) -> None:
    rail.script_rate(Rate.parse("14", "CNY", "KES"))

    execute(session, finance, rail, changed)

    assert the_payout(session, chain, changed).state == "sent"
