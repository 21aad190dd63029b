"""Tax withheld from pay that was taken early, in the currency owed and in another: to the last unit.

0.875 USD taken early for one per cent, 0.00875; of 0.86625 USD whole cents are paid, or what a step costs.
"""

import pytest
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.checking import run_checks
from marketplace.ledger.recipes.accounts import advance_fee, held
from marketplace.payouts.approving import cancel_run
from marketplace.reconciliation.matching import reconcile
from marketplace.settlement.states import PAYOUT_RETURNED
from tests.builders.advances import make_accrued_chain, parts_of, take
from tests.builders.payouts import Finance, execute, inside, make_approved_run, payout_of
from tests.builders.quotes import a_rate, wants
from tests.builders.settlement import Chain
from tests.builders.taxes import withhold_from
from tests.payouts.test_taxed_changes import RATES, owed, taxed, usd


@pytest.fixture
def chain(session: Session) -> Chain:
    return make_accrued_chain(session, currency="USD")


@pytest.mark.parametrize(
    ("currency", "gross", "tax", "paid"),
    [
        # 10 % of 0.86 is 0.08
        (None, "0.86", "0.08", "0.78 USD"),
        # 10 % of 0.86625 is 0.08: 0.78625 x 129.4502 = 101.780...; 101.78 cost 0.786249
        ("KES", "0.866249", "0.08", "101.78 KES"),
        # x 151.37 = 119.0146...; 119 cost 0.786154
        ("JPY", "0.866154", "0.08", "119 JPY"),
        # x 0.30714 = 0.24148...; 0.241 cost 0.784659
        ("KWD", "0.864659", "0.08", "0.241 KWD"),
    ],
)
def test_the_fee_is_taken_first_and_the_tax_is_of_what_is_paid_then(
    session: Session,
    chain: Chain,
    finance: Finance,
    rail: SandboxRail,
    currency: str | None,
    gross: str,
    tax: str,
    paid: str,
) -> None:
    worker = chain.workers[0]
    withhold_from(session, finance, worker, ("KE-KRA", 100_000))
    if currency is not None:
        a_rate(session, RATES[currency], currency, sold="USD", by=finance.preparer)
        wants(session, worker, currency)
    assert take(session, worker, parts_of(session, worker)[0]) == usd("0.00875")
    run = make_approved_run(session, finance)

    execute(session, finance, rail, run)

    payout = payout_of(session, run, worker)
    assert (payout.state, payout.money, payout.tax, str(payout.paid)) == ("settled", usd(gross), usd(tax), paid)
    rest = usd("0.875") - usd("0.00875") - usd(gross)
    assert (Money(payout.carried_out, "USD"), owed(session, chain)) == (rest, rest)
    assert (balance(session, advance_fee("USD")), taxed(session)) == (usd("0.00875"), usd(tax))
    assert run_checks(session).holds

    reconcile(inside(session), {"sandbox": rail})
    rail.show("transfer_return", payout.taken, payout.rail_reference or "")
    reconcile(inside(session), {"sandbox": rail})

    assert payout_of(session, run, worker).state == "returned"
    assert balance(session, held(worker.person, PAYOUT_RETURNED, "USD")) == usd("0.875")
    assert (balance(session, advance_fee("USD")), taxed(session), owed(session, chain)) == (usd("0"),) * 3
    assert run_checks(session).holds


@pytest.mark.parametrize("currency", [None, *RATES])
def test_a_refusal_and_a_run_that_is_called_off_take_neither_fee_nor_tax(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, currency: str | None
) -> None:
    worker = chain.workers[0]
    withhold_from(session, finance, worker, ("KE-KRA", 100_000))
    if currency is not None:
        a_rate(session, RATES[currency], currency, sold="USD", by=finance.preparer)
        wants(session, worker, currency)
    take(session, worker, parts_of(session, worker)[0])
    cancel_run(session, finance.preparer, make_approved_run(session, finance).id)
    assert owed(session, chain) == usd("0.875")
    rail.script("pay_out", "refuse", match=f"acct_{worker.person.hex}", code="declined")
    run = make_approved_run(session, finance)

    execute(session, finance, rail, run)

    assert payout_of(session, run, worker).state == "refused"
    assert (balance(session, advance_fee("USD")), taxed(session)) == (usd("0"), usd("0"))
    assert owed(session, chain) == usd("0.875")
    assert run_checks(session).holds
