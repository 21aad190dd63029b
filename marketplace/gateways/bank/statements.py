"""What a bank statement says, whatever form it came in."""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from marketplace.gateways.bank.details import BankDetails
from marketplace.gateways.bank.errors import STATEMENT_INVALID
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Entry:
    """One booked movement: positive came in, negative went out.

    `text` is all that the bank says of it, in which references are looked for; `returned` says that a payment came
    back, `charge` that the bank took it for itself; `batch` names the file of which it is one booking, if it says so.
    """

    amount: Money
    booked_on: dt.date
    text: str
    bank_reference: str = ""
    returned: bool = False
    charge: bool = False
    other: BankDetails | None = None
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one account, or a page of it: from the opening to the closing balance by its entries.

    `page_before` says how the id of the page before may end, where there is one.
    """

    account: str
    statement_id: str
    opening: Money
    closing: Money
    closed_on: dt.date
    entries: Sequence[Entry] = field(default_factory=list)
    page_before: Sequence[str] = ()

    def digest(self) -> bytes:
        """Of all that it says; the same statement read again has the same."""
        said = {
            "account": self.account,
            "id": self.statement_id,
            "opening": self.opening.to_wire(),
            "closing": self.closing.to_wire(),
            "closed_on": self.closed_on.isoformat(),
            "entries": [
                {
                    "amount": entry.amount.to_wire(),
                    "booked_on": entry.booked_on.isoformat(),
                    "text": entry.text,
                    "bank_reference": entry.bank_reference,
                    "returned": entry.returned,
                    "charge": entry.charge,
                }
                for entry in self.entries
            ],
        }
        return hashlib.sha256(canonical_bytes(said)).digest()


def page_before(stem: str, page: str) -> list[str]:
    """How the id of the page before may be written, with noughts before its number or without; none of a first page."""
    if not page.isdecimal() or int(page) <= 1:
        return []
    number = str(int(page) - 1)
    return sorted({stem + number, stem + number.zfill(len(page))})


def money_of(text: str, currency: str, *, debit: bool) -> Money:
    """An amount as a bank writes it, exactly. Raises statement_invalid for one that is no whole minor unit."""
    try:
        whole, _, fraction = text.strip().partition(".")
        amount = Money.parse(f"{whole}.{fraction.rstrip('0') or '0'}", currency)
        amount.minor_units()
    except (DomainError, ValueError):
        raise refused(f"{text!r} is no amount in {currency} that a bank can have moved.") from None
    return -amount if debit else amount


def refused(message: str) -> DomainError:
    """The refusal of a statement."""
    return STATEMENT_INVALID.error(message)
