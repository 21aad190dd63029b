"""Writing a payment file: pain.001.001.09, the customer's credit transfer of ISO 20022.

The same payments give the same bytes. Charges are ours (`DEBT`): a payee gets the whole amount.
"""

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.gateways.bank.details import BankDetails
from marketplace.kernel.bank_numbers import is_iban
from marketplace.kernel.money import Money

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """One of our accounts, the wage account of a currency: its holder, an IBAN or number, and the bank's BIC."""

    holder: str
    currency: str
    number: str
    bic: str

    @property
    def details(self) -> BankDetails:
        """As an account like any other."""
        if is_iban(self.number):
            return BankDetails(self.holder, iban=self.number, bic=self.bic)
        return BankDetails(self.holder, number=self.number, bic=self.bic)


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment of a file."""

    reference: str
    amount: Money
    payee: BankDetails


def render(message_id: str, made_at: dt.datetime, debtor: OwnAccount, payments: Sequence[Payment]) -> bytes:
    """The bytes of the file; `made_at` is also the day on which it is to be executed.

    Raises ValueError for no payments, and for amounts in another currency than the account's.
    """
    if not payments or any(payment.amount.currency != debtor.currency for payment in payments):
        raise ValueError(f"a file from this account holds payments in {debtor.currency}, at least one")
    total = sum((payment.amount for payment in payments), Money.zero(debtor.currency))
    document = ET.Element("Document", {"xmlns": NAMESPACE})
    message = ET.SubElement(document, "CstmrCdtTrfInitn")
    header = ET.SubElement(message, "GrpHdr")
    _texts(header, MsgId=message_id, CreDtTm=made_at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _texts(header, NbOfTxs=str(len(payments)), CtrlSum=_decimal(total))
    _texts(ET.SubElement(header, "InitgPty"), Nm=debtor.holder)
    batch = ET.SubElement(message, "PmtInf")
    _texts(batch, PmtInfId=message_id, PmtMtd="TRF", BtchBookg="false")
    _texts(batch, NbOfTxs=str(len(payments)), CtrlSum=_decimal(total))
    _texts(ET.SubElement(batch, "ReqdExctnDt"), Dt=made_at.astimezone(dt.UTC).date().isoformat())
    _texts(ET.SubElement(batch, "Dbtr"), Nm=debtor.holder)
    account = _account(batch, "DbtrAcct", debtor.details)
    _texts(account, Ccy=debtor.currency)
    _agent(batch, "DbtrAgt", debtor.details)
    _texts(batch, ChrgBr="DEBT")
    for payment in payments:
        _payment(batch, payment)
    ET.indent(document)
    return bytes(ET.tostring(document, encoding="utf-8", xml_declaration=True)) + b"\n"


def _payment(batch: ET.Element, payment: Payment) -> None:
    transfer = ET.SubElement(batch, "CdtTrfTxInf")
    _texts(ET.SubElement(transfer, "PmtId"), InstrId=payment.reference, EndToEndId=payment.reference)
    amount = ET.SubElement(ET.SubElement(transfer, "Amt"), "InstdAmt", {"Ccy": payment.amount.currency})
    amount.text = _decimal(payment.amount)
    if payment.payee.bic or payment.payee.member:
        _agent(transfer, "CdtrAgt", payment.payee)
    _texts(ET.SubElement(transfer, "Cdtr"), Nm=payment.payee.holder)
    _account(transfer, "CdtrAcct", payment.payee)
    _texts(ET.SubElement(transfer, "RmtInf"), Ustrd=payment.reference)


def _account(parent: ET.Element, tag: str, details: BankDetails) -> ET.Element:
    account = ET.SubElement(parent, tag)
    number = ET.SubElement(account, "Id")
    if details.iban:
        _texts(number, IBAN=details.iban)
    else:
        _texts(ET.SubElement(number, "Othr"), Id=details.account)
    return account


def _agent(parent: ET.Element, tag: str, details: BankDetails) -> None:
    bank = ET.SubElement(ET.SubElement(parent, tag), "FinInstnId")
    if details.bic:
        _texts(bank, BICFI=details.bic)
    elif details.member and details.clearing_code:
        member = ET.SubElement(bank, "ClrSysMmbId")
        _texts(ET.SubElement(member, "ClrSysId"), Cd=details.clearing_code)
        _texts(member, MmbId=details.member)


def _texts(parent: ET.Element, **texts: str) -> None:
    for tag, text in texts.items():
        ET.SubElement(parent, tag).text = text


def _decimal(amount: Money) -> str:
    """Exactly, with the decimals of the currency; raises ValueError for parts of a minor unit."""
    amount.minor_units()
    return amount.text()
