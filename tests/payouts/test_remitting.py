"""Withheld tax is paid to its authority: proposed by one, approved by another, of each payout once."""

import csv
import datetime as dt

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.verifying import verify
from marketplace.db.clock import market_now
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.checking import run_checks
from marketplace.ledger.coverage import coverage
from marketplace.ledger.recipes.accounts import bank_operating, rail_available, tax_withheld
from marketplace.ledger.treasury import put_in_capital
from marketplace.payouts.remittance_models import TaxRemittance
from marketplace.payouts.remittance_queries import remittance_csv, remitted_payees, waiting
from marketplace.payouts.remitting import (
    approve_remittance,
    pay_from_operating,
    propose_remittance,
    reject_remittance,
)
from marketplace.payouts.tax_queries import tax_year
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.remittances import pay_by_line
from marketplace.reconciliation.setting_aside import set_aside
from tests.audit.parts import SIGNER, seal_all
from tests.builders.payouts import Finance, execute, inside, make_approved_run, make_due_chain, payout_of
from tests.builders.settlement import Chain, move_clock_to
from tests.builders.taxes import withhold_from
from tests.payouts.test_returning import it_comes_back

KRA, NHIF = ("KE-KRA", 50_000), ("KE-NHIF", 27_500)


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def taxed(session: Session, authority: str = "KE-KRA") -> Money:
    return balance(session, tax_withheld(authority, "CNY"))


def failed(session: Session) -> set[str]:
    return {result.check.name for result in run_checks(session).results if result.findings}


@pytest.fixture
def day(session: Session, finance: Finance, rail: SandboxRail) -> dt.date:
    """The day on which two workers and a layer were paid, with tax for two authorities; it is over."""
    chain = make_due_chain(session, items=10, items_per_task=5, claims=2)
    for worker in chain.workers:
        withhold_from(session, finance, worker, KRA, NHIF)
    withhold_from(session, finance, chain.layers[0][0], ("CN", 100_000))
    execute(session, finance, rail, make_approved_run(session, finance))
    reconcile(inside(session), {"sandbox": rail})
    paid_on = market_now(session).date()
    move_clock_to(session, paid_on + dt.timedelta(days=5))
    return paid_on


def proposed(session: Session, finance: Finance, day: dt.date, authority: str = "KE-KRA") -> TaxRemittance:
    return propose_remittance(session, finance.preparer, authority, "CNY", day, day)


def approved(session: Session, finance: Finance, day: dt.date) -> TaxRemittance:
    return approve_remittance(session, finance.approver, proposed(session, finance, day).id)


def a_line(session: Session, rail: SandboxRail, amount: Money) -> ExternalLine:
    rail.show("other", amount, f"bank_{amount}")
    reconcile(inside(session), {"sandbox": rail})
    return session.scalars(select(ExternalLine).where(ExternalLine.reference == f"bank_{amount}")).one()


def test_what_was_withheld_leaves_by_the_line_of_the_bank(
    session: Session, finance: Finance, rail: SandboxRail, day: dt.date
) -> None:
    # 5 % of 0.87 and of 0.87
    assert taxed(session) == cny("0.08")
    assert [(one.authority, one.money) for one in waiting(session, finance.preparer)] == [
        ("CN", taxed(session, "CN")),
        ("KE-KRA", cny("0.08")),
        ("KE-NHIF", cny("0.04")),
    ]
    row = approved(session, finance, day)
    cash = balance(session, rail_available("sandbox", "CNY"))
    line = a_line(session, rail, cny("0.08") * -1)

    pay_by_line(session, finance.preparer, row.id, line.id)

    assert (row.state, row.reference, line.state) == ("paid", line.reference, "matched")
    assert taxed(session).is_zero
    assert taxed(session, "KE-NHIF") == cny("0.04"), "another authority's stays"
    assert balance(session, rail_available("sandbox", "CNY")) == cash - cny("0.08")
    assert all(found.covered for found in coverage(session).values())
    assert "KE-KRA" not in {one.authority for one in waiting(session, finance.preparer)}
    assert run_checks(session).holds
    load_recomputers()
    seal_all(session)
    assert verify(session, SIGNER.verifier).ok


def test_a_line_that_was_set_aside_pays_it_as_well(
    session: Session, finance: Finance, rail: SandboxRail, day: dt.date
) -> None:
    row = approved(session, finance, day)
    line = a_line(session, rail, cny("0.08") * -1)
    session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '2 days'"))
    assert set_aside(session) == 1

    pay_by_line(session, finance.preparer, row.id, line.id)

    assert (row.state, line.state, taxed(session)) == ("paid", "matched", cny("0"))
    assert run_checks(session).holds


def test_from_the_operating_account_the_wages_are_free_afterwards(
    session: Session, finance: Finance, day: dt.date
) -> None:
    row = approved(session, finance, day)
    with pytest.raises(DomainError, match="operating account holds"):
        pay_from_operating(session, finance.preparer, row.id, "E2E-1")
    put_in_capital(session, finance.preparer, cny("10"))
    there = balance(session, bank_operating("CNY"))
    before = coverage(session)["CNY"]
    pay_from_operating(session, finance.preparer, row.id, "E2E-1")
    assert balance(session, bank_operating("CNY")) == there - cny("0.08")
    assert before.owed - coverage(session)["CNY"].owed == cny("0.08")
    assert run_checks(session).holds


