"""Reading camt.053, the bank's statement of ISO 20022, in the versions .02, .04 and .08.

Only booked entries count. An entry that the bank details payment by payment is as many entries, where their amounts
sum to it, less what it charged for them; what the bank charged inside one is an entry of its own.
"""

import datetime as dt
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Final

from marketplace.gateways.bank.details import BankDetails
from marketplace.gateways.bank.statements import Entry, Statement, money_of, page_before, refused
from marketplace.gateways.bank.xml_files import read_xml
from marketplace.kernel.bank_numbers import compact
from marketplace.kernel.money import Money

NAMESPACES: Final = tuple(f"urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}" for version in ("02", "04", "08"))

CHARGES: Final = frozenset({"CHRG", "FEES", "COMM", "COME", "COMI", "COMT"})
"""Sub-families of bank transaction codes that say: the bank took this for itself."""

_RETURNS: Final = frozenset({"RRTN"})
_TRUE: Final = ("true", "1")
_OPENING: Final = ("OPBD", "PRCD", "ITBD")
_CLOSING: Final = ("CLBD", "ITBD")
_SECOND: Final = 2


def read(data: bytes) -> list[Statement]:
    """The statements in a file. Raises statement_invalid, which says what is wrong."""
    namespace, document = read_xml(data, refused)
    if namespace not in NAMESPACES:
        raise refused(f"{namespace or document.tag!r} is none of camt.053 .02, .04 and .08.")
    of_message = _text(document, "BkToCstmrStmt/GrpHdr/MsgPgntn/PgNb")
    return [_statement(node, of_message) for node in document.findall("BkToCstmrStmt/Stmt")]


def _statement(node: ET.Element, of_message: str) -> Statement:
    account = compact(_text(node, "Acct/Id/IBAN") or _needed(node, "Acct/Id/Othr/Id"))
    name, page = _needed(node, "Id"), _page(node, of_message)
    opening, _ = _balance(node, _OPENING, last=False)
    closing, closed_on = _balance(node, _CLOSING, last=True)
    entries = [entry for one in node.findall("Ntry") if _is_booked(one) for entry in _entries(one)]
    return Statement(
        account=account,
        statement_id=f"{name}/{page}" if page else name,
        opening=opening,
        closing=closing,
        closed_on=closed_on,
        entries=[entry for entry in entries if not entry.amount.is_zero],
        page_before=page_before(f"{name}/", page) + ([name] if page.isdecimal() and int(page) == _SECOND else []),
    )


def _page(node: ET.Element, of_message: str) -> str:
    """Which page of its statement this is, if it has several.

    Before .04 only messages have pages: a further one goes on in a statement that opens with a balance of meanwhile.
    The first page has the statement's own name then.
    """
    if own := _text(node, "StmtPgntn/PgNb"):
        return own
    codes = {_text(one, "Tp/CdOrPrtry/Cd") for one in node.findall("Bal")}
    goes_on = of_message.isdecimal() and int(of_message) > 1 and not codes & set(_OPENING[:2])
    return of_message if goes_on else ""


def _balance(node: ET.Element, codes: tuple[str, ...], *, last: bool) -> tuple[Money, dt.date]:
    found = {_text(one, "Tp/CdOrPrtry/Cd"): one for one in (node.findall("Bal") if last else node.findall("Bal")[::-1])}
    balance = next((found[code] for code in codes if code in found), None)
    if balance is None:
        raise refused(f"The statement names no balance {' or '.join(codes)}.")
    return _amount(balance, "Amt", debit=_is_debit(balance)), _day(balance, "Dt")


def _is_booked(entry: ET.Element) -> bool:
    return (_text(entry, "Sts/Cd") or _text(entry, "Sts")) == "BOOK"


def _entries(entry: ET.Element) -> Iterator[Entry]:
    amount = _amount(entry, "Amt", debit=_is_debit(entry))
    details = entry.findall("NtryDtls/TxDtls")
    parts = [_detail_amount(one, entry, amount.currency) for one in details]
    whole = [part for part in parts if part is not None]
    charges = [_charged(one, amount.currency) for one in details]
    nothing = Money.zero(amount.currency)
    sums = [sum(whole, nothing), sum(whole, nothing) - sum(charges, nothing)]
    if not details or len(whole) < len(details) or amount not in sums or min(one.amount for one in charges) < 0:
        yield _entry(entry, details, amount)
        return
    for one, part, charge in zip(details, whole, charges, strict=True):
        yield _entry(entry, [one], part)
        # Where the payments alone make the entry, their charges are booked elsewhere.
        if amount != sums[0] and not charge.is_zero:
            yield Entry(-charge, _day(entry, "BookgDt"), "charges of the payment before it", charge=True)


