"""What a bank's report on a payment file (pain.002) does."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.gateways.bank.exporting import content_of
from marketplace.gateways.bank_models import BankFile, BankReport
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import client_deposits, held, pay_due
from marketplace.payouts.models import Payout
from marketplace.rails.refunds import order_refund, send_refund
from marketplace.settlement.states import DESTINATION_REFUSED
from tests.builders.payouts import inside
from tests.gateways.bank.standing import AtTheBank, a_deposit, a_sent_payout, cny, journals


@pytest.fixture
def payout(there: AtTheBank) -> Payout:
    payout = a_sent_payout(there)
    there.send()
    return payout


def the_file(there: AtTheBank) -> bytes:
    return content_of(there.session, there.session.scalars(select(BankFile)).one())


def read(there: AtTheBank, report: bytes) -> list[tuple[str, str | None, str]]:
    found = there.rail.read_report(there.session, there.finance, report)
    there.session.expire_all()
    return [(one.status, one.reason, one.effect) for one in found.payments]


def test_a_rejected_payment_is_refused_for_certain(session: Session, there: AtTheBank, payout: Payout) -> None:
    report = there.bank.report(the_file(there), "PART", {payout.rail_reference or "": ("RJCT", "AM04")})
    assert read(there, report) == [("RJCT", "AM04", "refused")]
    assert (payout.state, payout.refusal_code, journals(session, "J7")) == ("refused", "bank_am04", 1)
    assert balance(session, pay_due(payout.payee_id, "CNY")).amount == payout.amount + payout.carried_out
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "payout.not_executed")).one()
    data = json.loads(event.body)["data"]
    assert (data["report"], data["code"]) == ("R-1", "bank_am04")

    assert read(there, report) == [("RJCT", "AM04", "refused")], "what it did is told again"
    assert (journals(session, "J7"), len(session.scalars(select(BankReport)).all())) == (1, 1)


def test_an_account_that_is_closed_holds_what_is_owed_until_the_payee_says_another(
    session: Session, there: AtTheBank, payout: Payout
) -> None:
    read(there, there.bank.report(the_file(there), "", {payout.rail_reference or "": ("RJCT", "AC04")}))
    assert (payout.state, payout.refusal_code) == ("cancelled", "account_closed")
    assert not balance(session, held(payout.payee_id, DESTINATION_REFUSED, "CNY")).is_zero


def test_a_file_that_is_rejected_refuses_all_of_it(there: AtTheBank, payout: Payout) -> None:
    assert read(there, there.bank.report(the_file(there), "RJCT:FF01")) == [("RJCT", "FF01", "refused")]
    assert (payout.state, payout.refusal_code) == ("refused", "bank_ff01")


@pytest.mark.parametrize("status", ["ACCP", "ACSC", "ACTC", "PDNG"])
def test_that_the_bank_took_it_settles_nothing(session: Session, there: AtTheBank, payout: Payout, status: str) -> None:
    assert read(there, there.bank.report(the_file(there), status)) == [(status, None, "noted")]
    assert (payout.state, journals(session, "J6")) == ("sent", 0)


@pytest.mark.parametrize("reason", ["AM05", "DUPL", "DU01"])
def test_that_it_came_twice_refuses_nothing_for_the_first_may_be_executed(
    there: AtTheBank, payout: Payout, reason: str
) -> None:
    assert read(there, there.bank.report(the_file(there), f"RJCT:{reason}")) == [("RJCT", reason, "noted")]
    assert payout.state == "sent"


def test_what_a_statement_shows_is_paid_whatever_a_report_says(there: AtTheBank, payout: Payout) -> None:
    there.bring()
    assert payout.state == "reconciled"
    assert read(there, there.bank.report(the_file(there), "RJCT:AM04")) == [("RJCT", "AM04", "contradicted")]
    assert payout.state == "reconciled"


def test_a_rejected_refund_is_the_client_s_again(session: Session, there: AtTheBank, client: Actor) -> None:
    deposit = a_deposit(there, client)
    there.bank.receive("900.00", deposit.reference or "")
    there.bring()
    refund = order_refund(session, client, deposit.id, cny("30"))
    send_refund(inside(session), {"bank": there.rail}, refund.id)
    there.send()
    assert read(there, there.bank.report(the_file(there), "RJCT:AC04"))[0][2] == "refused"
    assert (refund.state, balance(session, client_deposits(client.organization, "CNY"))) == ("refused", cny("900"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda report: report.replace(b"pain.002.001.10", b"pain.002.001.99"), "none of pain.002"),
        (lambda report: report[:-20], "no XML"),
        (lambda report: report.replace(b"pain.001.001.09", b"camt.055.001.08"), "about camt.055"),
        (lambda report: report.replace(b"<OrgnlMsgId>", b"<OrgnlMsgId>X"), "no payment file 'X"),
        (lambda report: report.replace(b"<OrgnlNbOfTxs>1<", b"<OrgnlNbOfTxs>2<"), "counts 2 payments"),
        (lambda report: report.replace(b"<OrgnlCtrlSum>0", b"<OrgnlCtrlSum>9"), "sums"),
        (lambda report: report.replace(b"RJCT", b"NOPE"), "'NOPE' in TxSts is no status"),
        (lambda report: report.replace(b"<OrgnlEndToEndId>PO", b"<OrgnlEndToEndId>XX"), "no payment of"),
        (lambda report: report.replace(b"OrgnlEndToEndId", b"Nothing"), "names no payment"),
        (lambda report: report.replace(b"<MsgId>R-1</MsgId>", b""), "no GrpHdr/MsgId"),
        (lambda report: report.replace(b"OrgnlGrpInfAndSts", b"Nothing"), "no OrgnlGrpInfAndSts"),
        (lambda report: report.replace(b"<Cd>AM04</Cd>", b"<Cd>A M 0 4!</Cd>"), "no code of a reason"),
        (lambda report: report.replace(b"</OrgnlCtrlSum>", b"</OrgnlCtrlSum><GrpSts>RJCT</GrpSts>").replace(
            b"<TxSts>RJCT", b"<TxSts>ACCP"), "rejects the whole file"),
    ],
)  # fmt: skip
def test_a_report_that_is_none_says_why_and_changes_nothing(
    there: AtTheBank, payout: Payout, change: object, message: str
) -> None:
    report = there.bank.report(the_file(there), "", {payout.rail_reference or "": ("RJCT", "AM04")})
    with pytest.raises(DomainError, match="report_invalid") as caught:
        read(there, change(report))  # type: ignore[operator]  # one of the functions above
    assert message in caught.value.detail
    assert payout.state == "sent"


def test_another_report_under_the_same_id_is_refused(there: AtTheBank, payout: Payout) -> None:
    report = there.bank.report(the_file(there), "ACTC")
    read(there, report)
    with pytest.raises(DomainError, match="report_changed"):
        read(there, report.replace(b"ACTC", b"RJCT"))
    assert payout.state == "sent"


def test_who_may_not_match_imports_no_report(session: Session, there: AtTheBank) -> None:
    nobody = Actor(None, None, None, frozenset(), frozenset(), "test", "nobody")
    with pytest.raises(DomainError, match="forbidden"):
        there.rail.read_report(session, nobody, b"")