def test_the_list_for_the_authority_names_each_payee_once_and_adds_up(
    session: Session, finance: Finance, day: dt.date
) -> None:
    row = proposed(session, finance, day)
    records = list(csv.DictReader(remittance_csv(session, finance.preparer, row.id)))
    assert len(records) == len({record["payee"] for record in records}) == 2
    assert sum((cny(record["withheld"]) for record in records), cny("0")) == row.money == cny("0.08")
    assert {record["gross"] for record in records} == {"0.87"}
    assert {record["name"] for record in records} == {"A worker"}
    page = remitted_payees(session, finance.preparer, row.id, limit=1)
    assert (len(page.data), page.data[0].payouts, page.next_cursor is None) == (1, 1, False)


def test_the_year_says_what_was_remitted(session: Session, finance: Finance, day: dt.date) -> None:
    row = approved(session, finance, day)
    lines = {line.payee_id: line for line in tax_year(session, finance.preparer, day.year).data}
    assert all(one.remitted.is_zero for line in lines.values() for one in line.withheld)
    put_in_capital(session, finance.preparer, cny("10"))
    pay_from_operating(session, finance.preparer, row.id, "E2E-1")
    lines = {line.payee_id: line for line in tax_year(session, finance.preparer, day.year).data}
    told = {(one.authority, one.remitted == one.amount) for line in lines.values() for one in line.withheld}
    assert told == {("KE-KRA", True), ("KE-NHIF", False), ("CN", False)}


def test_nothing_is_remitted_twice_and_what_is_given_up_waits_again(
    session: Session, finance: Finance, day: dt.date
) -> None:
    row = proposed(session, finance, day)
    with pytest.raises(DomainError, match="nothing_withheld"):
        proposed(session, finance, day)
    reject_remittance(session, finance.preparer, row.id)
    again = proposed(session, finance, day)
    assert again.money == row.money
    assert run_checks(session).holds


def test_two_people_are_needed_and_a_period_that_is_over(session: Session, finance: Finance, day: dt.date) -> None:
    row = proposed(session, finance, day)
    with pytest.raises(DomainError, match="another person"):
        approve_remittance(session, finance.preparer, row.id)
    with pytest.raises(DomainError, match="proposed"):
        pay_from_operating(session, finance.preparer, row.id, "E2E-1")
    today = market_now(session).date()
    for first, last in ((day, today), (today, day)):
        with pytest.raises(DomainError) as caught:
            propose_remittance(session, finance.preparer, "KE-NHIF", "CNY", first, last)
        assert [error.pointer for error in caught.value.errors] == ["/last"]
    earlier = day - dt.timedelta(days=1)
    with pytest.raises(DomainError, match="nothing_withheld"):
        propose_remittance(session, finance.preparer, "KE-NHIF", "CNY", earlier, earlier)


def test_what_came_back_is_not_approved_and_after_it_was_paid_is_taken_off_the_next(
    session: Session, finance: Finance, rail: SandboxRail
) -> None:
    chain: Chain = make_due_chain(session, items=20, items_per_task=5, claims=2)
    for worker in chain.workers:
        withhold_from(session, finance, worker, ("KE-KRA", 200_000))
    run = make_approved_run(session, finance)
    execute(session, finance, rail, run)
    reconcile(inside(session), {"sandbox": rail})
    day = market_now(session).date()
    move_clock_to(session, day + dt.timedelta(days=1))
    put_in_capital(session, finance.preparer, cny("10"))
    one, two = (payout_of(session, run, worker) for worker in chain.workers)
    first = approved(session, finance, day)
    pay_from_operating(session, finance.preparer, first.id, "E2E-1")
    assert first.money == cny("0.34")

    it_comes_back(session, rail, one, one.paid)
    assert taxed(session) == cny("0.17") * -1, "the authority has it"
    assert run_checks(session).holds
    with pytest.raises(DomainError, match="nothing_withheld"):
        proposed(session, finance, day)

    third = make_due_chain(session, items=20, items_per_task=20)
    withhold_from(session, finance, third.workers[0], ("KE-KRA", 200_000))
    run = make_approved_run(session, finance)
    execute(session, finance, rail, run)
    reconcile(inside(session), {"sandbox": rail})
    later = market_now(session).date()
    move_clock_to(session, later + dt.timedelta(days=1))
    new = payout_of(session, run, third.workers[0])
    next_one = proposed(session, finance, later)
    assert next_one.money == new.tax - one.tax == taxed(session)
    payees = {line.payee_id: line for line in remitted_payees(session, finance.preparer, next_one.id).data}
    assert payees[one.payee_id].withheld == -one.tax
    it_comes_back(session, rail, new, new.paid)
    with pytest.raises(DomainError, match="has come back"):
        approve_remittance(session, finance.approver, next_one.id)
    assert two.state == "reconciled"
    assert run_checks(session).holds


def test_a_line_of_another_amount_pays_nothing(
    session: Session, finance: Finance, rail: SandboxRail, day: dt.date
) -> None:
    row = approved(session, finance, day)
    line = a_line(session, rail, cny("0.09") * -1)
    with pytest.raises(DomainError, match="line_explained_otherwise"):
        pay_by_line(session, finance.preparer, row.id, line.id)
    assert row.state == "approved"


def test_the_check_names_a_remittance_that_differs_from_its_lines(
    session: Session, finance: Finance, day: dt.date
) -> None:
    approved(session, finance, day)
    tampering = session.begin_nested()
    session.execute(text("UPDATE tax_remittance SET amount = amount + 10000"))
    assert failed(session) == {"T2"}
    tampering.rollback()
    assert public("tax_remittance", session.scalars(select(TaxRemittance.id)).one()).startswith("txr_")
