"""What a payout does with pay that a worker took early: the fee goes with the money that arrives, and never alone."""

import datetime as dt
from contextlib import suppress

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import advance_fee, held, pay_due
from marketplace.payouts.approving import cancel_run
from marketplace.payouts.models import Payout
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import advance_runs
from marketplace.payouts.worker_first import workers_below_are_paid
from marketplace.rails.port import PayoutInstruction, PayoutOutcome, Refused
from marketplace.reconciliation.matching import reconcile
from marketplace.settlement import queries
from marketplace.settlement.maturing import fall_due, release_cured
from marketplace.settlement.states import PAYOUT_RETURNED
from tests.builders.advances import FEE_PPM, earn_more, make_accrued_chain, parts_of, take
from tests.builders.at_once import at_once
from tests.builders.payees import move_to
from tests.builders.payouts import (
    Finance,
    execute,
    inside,
    make_approved_run,
    make_finance,
    mature,
    payout_of,
    states,
)
from tests.builders.quotes import a_rate, wants
from tests.builders.settlement import Chain, move_clock_to


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


@pytest.fixture
def chain(session: Session) -> Chain:
    return make_accrued_chain(session)


def taken(session: Session, chain: Chain, fee_ppm: int = FEE_PPM) -> Money:
    """The chain's worker takes the first part; returns the fee."""
    worker = chain.workers[0]
    return take(session, worker, parts_of(session, worker)[0], fee_ppm)


def paid(session: Session, finance: Finance, rail: SandboxRail, chain: Chain) -> Payout:
    run = make_approved_run(session, finance)
    execute(session, finance, rail, run)
    return payout_of(session, run, chain.workers[0])


def income(session: Session) -> Money:
    return balance(session, advance_fee("CNY"))


