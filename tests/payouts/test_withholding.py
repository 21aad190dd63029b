"""Tax withheld from payouts: with the payout that is sent, undone with it, and listed by year."""

from typing import Literal

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.checking import run_checks
from marketplace.ledger.models import Journal
from marketplace.ledger.recipes.accounts import held, pay_due, tax_withheld
from marketplace.payouts.approving import retry_payout
from marketplace.payouts.models import Payout
from marketplace.payouts.tax_queries import own_tax_years, tax_year, tax_year_csv
from marketplace.settlement.maturing import release_cured
from marketplace.settlement.states import PAYOUT_RETURNED
from tests.builders.payees import move_to
from tests.builders.payouts import (
    Finance,
    execute,
    make_approved_run,
    make_due_chain,
    make_finance,
    payout_of,
)
from tests.builders.settlement import Chain
from tests.builders.taxes import withhold_from
from tests.payouts.test_returning import it_comes_back, the_worker_is_paid

Fault = Literal["not_executed", "unknown_after_executing", "unknown_before_executing"]
KRA, NHIF = ("KE-KRA", 50_000), ("KE-NHIF", 27_500)


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def taxed(session: Session, authority: str = "KE-KRA") -> Money:
    return balance(session, tax_withheld(authority, "CNY"))


def failed(session: Session) -> set[str]:
    return {result.check.name for result in run_checks(session).results if result.findings}


@pytest.fixture
def chain(session: Session) -> Chain:
    """Of whose one worker 1.75 CNY are due."""
    return make_due_chain(session, items=10, items_per_task=10)