def _entry(entry: ET.Element, details: list[ET.Element], amount: Money) -> Entry:
    codes = {node.text for one in [entry, *details] for node in one.iter("SubFmlyCd")}
    said = [text for one in details for text in _said(one)] + [_text(entry, "AddtlNtryInf")]
    reversal = _text(entry, "RvslInd") in _TRUE or any(one.find("RtrInf") is not None for one in details)
    own = next((text for one in details if (text := _text(one, "Refs/AcctSvcrRef"))), "")
    return Entry(
        amount=amount,
        booked_on=_day(entry, "BookgDt"),
        text=" | ".join(text for text in said if text),
        bank_reference=own or (_text(entry, "AcctSvcrRef") if len(details) <= 1 else ""),
        returned=reversal or bool(codes & _RETURNS),
        charge=amount.amount < 0 and bool(codes & CHARGES),
        other=_other(details[0], incoming=amount.amount > 0) if len(details) == 1 else None,
        batch=" | ".join(
            _text(batch, name) for batch in entry.findall("NtryDtls/Btch") for name in ("MsgId", "PmtInfId")
        ),
    )


def _said(detail: ET.Element) -> Iterator[str]:
    yield _text(detail, "Refs/EndToEndId")
    for node in detail.findall("RmtInf"):
        yield from (text.strip() for text in node.itertext() if text.strip())
    yield _text(detail, "AddtlTxInf")


def _detail_amount(detail: ET.Element, entry: ET.Element, currency: str) -> Money | None:
    debit = _is_debit(detail) if _text(detail, "CdtDbtInd") else _is_debit(entry)
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        node = detail.find(path)
        if node is not None and node.get("Ccy") == currency:
            return _amount(detail, path, debit=debit)
    return None


def _charged(detail: ET.Element, currency: str) -> Money:
    """What the bank says it kept of this payment or added to it."""
    records = detail.findall("Chrgs/Rcrd") or [one for one in detail.findall("Chrgs") if one.find("Amt") is not None]
    amounts = [
        _amount(one, "Amt", debit=_text(one, "CdtDbtInd") == "CRDT")
        for one in records
        if one.find("Amt") is not None and one.find("Amt").get("Ccy") == currency  # type: ignore[union-attr]  # found
    ]
    return sum(amounts, Money.zero(currency))


def _other(detail: ET.Element, *, incoming: bool) -> BankDetails | None:
    """Who stands on the other side: also somebody without an account, so that the line does not seem to name nobody."""
    role = "Dbtr" if incoming else "Cdtr"
    name = _text(detail, f"RltdPties/{role}/Pty/Nm") or _text(detail, f"RltdPties/{role}/Nm")
    iban = compact(_text(detail, f"RltdPties/{role}Acct/Id/IBAN"))
    number = compact(_text(detail, f"RltdPties/{role}Acct/Id/Othr/Id"))
    bank = f"RltdAgts/{role}Agt/FinInstnId"
    bic = _text(detail, f"{bank}/BICFI") or _text(detail, f"{bank}/BIC")
    if not name:
        return None
    return BankDetails(name, iban=iban or None, number=None if iban else number or None, bic=bic or None)


def _is_debit(node: ET.Element) -> bool:
    mark = _needed(node, "CdtDbtInd")
    if mark not in {"CRDT", "DBIT"}:
        raise refused(f"{mark!r} is neither CRDT nor DBIT.")
    return mark == "DBIT"


def _amount(node: ET.Element, path: str, *, debit: bool) -> Money:
    found = node.find(path)
    if found is None:
        raise refused(f"A {node.tag} has no amount.")
    return money_of(found.text or "", found.get("Ccy", ""), debit=debit)


def _day(node: ET.Element, path: str) -> dt.date:
    text = _text(node, f"{path}/Dt") or _text(node, f"{path}/DtTm")
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        raise refused(f"A {node.tag} has no day in {path}.") from None


def _needed(node: ET.Element, path: str) -> str:
    text = _text(node, path)
    if not text:
        raise refused(f"A {node.tag} has no {path}.")
    return text


def _text(node: ET.Element, path: str) -> str:
    return (node.findtext(path) or "").strip()
