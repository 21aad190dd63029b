"""Lines that the rail began, and lines that nothing explains."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.identity.models import Organization
from marketplace.invoicing.models import Invoice
from marketplace.kernel.actor import system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.checking import run_checks
from marketplace.ledger.coverage import coverage
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.accounts import (
    bank_operating,
    bank_wages,
    client_deposits,
    in_transit,
    rail_available,
    refund_payable,
    suspense,
)
from marketplace.ledger.recipes.paying import j6_rail_fee
from marketplace.rails.chargeback_models import Chargeback
from marketplace.rails.deposits import collect, start_deposit
from marketplace.rails.models import Deposit, Refund
from marketplace.rails.refunds import order_refund, refundable, send_refund
from marketplace.reconciliation.importing import import_lines
from marketplace.reconciliation.line_booking import book_lines
from marketplace.reconciliation.lines import name_of
from marketplace.reconciliation.matching import reconcile
from marketplace.reconciliation.models import ExternalLine
from marketplace.reconciliation.queries import discrepancies
from marketplace.reconciliation.suspense import (
    explain_as_chargeback,
    explain_as_deposit,
    explain_as_fee,
    explain_as_refund,
    look_again,
)
from tests.builders.identity import make_member, make_organization, make_staff
from tests.builders.payouts import inside, sandbox


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY", negative=True)


@pytest.fixture
def rail(session: Session) -> SandboxRail:
    return sandbox(session)


@pytest.fixture
def deposit(session: Session, rail: SandboxRail) -> Deposit:
    client = make_member(session, make_organization(session, "client"), "requester")
    ordered = start_deposit(session, client, "sandbox", cny("900"))
    return collect(inside(session), {"sandbox": rail}, ordered.id)


def seen(session: Session, rail: SandboxRail) -> dict[str, int]:
    counts = reconcile(inside(session), {"sandbox": rail})
    session.expire_all()
    return counts


def a_day_passes(session: Session) -> None:
    session.execute(text("UPDATE external_line SET imported_at = imported_at - interval '24 hours'"))


def the_line(session: Session, kind: str) -> ExternalLine:
    return session.scalars(select(ExternalLine).where(ExternalLine.kind == kind)).one()


@pytest.mark.usefixtures("deposit")
def test_our_own_transfers_and_the_rails_fees_book_themselves(session: Session, rail: SandboxRail) -> None:
    rail.show("to_bank", cny("-500"), "po_1")
    rail.show("from_bank", cny("120"), "tu_1")
    rail.show("fee", cny("-2.50"), "fee_1")

    assert seen(session, rail) == {"imported": 4, "matched": 4, "set_aside": 0}

    assert balance(session, rail_available("sandbox", "CNY")) == cny("517.50")
    assert balance(session, in_transit("CNY")) == cny("380")
    assert (balance(session, bank_wages("CNY")), balance(session, bank_operating("CNY"))) == (cny("2.50"), cny("-2.50"))
    assert coverage(session)["CNY"].covered, "the platform bears the fee"
    assert seen(session, rail)["matched"] == 0


@pytest.mark.usefixtures("deposit")
def test_a_line_that_nothing_explains_is_set_aside_after_a_day_and_owed_to_somebody(
    session: Session, rail: SandboxRail
) -> None:
    rail.show("other", cny("7"), "x_1")
    assert seen(session, rail)["set_aside"] == 0
    a_day_passes(session)

    assert seen(session, rail)["set_aside"] == 1

    (found,) = discrepancies(session, make_staff(session, "finance"))
    assert (found.kind, found.amount) == ("set_aside", cny("7"))
    assert coverage(session)["CNY"].owed == cny("907"), "nobody takes it out as a fee"
    assert seen(session, rail)["set_aside"] == 0


def test_finance_says_that_it_was_a_clients_deposit(session: Session, rail: SandboxRail, deposit: Deposit) -> None:
    rail.show("other", cny("7"), "x_1")
    seen(session, rail)
    a_day_passes(session)
    seen(session, rail)
    finance, line = make_staff(session, "finance"), the_line(session, "other")

    with pytest.raises(DomainError, match="line_explained_otherwise"):
        explain_as_fee(session, finance, line.id, "a guess")
    with pytest.raises(DomainError, match="not_found"):
        explain_as_deposit(session, finance, line.id, new_id(), "a guess")
    with pytest.raises(DomainError, match="forbidden"):
        explain_as_deposit(session, make_staff(session, "auditor"), line.id, deposit.organization_id, "a guess")
    explain_as_deposit(session, finance, line.id, deposit.organization_id, "their mail of today")

    assert balance(session, client_deposits(deposit.organization_id, "CNY")) == cny("907")
    assert discrepancies(session, finance) == []
    with pytest.raises(DomainError, match="state_conflict"):
        look_again(session, finance, line.id, "again")


@pytest.mark.usefixtures("deposit")
def test_finance_says_that_it_was_a_fee_and_the_platform_makes_it_good(session: Session, rail: SandboxRail) -> None:
    rail.show("other", cny("-3"), "x_1")
    seen(session, rail)
    a_day_passes(session)
    seen(session, rail)
    assert not coverage(session)["CNY"].covered
    undone = session.begin_nested()

    explain_as_fee(session, make_staff(session, "finance"), the_line(session, "other").id, "monthly fee")

    assert coverage(session)["CNY"].covered
    undone.commit()


@pytest.mark.usefixtures("deposit")
def test_a_line_set_aside_can_be_looked_for_again_and_set_aside_anew(session: Session, rail: SandboxRail) -> None:
    rail.show("other", cny("7"), "x_1")
    seen(session, rail)
    a_day_passes(session)
    seen(session, rail)
    line = the_line(session, "other")
    account = suspense(public("external_line", line.id), "CNY")
    assert balance(session, account) == cny("7")

    look_again(session, make_staff(session, "finance"), line.id, "the charge came late")

    assert (line.state, balance(session, account)) == ("unmatched", cny("0"))
    a_day_passes(session)
    assert seen(session, rail)["set_aside"] == 1, "set aside anew, under another key"


@pytest.mark.usefixtures("deposit")
def test_lines_that_cannot_be_booked_keep_no_other_waiting(session: Session, rail: SandboxRail) -> None:
    rail.show("transfer_return", cny("0.01"), "tr_nobody_knows")
    rail.show("fee", cny("-1.00"), "fee_broken")
    rail.show("fee", cny("-2.50"), "fee_1")
    import_lines(inside(session), rail)
    broken = session.scalars(select(ExternalLine).where(ExternalLine.reference == "fee_broken")).one()
    key = f"J6:{public('external_line', broken.id)}"
    pairs = j6_rail_fee("elsewhere", cny("9.00"))
    post(session, system_actor("tests"), kind="J6", key=key, pairs=pairs, subject=("external_line", broken.id))

    assert book_lines(inside(session), limit=1) == 1

    session.expire_all()
    states = dict(session.execute(select(ExternalLine.reference, ExternalLine.state)).all())
    assert states["fee_1"] == "matched"
    assert (states["fee_broken"], states["tr_nobody_knows"]) == ("unmatched", "unmatched")


def by_hand(session: Session, rail: SandboxRail, kind: str, amount: str, reference: str) -> ExternalLine:
    """Somebody did it at the rail; it stands on 2900."""
    rail.show(kind, cny(amount), reference)
    seen(session, rail)
    a_day_passes(session)
    seen(session, rail)
    return the_line(session, kind)


def test_finance_says_that_it_was_a_clients_refund_made_by_hand(
    session: Session, rail: SandboxRail, deposit: Deposit
) -> None:
    line, finance = by_hand(session, rail, "refund", "-100", "re_by_hand"), make_staff(session, "finance")

    explain_as_refund(session, finance, line.id, deposit.id, "They asked by telephone.")

    assert balance(session, client_deposits(deposit.organization_id, "CNY")) == cny("800")
    assert coverage(session)["CNY"].covered
    assert discrepancies(session, finance) == []
    kept = session.scalars(select(Refund)).one()
    assert (kept.state, kept.money, kept.reference) == ("settled", cny("100"), "re_by_hand")
    assert refundable(session, deposit) == cny("800"), "no second time"


@pytest.mark.parametrize("amount", ["100", "900"])
def test_a_refund_that_the_client_ordered_and_whose_line_has_no_reference_is_settled_once(
    session: Session, rail: SandboxRail, deposit: Deposit, amount: str
) -> None:
    client = make_member(session, session.get_one(Organization, deposit.organization_id), "requester")
    refund = order_refund(session, client, deposit.id, cny(amount))
    line, finance = by_hand(session, rail, "other", f"-{amount}", "no_name"), make_staff(session, "finance")

    explain_as_refund(session, finance, line.id, deposit.id, "The bank dropped its reference.")

    session.expire_all()
    assert (refund.state, refund.reference, line.state) == ("settled", "no_name", "matched")
    assert session.scalars(select(Refund.id)).all() == [refund.id]
    assert balance(session, refund_payable(deposit.organization_id, "CNY")).is_zero
    assert balance(session, client_deposits(deposit.organization_id, "CNY")) == cny("900") - cny(amount)
    assert balance(session, suspense(name_of(line), "CNY")).is_zero
    assert coverage(session)["CNY"].covered
    notes = session.scalars(select(Invoice).where(Invoice.kind == "credit_note")).all()
    assert [(note.subject_id, note.money) for note in notes] == [(refund.id, cny(amount))]
    assert run_checks(session, ["I9", "I14", "R10", "N1", "N2"]).holds
    send_refund(inside(session), {"sandbox": rail}, refund.id)
    assert [one for one in rail.lines() if one.kind == "refund"] == [], "it is not sent a second time"


def test_a_refund_by_hand_of_more_than_is_there_stays_unexplained(
    session: Session, rail: SandboxRail, deposit: Deposit
) -> None:
    line, finance = by_hand(session, rail, "refund", "-100", "re_by_hand"), make_staff(session, "finance")
    client = make_member(session, session.get_one(Organization, deposit.organization_id), "requester")
    order_refund(session, client, deposit.id, cny("850"))

    with pytest.raises(DomainError, match="refund_amount"):
        explain_as_refund(session, finance, line.id, deposit.id, "a guess")
    with pytest.raises(DomainError, match="not_found"):
        explain_as_refund(session, finance, line.id, new_id(), "a guess")
    assert line.state == "set_aside"
    explain_as_fee(session, finance, line.id, "Nobody will give it back.")


def test_a_dispute_set_aside_is_booked_once_somebody_says_of_which_deposit_it_is(
    session: Session, rail: SandboxRail, deposit: Deposit
) -> None:
    line, finance = by_hand(session, rail, "dispute", "-900", "dp_7"), make_staff(session, "finance")
    assert line.charge is None, "as an older release kept it"

    explain_as_chargeback(session, finance, line.id, deposit.id, "The bank's letter.")
    seen(session, rail)

    row = session.scalars(select(Chargeback)).one()
    assert (row.reference, row.deposit_id, row.frozen) == ("dp_7", deposit.id, cny("900"))
    assert balance(session, suspense(public("external_line", line.id), "CNY")) == cny("0")
    with pytest.raises(DomainError, match="state_conflict"):
        explain_as_chargeback(session, finance, line.id, deposit.id, "again")