def test_what_is_withheld_goes_to_the_authorities_with_the_payout_and_the_rest_to_the_payee(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    worker = chain.workers[0]
    withhold_from(session, finance, worker, KRA, NHIF)

    run = make_approved_run(session, finance)
    payout = payout_of(session, run, worker)
    execute(session, finance, rail, run)

    # 5 % of 1.75 is 0.0875, 2.75 % is 0.048125: each rounded down by itself
    assert (payout.money, payout.tax, payout.paid) == (cny("1.75"), cny("0.12"), cny("1.63"))
    assert (taxed(session), taxed(session, "KE-NHIF")) == (cny("0.08"), cny("0.04"))
    assert balance(session, pay_due(worker.person, "CNY")).is_zero
    sent = text("SELECT minor_units FROM sandbox_transfer WHERE destination = :destination")
    assert session.execute(sent, {"destination": f"acct_{worker.person.hex}"}).scalars().all() == [163]
    journal = session.scalars(select(Journal).where(Journal.kind == "J5", Journal.subject_id == payout.id)).one()
    assert payout.state == "settled", journal.id


def test_the_year_adds_up_for_finance_and_for_the_payee(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    worker, layer = chain.workers[0], chain.layers[0][0]
    withhold_from(session, finance, worker, KRA, NHIF)
    year = market_now(session).year
    run = make_approved_run(session, finance)
    assert tax_year(session, finance.preparer, year).data == [], "nothing has settled"
    execute(session, finance, rail, run)

    lines = {line.payee_id: line for line in tax_year(session, finance.preparer, year).data}

    mine = lines[worker.person]
    assert (mine.gross, mine.net) == (cny("1.75"), cny("1.63"))
    assert [(one.authority, one.amount, one.remitted) for one in mine.withheld] == [
        ("KE-KRA", cny("0.08"), cny("0")),
        ("KE-NHIF", cny("0.04"), cny("0")),
    ]
    assert lines[layer.organization].withheld == ()
    assert own_tax_years(session, worker) == [(year, mine)]
    assert tax_year(session, finance.preparer, year + 1).data == []
    assert [line.payee_id for line in tax_year(session, layer, year).data] == [layer.organization]
    records = list(tax_year_csv(session, finance.preparer, year))
    assert len(records) == 1 + len(lines) + 1
    payee = public("person", worker.person)
    assert f"{year},worker,{payee},CNY,1.75,KE-KRA,0.08,1.63,0.00\r\n" in records
    assert f"{year},worker,{payee},CNY,,KE-NHIF,0.04,,0.00\r\n" in records
    with pytest.raises(DomainError, match="forbidden"):
        list(tax_year_csv(session, worker, year))


def test_a_payout_that_came_back_is_in_no_year(session: Session, rail: SandboxRail) -> None:
    chain = make_due_chain(session)
    worker, finance = chain.workers[0], make_finance(session)
    withhold_from(session, finance, worker, ("KE-KRA", 200_000))
    payout = the_worker_is_paid(session, rail, chain)
    assert len(own_tax_years(session, worker)) == 1
    it_comes_back(session, rail, payout, payout.paid)
    assert own_tax_years(session, worker) == []


def test_a_layers_margin_is_taxed_alike(session: Session, chain: Chain, finance: Finance, rail: SandboxRail) -> None:
    layer = chain.layers[0][0]
    withhold_from(session, finance, layer, ("CN", 100_000))
    run = make_approved_run(session, finance)
    execute(session, finance, rail, run)
    payout = payout_of(session, run, layer)
    assert payout.withheld == taxed(session, "CN").amount == payout.amount // 10 // 10_000 * 10_000 > 0


def test_a_refused_payout_gives_it_back_and_the_next_attempt_withholds_it_again(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    worker = chain.workers[0]
    withhold_from(session, finance, worker, KRA)
    run = make_approved_run(session, finance)
    rail.script("pay_out", "refuse", match=f"acct_{worker.person.hex}")

    execute(session, finance, rail, run)

    payout = payout_of(session, run, worker)
    assert payout.state == "refused"
    assert taxed(session).is_zero
    assert balance(session, pay_due(worker.person, "CNY")) == cny("1.75")
    retry_payout(session, finance.approver, payout.id)
    execute(session, finance, rail, run)
    assert payout_of(session, run, worker).state == "settled"
    assert taxed(session) == cny("0.08")


@pytest.mark.parametrize("fault", ["not_executed", "unknown_after_executing", "unknown_before_executing"])
def test_whatever_becomes_of_the_call_the_books_hold(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, fault: Fault
) -> None:
    worker = chain.workers[0]
    withhold_from(session, finance, worker, KRA)
    run = make_approved_run(session, finance)
    rail.script("pay_out", fault, match=f"acct_{worker.person.hex}")
    execute(session, finance, rail, run)
    assert taxed(session) == (cny("0") if fault == "not_executed" else cny("0.08"))
    assert run_checks(session).holds


def test_a_payout_that_comes_back_owes_the_payee_all_of_it_again(session: Session, rail: SandboxRail) -> None:
    chain = make_due_chain(session)
    worker, finance = chain.workers[0], make_finance(session)
    withhold_from(session, finance, worker, ("KE-KRA", 200_000))
    payout = the_worker_is_paid(session, rail, chain)
    assert payout.carried_out, "half a fen stays due"
    assert taxed(session) == payout.tax == cny("0.03")

    it_comes_back(session, rail, payout, payout.paid)

    assert payout.state == "returned"
    assert taxed(session).is_zero
    aside = held(worker.person, PAYOUT_RETURNED, "CNY")
    assert balance(session, aside) == cny("0.175")
    move_to(session, worker, "acct_other")
    release_cured(session)
    again = the_worker_is_paid(session, rail, chain)
    assert (again.paid, taxed(session)) == (payout.paid, cny("0.03"))


def test_what_is_set_later_changes_no_payout_that_is_prepared(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    worker = chain.workers[0]
    withhold_from(session, finance, worker, KRA)
    run = make_approved_run(session, finance)
    withhold_from(session, finance, worker, ("KE-KRA", 500_000))
    execute(session, finance, rail, run)
    assert payout_of(session, run, worker).tax == taxed(session) == cny("0.08")


def test_a_payee_whose_tax_is_withheld_is_left_at_least_a_minor_unit(
    session: Session, finance: Finance, rail: SandboxRail
) -> None:
    chain = make_due_chain(session)
    withhold_from(session, finance, chain.workers[0], ("KE-KRA", 999_999))
    run = make_approved_run(session, finance)
    execute(session, finance, rail, run)
    assert payout_of(session, run, chain.workers[0]).paid == cny("0.01")


def test_the_check_names_a_payout_that_withholds_something_else(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    withhold_from(session, finance, chain.workers[0], KRA)
    run = make_approved_run(session, finance)
    execute(session, finance, rail, run)
    tampering = session.begin_nested()
    session.execute(update(Payout).where(Payout.withheld > 0).values(withheld=10_000))
    assert "T1" in failed(session)
    tampering.rollback()
    assert run_checks(session).holds
