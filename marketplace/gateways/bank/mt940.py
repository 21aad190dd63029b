"""Reading MT940, the older form of a bank's statement, by the package mt-940."""

import io
import logging
import re
from typing import Any, Final

from mt940 import Options, parse_statements
from mt940.models import Transactions

from marketplace.gateways.bank.details import BankDetails
from marketplace.gateways.bank.statements import Entry, Statement, money_of, page_before, refused
from marketplace.kernel.bank_numbers import compact, is_iban
from marketplace.kernel.money import Money

_CHARGES: Final = frozenset({"CHG", "COM"})
_RETURNS: Final = frozenset({"RTI"})
_REVERSALS: Final = frozenset({"RC", "RD"})
_CODES: Final = re.compile(r"\?[0-9]{2}")

# The package logs each line that it cannot read, with who is named there.
logging.getLogger("mt940").setLevel(logging.CRITICAL + 1)


def read(data: bytes) -> list[Statement]:
    """The statements in a file. Raises statement_invalid, which says what is wrong."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    if "\0" in text:
        raise refused("The file holds bytes that no MT940 has.")
    try:
        # A stream: given a text, the package would read a file of that name.
        found = parse_statements(io.StringIO(text), options=Options.all())
    except Exception as problem:
        raise refused(f"The file cannot be read as MT940: {type(problem).__name__}.") from problem
    return [_statement(one) for one in found]


def _statement(transactions: Transactions) -> Statement:
    told = transactions.data
    opening = told.get("final_opening_balance") or told.get("intermediate_opening_balance")
    closing = told.get("final_closing_balance") or told.get("intermediate_closing_balance")
    account = re.split(r"/", str(told.get("account_identification") or ""))[-1]
    if not account or opening is None or closing is None or closing.date is None:
        raise refused("A statement has no account (:25:), or no opening (:60:) or closing (:62:) balance.")
    number = [str(told[name]) for name in ("statement_number", "sequence_number") if told.get(name)]
    entries = [_entry(one.data) for one in transactions.transactions]
    return Statement(
        account=_account(account),
        statement_id="/".join([str(told.get("transaction_reference") or ""), closing.date.isoformat(), *number]),
        opening=_money(opening.amount.amount, opening.amount.currency),
        closing=_money(closing.amount.amount, closing.amount.currency),
        closed_on=closing.date,
        entries=[entry for entry in entries if not entry.amount.is_zero],
        page_before=() if told.get("final_opening_balance") else _page_before(number),
    )


def _page_before(number: list[str]) -> list[str]:
    """A page that opens with a balance of meanwhile (:60M:) goes on where another closed, whose number fits."""
    return (page_before(f"/{number[0]}/", number[1]) if len(number) > 1 else []) or [""]


def _account(text: str) -> str:
    """The account of :25:; some banks write the currency behind it."""
    written = compact(text)
    return written[:-3] if not is_iban(written) and written[-3:].isalpha() else written


def _entry(told: dict[str, Any]) -> Entry:
    code = str(told.get("id") or "")[1:].upper()
    said = [str(told[name]) for name in sorted(told) if name not in _NOT_SAID and isinstance(told[name], str)]
    amount = _money(told["amount"].amount, told["amount"].currency)
    return Entry(
        amount=amount,
        booked_on=told.get("entry_date") or told["date"],
        text=" | ".join(_CODES.sub("", text) for text in said),
        bank_reference=str(told.get("bank_reference") or ""),
        returned=str(told.get("status")).upper() in _REVERSALS or code in _RETURNS,
        charge=amount.amount < 0 and code in _CHARGES,
        other=_other(told),
    )


_NOT_SAID: Final = frozenset(
    {"status", "funds_code", "id", "bank_reference", "currency", "transaction_reference", "transaction_code"}
)


def _other(told: dict[str, Any]) -> BankDetails | None:
    name, number = str(told.get("applicant_name") or "").strip(), compact(str(told.get("applicant_iban") or ""))
    bic = compact(str(told.get("applicant_bin") or "")) or None
    if not number:
        # Somebody all the same: a line that names them is not taken for one that names nobody.
        return BankDetails(name) if name else None
    return BankDetails(name, iban=number, bic=bic) if is_iban(number) else BankDetails(name, number=number, bic=bic)


def _money(amount: Any, currency: str | None) -> Money:
    text = format(abs(amount), "f")
    return money_of(text, currency or "", debit=amount < 0)
