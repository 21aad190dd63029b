"""What stands open on 3900 is bought back at a bank: by two lines, with gain or loss, towards zero."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.verifying import verify
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.kernel.rates import Rate
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import Code
from marketplace.ledger.checking import run_checks
from marketplace.ledger.coverage import coverage
from marketplace.ledger.recipes.accounts import bank_operating, rail_available
from marketplace.payouts.conversion_models import CurrencyConversion
from marketplace.payouts.converting import PairPosition, conversions, pair_positions
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.reconciliation.conversions import enter_conversion
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.setting_aside import set_aside
from tests.audit.parts import SIGNER, seal_all
from tests.builders.payouts import Finance, execute, inside
from tests.builders.settlement import Chain
from tests.oracles import ask_beancount, exported, our_balances
from tests.payouts.changed import cny, income, kes, positions, the_payout


@pytest.fixture
def opened(session: Session, chain: Chain, finance: Finance, rail: SandboxRail, changed: PayoutRun) -> Payout:
    """15.79 KES were paid from our balance in KES for 0.874613 CNY."""
    rail.script_rate(Rate.parse("18.0537", "CNY", "KES"), changes=False)
    execute(session, finance, rail, changed)
    reconcile(inside(session), {"sandbox": rail})
    return the_payout(session, chain, changed)


def a_line(session: Session, rail: SandboxRail, amount: Money) -> ExternalLine:
    rail.show("other", amount, f"bank_{amount}")
    reconcile(inside(session), {"sandbox": rail})
    return session.scalars(select(ExternalLine).where(ExternalLine.reference == f"bank_{amount}")).one()


def exchange(session: Session, rail: SandboxRail, finance: Finance, sold: Money, bought: Money) -> CurrencyConversion:
    lines = a_line(session, rail, -sold), a_line(session, rail, bought)
    return enter_conversion(session, finance.preparer, lines[0].id, lines[1].id, "Bought back at the bank.")


def failed(session: Session) -> set[str]:
    return {result.check.name for result in run_checks(session).results if result.findings}


@pytest.mark.parametrize(("sold", "result"), [("0.85", "0.024613"), ("0.90", "-0.025387")])
def test_all_of_it_bought_back_leaves_nothing_open_and_the_difference_is_ours(
    session: Session, finance: Finance, rail: SandboxRail, opened: Payout, sold: str, result: str
) -> None:
    assert positions(session) == (cny("0.874613"), kes("-15.79"))
    assert pair_positions(session) == [PairPosition(cny("0.874613"), kes("15.79"))]
    cash, own = balance(session, rail_available("sandbox", "CNY")), balance(session, bank_operating("CNY"))

    row = exchange(session, rail, finance, cny(sold), kes("15.79"))

    assert row.result == cny(result)
    assert positions(session) == (cny("0"), kes("0"))
    assert pair_positions(session) == []
    assert income(session, Code.CURRENCY_GAIN) - income(session, Code.CURRENCY_LOSS) == cny(result)
    assert balance(session, rail_available("sandbox", "CNY")) == cash - cny(sold)
    assert balance(session, rail_available("sandbox", "KES")).is_zero
    assert balance(session, bank_operating("CNY")) == own - max(-cny(result), cny("0")), "a loss is made good"
    assert all(found.covered for found in coverage(session).values())
    assert run_checks(session).holds
    assert ask_beancount(exported(session, "beancount")) == our_balances(session)
    load_recomputers()
    seal_all(session)
    assert verify(session, SIGNER.verifier).ok
    assert [one.id for one in conversions(session, finance.preparer).data] == [row.id]


def test_a_part_closes_its_share_at_the_quoted_rate_and_the_rest_all_that_is_left(
    session: Session, finance: Finance, rail: SandboxRail, opened: Payout
) -> None:
    first = exchange(session, rail, finance, cny("0.56"), kes("10"))
    # 0.874613 x 10 / 15.79 = 0.553903...
    assert (first.closed_owed, first.result) == (cny("0.553903").amount, cny("-0.006097"))
    assert positions(session) == (cny("0.32071"), kes("-5.79"))
    assert run_checks(session).holds
    exchange(session, rail, finance, cny("0.32"), kes("5.79"))
    assert positions(session) == (cny("0"), kes("0"))
    assert run_checks(session).holds


def test_what_comes_back_after_it_was_bought_back_is_changed_back(
    session: Session, finance: Finance, rail: SandboxRail, opened: Payout
) -> None:
    exchange(session, rail, finance, cny("0.87"), kes("15.79"))
    rail.show("transfer_return", opened.paid, opened.rail_reference or "")
    reconcile(inside(session), {"sandbox": rail})
    assert pair_positions(session) == [PairPosition(cny("-0.874613"), kes("-15.79"))]
    assert run_checks(session).holds

    row = exchange(session, rail, finance, kes("15.79"), cny("0.88"))

    assert (row.result, row.closed_paid) == (cny("0.005387"), kes("-15.79").amount)
    assert positions(session) == (cny("0"), kes("0"))
    assert run_checks(session).holds


def test_lines_that_were_set_aside_are_taken_as_well(
    session: Session, finance: Finance, rail: SandboxRail, opened: Payout
) -> None:
    lines = a_line(session, rail, cny("-0.87")), a_line(session, rail, kes("15.79"))
    session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '2 days'"))
    assert set_aside(session) == 2
    enter_conversion(session, finance.preparer, lines[0].id, lines[1].id, "Bought back at the bank.")
    assert {line.state for line in lines} == {"matched"}
    assert positions(session) == (cny("0"), kes("0"))
    assert run_checks(session).holds


@pytest.mark.parametrize(
    ("sold", "bought", "slug"),
    [
        (cny("0.90"), kes("15.80"), "position_not_open"),
        (kes("15.79"), cny("0.88"), "position_not_open"),
        (cny("0.90"), Money.parse("20", "JPY"), "position_not_open"),
    ],
)
def test_never_more_than_is_open_nor_another_currency(
    session: Session, finance: Finance, rail: SandboxRail, opened: Payout, sold: Money, bought: Money, slug: str
) -> None:
    with pytest.raises(DomainError) as caught:
        exchange(session, rail, finance, sold, bought)
    assert caught.value.slug == slug
    assert positions(session) == (cny("0.874613"), kes("-15.79"))


def test_a_line_that_brought_money_was_not_sold_and_one_line_is_no_exchange(
    session: Session, finance: Finance, rail: SandboxRail, opened: Payout
) -> None:
    took, brought = a_line(session, rail, cny("-0.87")), a_line(session, rail, kes("15.79"))
    for pair in ((brought, took), (took, took)):
        with pytest.raises(DomainError, match="line_explained_otherwise"):
            enter_conversion(session, finance.preparer, pair[0].id, pair[1].id, "Bought back.")
    enter_conversion(session, finance.preparer, took.id, brought.id, "Bought back.")
    with pytest.raises(DomainError, match="state_conflict"):
        enter_conversion(session, finance.preparer, took.id, brought.id, "Again.")


def test_the_check_names_a_position_closed_by_another_amount(
    session: Session, finance: Finance, rail: SandboxRail, opened: Payout
) -> None:
    exchange(session, rail, finance, cny("0.87"), kes("15.79"))
    assert "X1" not in failed(session)
    for table, change in (("payout", "amount = amount + 10000"), ("payout", "state = 'returned'")):
        tampering = session.begin_nested()
        session.execute(text(f"UPDATE {table} SET {change} WHERE paid_currency IS NOT NULL"))
        assert "X1" in failed(session)
        tampering.rollback()