def test_without_a_fee_the_next_run_pays_all_of_it(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    taken(session, chain, fee_ppm=0)
    payout = paid(session, finance, rail, chain)
    assert (payout.state, payout.money, payout.fee, payout.carried_out) == ("settled", cny("0.87"), cny("0"), 5_000)
    assert [row.state for row in parts_of(session, chain.workers[0])] == ["paid", "scheduled"]
    assert income(session).is_zero


def test_the_fee_goes_to_the_platform_with_the_money_that_arrives(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    worker = chain.workers[0]
    assert taken(session, chain) == cny("0.00875")
    run = make_approved_run(session, finance)
    rail.script("pay_out", "delay", delay_seconds=3600)
    execute(session, finance, rail, run)
    assert payout_of(session, run, worker).state == "sent"
    assert income(session).is_zero, "it has not arrived yet"
    move_clock_to(session, market_now(session) + dt.timedelta(hours=2))
    advance_runs(inside(session), {"sandbox": rail})

    payout = payout_of(session, run, worker)
    # 0.875 - 0.00875 = 0.86625
    assert (payout.state, payout.money, payout.fee) == ("settled", cny("0.86"), cny("0.00875"))
    assert payout.carried_out == cny("0.00625").amount
    assert income(session) == cny("0.00875")
    assert balance(session, pay_due(worker.person, "CNY")) == cny("0.00625")
    (owed,) = queries.owed(session, worker)
    assert (owed.paid, owed.advance_fees) == (cny("0.875"), cny("0.00875"))


def test_nothing_is_paid_again_on_the_day_and_what_was_earned_later_is_paid_then(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    worker = chain.workers[0]
    taken(session, chain)
    earn_more(session, chain)
    paid(session, finance, rail, chain)
    mature(session)
    second = paid(session, finance, rail, chain)
    # The 0.875 earned later, with the 0.00625 that the first payout left over.
    assert (second.money, second.fee, second.carried_in) == (cny("0.88"), cny("0"), cny("0.00625").amount)
    assert sorted(row.state for row in parts_of(session, worker)) == ["paid", "paid", "scheduled"]


def test_a_refused_payout_takes_no_fee_and_the_next_early_one_does(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    worker = chain.workers[0]

    class Closed(SandboxRail):
        def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
            return Refused("destination_closed", f"{instruction.destination} is closed.")

    taken(session, chain)
    payout = paid(session, finance, Closed(inside(session)), chain)
    first = parts_of(session, worker)[0]
    assert (payout.state, first.state, first.held_reason) == ("cancelled", "held", "destination_refused")
    assert income(session).is_zero
    assert balance(session, held(worker.person, "destination_refused", "CNY")) == cny("0.875")

    move_to(session, worker, "acct_open")
    assert release_cured(session) == 1
    again = paid(session, finance, rail, chain)
    assert (again.state, again.fee, income(session)) == ("settled", cny("0.00875"), cny("0.00875"))


def test_a_run_that_is_called_off_takes_no_fee(session: Session, chain: Chain, finance: Finance) -> None:
    taken(session, chain)
    run = make_approved_run(session, finance)
    cancel_run(session, finance.preparer, run.id)
    assert parts_of(session, chain.workers[0])[0].state == "due"
    assert balance(session, pay_due(chain.workers[0].person, "CNY")) == cny("0.875")
    again = make_approved_run(session, finance)
    assert payout_of(session, again, chain.workers[0]).fee == cny("0.00875")


def test_a_payout_that_is_prepared_on_the_day_takes_no_fee(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    taken(session, chain)
    move_clock_to(session, parts_of(session, chain.workers[0])[0].due_on)
    fall_due(session)
    payout = paid(session, finance, rail, chain)
    assert (payout.money, payout.fee, income(session)) == (cny("0.87"), cny("0"), cny("0"))
    assert parts_of(session, chain.workers[0])[0].advance_fee == 0


@pytest.mark.parametrize("when", ["before its day", "after its day"])
def test_a_returned_payout_gives_the_fee_back(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, when: str
) -> None:
    worker = chain.workers[0]
    taken(session, chain)
    payout = paid(session, finance, rail, chain)
    reconcile(inside(session), {"sandbox": rail})
    assert income(session) == cny("0.00875")

    rail.show("transfer_return", payout.money, payout.rail_reference or "")
    reconcile(inside(session), {"sandbox": rail})
    session.expire_all()

    assert payout.state == "returned"
    assert income(session).is_zero
    assert balance(session, held(worker.person, PAYOUT_RETURNED, "CNY")) == cny("0.875")
    assert balance(session, pay_due(worker.person, "CNY")).is_zero
    if when == "after its day":
        mature(session)
    move_to(session, worker, "acct_other")
    release_cured(session)
    again = paid(session, finance, rail, chain)
    expected = (cny("0.86"), cny("0.00875")) if when == "before its day" else (cny("0.87"), cny("0"))
    assert (again.money, again.fee) == expected
    assert income(session) == again.fee


def test_the_fee_is_in_the_currency_owed_whatever_the_worker_chose_to_get(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    worker = chain.workers[0]
    a_rate(session)
    wants(session, worker)
    taken(session, chain)
    payout = paid(session, finance, rail, chain)
    # 0.875 - 0.00875 = 0.86625, which buys 0.86625 x 18.0537 = 15.6390...
    assert (payout.state, payout.paid, payout.fee) == ("settled", Money.parse("15.63", "KES"), cny("0.00875"))
    assert income(session) == cny("0.00875")
    reconcile(inside(session), {"sandbox": rail})

    rail.show("transfer_return", payout.taken, payout.rail_reference or "")
    reconcile(inside(session), {"sandbox": rail})
    session.expire_all()

    assert (payout.state, income(session)) == ("returned", cny("0"))
    assert balance(session, held(worker.person, PAYOUT_RETURNED, "CNY")) == cny("0.875")


def test_early_pay_and_due_pay_come_in_one_payout(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    worker = chain.workers[0]
    mature(session)
    late = parts_of(session, worker)[1]
    take(session, worker, late)
    payout = paid(session, finance, rail, chain)
    # 0.875 due and 0.875 taken early for 0.00875.
    assert (payout.money, payout.fee) == (cny("1.74"), cny("0.00875"))
    assert [row.state for row in parts_of(session, worker)] == ["paid", "paid"]


def test_a_margin_waits_for_what_a_worker_took_early_and_has_not_got_by_then(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    seller = chain.layers[0][0]
    taken(session, chain)
    mature(session)
    run = make_approved_run(session, finance)
    assert states(session, run) == {"approved": 3}
    margin = payout_of(session, run, seller)
    assert not workers_below_are_paid(session, margin)
    execute(session, finance, rail, run)
    assert states(session, run) == {"settled": 3}


def test_preparing_and_taking_at_once_pay_it_once(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        chain = make_accrued_chain(session)
        worker = chain.workers[0]
        first, second = parts_of(session, worker)
        take(session, worker, first)
        finance = make_finance(session)

    def prepare() -> None:
        with transaction(committing_engine) as session:
            prepare_run(session, finance.preparer, "sandbox")

    def taking() -> None:
        with transaction(committing_engine) as session:
            take(session, worker, second)

    at_once(prepare, taking, prepare)
    with suppress(DomainError):  # nothing_due: both are in a run already
        prepare()
    with transaction(committing_engine) as session:
        assert [row.state for row in parts_of(session, worker)] == ["in_payout", "in_payout"]
        payouts = session.scalars(select(Payout)).all()
        assert sum(payout.advance_fee for payout in payouts) == 2 * cny("0.00875").amount
