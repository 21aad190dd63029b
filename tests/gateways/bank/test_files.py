"""Payment files: valid, exact, once, and the same bytes again."""

import datetime as dt
import hashlib
import xml.etree.ElementTree as ET

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from marketplace.gateways.bank.details import BankDetails
from marketplace.gateways.bank.exporting import content_of, export, take_file, waiting
from marketplace.gateways.bank.pain001 import NAMESPACE, Payment, render
from marketplace.gateways.bank.rail import BankRail
from marketplace.gateways.bank_models import BankInstruction
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.rails.bank_files import WaitingPayments
from marketplace.rails.freezing import freeze
from marketplace.rails.port import PayoutInstruction
from tests.builders.payouts import inside
from tests.gateways.bank.imitation import OURS, schema

MADE_AT = dt.datetime(2027, 2, 28, 9, 30, tzinfo=dt.UTC)
NAMES = {"p": NAMESPACE}
FINANCE = Actor(
    None,
    None,
    None,
    frozenset(),
    frozenset({"payout_run.execute", "payout_run.read", "payout_run.approve"}),
    "test",
    "finance",
)
PAYEES = [
    BankDetails("Wanjiku Kamau", iban="GB82WEST12345698765432"),
    BankDetails('李 雷 & "Sons" <Ltd>', number="62220200", bic="ICBKCNBJ"),
    BankDetails("Asha Rao", number="50100012345678", clearing_code="INFSC", member="HDFC0001234"),
]


@pytest.fixture
def rail(session: Session) -> BankRail:
    return BankRail(inside(session), OURS, trial=True)


def an_order(session: Session, rail: BankRail, amount: str, currency: str = "CNY") -> PayoutInstruction:
    destination = rail.clean_account("Wanjiku Kamau / GB82WEST12345698765432")
    instruction = PayoutInstruction(new_id(), 1, destination, Money.parse(amount, currency))
    rail.pay_out(instruction)
    return instruction


@pytest.mark.parametrize(
    ("currency", "amounts", "written", "total"),
    [
        ("CNY", ["0.01", "12.30", "1000000.00"], ["0.01", "12.30", "1000000.00"], "1000012.31"),
        ("JPY", ["1", "120", "5000"], ["1", "120", "5000"], "5121"),
        ("KWD", ["0.001", "1.250", "7.000"], ["0.001", "1.250", "7.000"], "8.251"),
    ],
)
def test_a_file_is_valid_and_says_each_amount_exactly(
    currency: str, amounts: list[str], written: list[str], total: str
) -> None:
    payments = [
        Payment(f"PO-{number}", Money.parse(amount, currency), PAYEES[number]) for number, amount in enumerate(amounts)
    ]

    file = render("PW-1", MADE_AT, OURS[currency], payments)

    schema().validate(file.decode())
    root = ET.fromstring(file)
    assert [one.text for one in root.iterfind(".//p:InstdAmt", NAMES)] == written
    assert {one.get("Ccy") for one in root.iterfind(".//p:InstdAmt", NAMES)} == {currency}
    assert [one.text for one in root.iterfind(".//p:CtrlSum", NAMES)] == [total, total]
    assert [one.text for one in root.iterfind(".//p:NbOfTxs", NAMES)] == ["3", "3"]
    assert [one.text for one in root.iterfind(".//p:ChrgBr", NAMES)] == ["DEBT"]
    assert [one.text for one in root.iterfind(".//p:EndToEndId", NAMES)] == ["PO-0", "PO-1", "PO-2"]
    assert render("PW-1", MADE_AT, OURS[currency], payments) == file


def test_parts_of_a_minor_unit_and_other_currencies_are_never_written() -> None:
    for amount in (Money.parse("0.001", "CNY"), Money.parse("1", "JPY")):
        with pytest.raises(ValueError, match=r"minor units|in CNY"):
            render("PW-1", MADE_AT, OURS["CNY"], [Payment("PO-1", amount, PAYEES[0])])
    with pytest.raises(ValueError, match="at least one"):
        render("PW-1", MADE_AT, OURS["CNY"], [])


def test_everything_that_waits_goes_into_one_file_of_its_currency_ever(session: Session, rail: BankRail) -> None:
    orders = [an_order(session, rail, "70.00"), an_order(session, rail, "61.25"), an_order(session, rail, "500", "JPY")]
    assert waiting(session, FINANCE) == [
        WaitingPayments(2, Money.parse("131.25", "CNY")),
        WaitingPayments(1, Money.parse("500", "JPY")),
    ]

    made = export(session, FINANCE, OURS, trial=False)

    assert [(file.currency, file.count, file.money.text()) for file in made] == [
        ("CNY", 2, "131.25"),
        ("JPY", 1, "500"),
    ]
    assert len({file.message_id for file in made}) == 2
    for file in made:
        assert file.message_id.startswith("PW-")
        schema().validate(content_of(session, file).decode())
        assert take_file(session, FINANCE, file.id) == (file, content_of(session, file))
        assert hashlib.sha256(content_of(session, file)).digest() == file.sha256
    for order in orders:
        rail.pay_out(order)  # asked again after the file was made
    assert export(session, FINANCE, OURS, trial=False) == []
    assert waiting(session, FINANCE) == []


def test_while_payouts_are_frozen_no_file_is_made(session: Session, rail: BankRail) -> None:
    an_order(session, rail, "70.00")
    freeze(session, FINANCE, "restored", None)
    with pytest.raises(DomainError, match="frozen"):
        export(session, FINANCE, OURS, trial=True)


def test_a_refused_order_can_be_in_no_file(session: Session, rail: BankRail) -> None:
    an_order(session, rail, "70.00", "EUR")
    assert export(session, FINANCE, OURS, trial=True) == []
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(update(BankInstruction).values(file_id=new_id()))


def test_who_may_not_send_payouts_makes_no_file(session: Session) -> None:
    nobody = Actor(None, None, None, frozenset(), frozenset(), "test", "nobody")
    with pytest.raises(DomainError) as refusal:
        export(session, nobody, OURS, trial=True)
    assert refusal.value.slug == "forbidden"
