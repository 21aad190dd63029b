"""Tax withheld from payouts in another currency than the one owed, and from pay taken early: to the last unit."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.money import Money
from marketplace.kernel.rates import Rate
from marketplace.ledger.balances import balance
from marketplace.ledger.checking import run_checks
from marketplace.ledger.models import Journal
from marketplace.ledger.recipes.accounts import currency_position, held, pay_due, tax_withheld
from marketplace.payouts.approving import approve_payout, approve_run, retry_payout
from marketplace.payouts.models import Payout, PayoutQuote, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.quoting import change_taxed
from marketplace.payouts.sending import advance_runs
from marketplace.payouts.tax_queries import own_tax_years
from marketplace.payouts.withholding import TaxLine, tax_of
from marketplace.quotes.models import ExchangeRate
from marketplace.reconciliation.matching import reconcile
from marketplace.settlement.maturing import release_cured
from marketplace.settlement.states import PAYOUT_RETURNED
from tests.builders.payees import move_to
from tests.builders.payouts import (
    Finance,
    execute,
    inside,
    make_approved_run,
    make_due_chain,
    payout_of,
)
from tests.builders.quotes import a_rate, hours_pass, wants
from tests.builders.settlement import Chain
from tests.builders.taxes import withhold_from
from tests.payouts.test_quoting import SteppedRail

KRA, NHIF = ("KE-KRA", 50_000), ("KE-NHIF", 27_500)
RATES = {"KES": "129.4502", "JPY": "151.37", "KWD": "0.30714"}


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


def taxed(session: Session, authority: str = "KE-KRA") -> Money:
    return balance(session, tax_withheld(authority, "USD"))


def owed(session: Session, chain: Chain) -> Money:
    return balance(session, pay_due(chain.workers[0].person, "USD"))


@pytest.fixture
def chain(session: Session) -> Chain:
    """Of whose one worker 1.75 USD are due."""
    return make_due_chain(session, items=10, items_per_task=10, currency="USD")


def changed_run(session: Session, finance: Finance, chain: Chain, currency: str, rate: str | None = None) -> PayoutRun:
    a_rate(session, rate or RATES[currency], currency, sold="USD", by=finance.preparer)
    wants(session, chain.workers[0], currency)
    return make_approved_run(session, finance)


# 5 % of 1.75 USD is 0.0875, 2.75 % is 0.048125: 0.08 and 0.04 USD are withheld, and 1.63 USD are changed.
@pytest.mark.parametrize(
    ("currency", "paid", "given", "rest"),
    [
        # x 129.4502 = 211.003826; 211.00 / 129.4502 = 1.62997044..., up to the next millionth
        ("KES", "211.00", "1.629971", "0.000029"),
        # x 151.37 = 246.7331; 246 / 151.37 = 1.62515690...
        ("JPY", "246", "1.625157", "0.004843"),
        # x 0.30714 = 0.5006382; 0.500 / 0.30714 = 1.62792211...
        ("KWD", "0.500", "1.627923", "0.002077"),
    ],
)
def test_the_tax_is_of_what_is_owed_and_what_is_left_is_changed(
    session: Session,
    chain: Chain,
    finance: Finance,
    rail: SandboxRail,
    currency: str,
    paid: str,
    given: str,
    rest: str,
) -> None:
    worker = chain.workers[0]
    withhold_from(session, finance, worker, KRA, NHIF)
    run = changed_run(session, finance, chain, currency)

    execute(session, finance, rail, run)

    payout = payout_of(session, run, worker)
    assert (payout.state, payout.paid) == ("settled", Money.parse(paid, currency))
    assert (payout.given, payout.tax, Money(payout.carried_out, "USD")) == (usd(given), usd("0.12"), usd(rest))
    assert payout.given + payout.tax + usd(rest) == usd("1.75"), "nothing is lost"
    assert (taxed(session), taxed(session, "KE-NHIF")) == (usd("0.08"), usd("0.04"))
    assert owed(session, chain) == usd(rest)
    assert set(session.scalars(select(Journal.kind).where(Journal.subject_id == payout.id))) == {"J13", "J6"}
    reconcile(inside(session), {"sandbox": rail})
    assert run_checks(session).holds
    ((_, mine),) = own_tax_years(session, worker)
    assert (mine.gross, mine.net) == (payout.money, payout.given)


def test_a_rest_that_is_not_changed_gives_no_tax(session: Session, chain: Chain, finance: Finance) -> None:
    """KWD in steps of 0.010: 4 % of 1.75 USD is 0.07, but of what 0.510 KWD and the tax of it cost it is 0.06."""
    stepped = SteppedRail(inside(session))
    withhold_from(session, finance, chain.workers[0], ("KE-KRA", 40_000))
    a_rate(session, RATES["KWD"], "KWD", sold="USD", by=finance.preparer)
    wants(session, chain.workers[0], "KWD")
    run = prepare_run(session, finance.preparer, "sandbox", rails={"sandbox": stepped})
    approve_run(session, finance.approver, run.id)

    execute(session, finance, stepped, run)

    payout = payout_of(session, run, chain.workers[0])
    # 1.75 - 0.07 = 1.68 buys 0.510 for 1.660481; with 0.07 that is 1.730481, of which 4 % are 0.069...
    assert (payout.state, payout.paid, payout.tax) == ("settled", Money.parse("0.510", "KWD"), usd("0.06"))
    assert (payout.money, payout.carried_out) == (usd("1.720481"), usd("0.029519").amount)
    assert owed(session, chain) == usd("0.029519")
    assert run_checks(session).holds


@pytest.mark.parametrize("currency", list(RATES))
def test_a_refusal_undoes_all_three_legs_and_the_next_attempt_has_them_again(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, currency: str
) -> None:
    worker = chain.workers[0]
    withhold_from(session, finance, worker, KRA, NHIF)
    run = changed_run(session, finance, chain, currency)
    rail.script("pay_out", "refuse", match=f"acct_{worker.person.hex}", code="declined")

    execute(session, finance, rail, run)

    payout = payout_of(session, run, worker)
    assert (payout.state, owed(session, chain)) == ("refused", usd("1.75"))
    assert taxed(session).is_zero
    assert balance(session, currency_position("USD")).is_zero
    assert balance(session, currency_position(currency)).is_zero
    assert run_checks(session).holds
    retry_payout(session, finance.approver, payout.id)
    advance_runs(inside(session), {"sandbox": rail})
    assert payout_of(session, run, worker).state == "settled"
    assert taxed(session) == usd("0.08")


@pytest.mark.parametrize("currency", list(RATES))
def test_what_comes_back_is_owed_again_with_the_tax(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, currency: str
) -> None:
    worker = chain.workers[0]
    withhold_from(session, finance, worker, KRA, NHIF)
    run = changed_run(session, finance, chain, currency)
    execute(session, finance, rail, run)
    reconcile(inside(session), {"sandbox": rail})
    payout = payout_of(session, run, worker)

    rail.show("transfer_return", payout.taken, payout.rail_reference or "")
    reconcile(inside(session), {"sandbox": rail})

    assert payout_of(session, run, worker).state == "returned"
    assert balance(session, held(worker.person, PAYOUT_RETURNED, "USD")) == usd("1.75")
    assert (taxed(session), taxed(session, "KE-NHIF"), owed(session, chain)) == (usd("0"),) * 3
    assert own_tax_years(session, worker) == []
    assert run_checks(session).holds
    move_to(session, worker, "acct_other")
    release_cured(session)
    again = payout_of(session, make_approved_run(session, finance), worker)
    assert (again.paid, again.tax) == (payout.paid, usd("0.12"))


def test_a_rail_that_changes_nothing_leaves_only_what_was_changed_open(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    withhold_from(session, finance, chain.workers[0], KRA, NHIF)
    rail.script_rate(Rate.parse(RATES["KES"], "USD", "KES"), changes=False)
    run = changed_run(session, finance, chain, "KES")

    execute(session, finance, rail, run)

    assert payout_of(session, run, chain.workers[0]).cost is None
    assert balance(session, currency_position("USD")) == usd("1.629971")
    assert run_checks(session).holds


def test_what_a_step_costs_is_never_paid_as_tax(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    """At 99 % tax 0.02 USD are left: not enough for a cent of a currency worth more, so it is paid in USD."""
    withhold_from(session, finance, chain.workers[0], ("KE-KRA", 990_000))
    run = changed_run(session, finance, chain, "KWD", "0.02")
    execute(session, finance, rail, run)
    payout = payout_of(session, run, chain.workers[0])
    assert (payout.changed, payout.paid, payout.tax, payout.rate_id) == (False, usd("0.02"), usd("1.73"), None)
    assert not session.scalar(select(func.count()).select_from(PayoutQuote))
    assert run_checks(session).holds


@pytest.mark.parametrize(("rate", "paid", "state"), [("131", "213.53", "settled"), ("125", "203.75", "draft")])
def test_a_rate_that_is_quoted_anew_leaves_the_tax_as_it_was_approved(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, rate: str, paid: str, state: str
) -> None:
    worker = chain.workers[0]
    withhold_from(session, finance, worker, KRA, NHIF)
    run = changed_run(session, finance, chain, "KES")
    hours_pass(session, 25)
    a_rate(session, rate, "KES", sold="USD", by=finance.preparer)

    execute(session, finance, rail, run)

    payout = payout_of(session, run, worker)
    assert (payout.state, payout.paid, payout.tax) == (state, Money.parse(paid, "KES"), usd("0.12"))
    assert run_checks(session).holds
    if state == "draft":
        approve_payout(session, finance.approver, payout.id)
        advance_runs(inside(session), {"sandbox": rail})
    assert payout_of(session, run, worker).state == "settled"
    assert taxed(session) == usd("0.08")
    assert run_checks(session).holds


def test_who_is_taxed_waits_for_a_rate_like_anybody_else(session: Session, chain: Chain, finance: Finance) -> None:
    withhold_from(session, finance, chain.workers[0], KRA)
    a_rate(session, RATES["KES"], "KES", sold="USD", by=finance.preparer)
    wants(session, chain.workers[0])
    hours_pass(session, 25)
    run = prepare_run(session, finance.preparer, "sandbox")
    assert chain.workers[0].person not in set(session.scalars(select(Payout.payee_id).where(Payout.run_id == run.id)))


lines = st.lists(st.integers(1, 400_000), max_size=2).map(
    lambda rates: [TaxLine(f"KE-{number}", rate) for number, rate in enumerate(rates)]
)
rates = st.sampled_from(
    [("USD", "KES", "129.4502"), ("USD", "JPY", "151.37"), ("USD", "KWD", "0.30714"), ("JPY", "KWD", "0.00196"),
     ("KWD", "USD", "3.2558452")]
)  # fmt: skip


@given(st.integers(1, 10**9), rates, lines, st.sampled_from([1, 10, 100]))
def test_whatever_is_owed_the_tax_is_that_of_what_is_paid_and_the_rest_buys_no_step(
    units: int, pair: tuple[str, str, str], lines: list[TaxLine], step: int
) -> None:
    sold, bought, text = pair
    debt, rate = Money(units, sold), ExchangeRate(sold=sold, bought=bought, rate=text)
    payout = Payout(currency=sold, step=step)

    assume(change_taxed(payout, debt, rate, lines))

    assert payout.money + Money(payout.carried_out, sold) == debt
    assert payout.carried_out >= 0
    assert payout.tax == tax_of(payout.money, lines), "of exactly what is paid before tax"
    assert payout.tax.amount <= Fraction(payout.amount * sum(line.rate_ppm for line in lines), 1_000_000)
    assert rate.exact.change(payout.given, step) == (payout.given, payout.paid)
    assert payout.paid >= rate.exact.change(debt - tax_of(debt, lines), step)[1]
