"""How a bank's CSV is read: which column is what, and how days and amounts are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.money import Money

DATE_FORMS: Final[Mapping[str, str]] = {
    "YYYY-MM-DD": r"(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})",
    "DD.MM.YYYY": r"(?P<d>\d{2})\.(?P<m>\d{2})\.(?P<y>\d{4})",
    "DD/MM/YYYY": r"(?P<d>\d{2})/(?P<m>\d{2})/(?P<y>\d{4})",
    "MM/DD/YYYY": r"(?P<m>\d{2})/(?P<d>\d{2})/(?P<y>\d{4})",
    "YYYYMMDD": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
}
DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t"}
ENCODINGS: Final = ("utf-8", "latin-1", "cp1252")
DECIMALS: Final = (".", ",")

_LISTS: Final = ("text", "charges", "returns")
_NEEDED: Final = ("name", "currency", "date", "date_form", "delimiter", "decimal", "encoding")


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """How the columns of a bank's CSV are read: each is named as in the file.

    Either `amount` with a sign, or `debit` and `credit` without. `balance` is the account's after the line. A line
    whose `kind` is one of `charges` the bank took for itself, one of `returns` is a payment that came back.
    """

    name: str
    currency: str
    date: str
    date_form: str
    amount: str | None = None
    debit: str | None = None
    credit: str | None = None
    balance: str | None = None
    account: str | None = None
    reference: str | None = None
    text: tuple[str, ...] = ()
    kind: str | None = None
    charges: tuple[str, ...] = ()
    returns: tuple[str, ...] = ()
    other_name: str | None = None
    other_account: str | None = None
    delimiter: str = "comma"
    decimal: str = "."
    encoding: str = "utf-8"
    newest_first: bool = False

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """From its fields by name, lists for tuples.

        Raises invalid for one that there is not, that is missing or is of another type.
        """
        fields: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in said.items()
        }
        try:
            layout = cls(**fields)
        except TypeError as problem:
            raise INVALID.error(f"This is no layout of a CSV: {problem}.") from None
        for name, value in fields.items():
            if not _fits(name, value):
                wanted = "a list of texts" if name in _LISTS else "true or false" if name == "newest_first" else "text"
                raise INVALID.error(
                    f"This is no layout of a CSV: {name} is {wanted}.",
                    errors=[FieldError(f"/{name}", "invalid", f"It is {wanted}.")],
                )
        return layout

    @property
    def columns(self) -> tuple[str, ...]:
        """Those that the file must have."""
        named = (self.date, self.amount, self.debit, self.credit, self.balance, self.account, self.reference, self.kind)
        more = (*named, self.other_name, self.other_account, *self.text)
        return tuple(dict.fromkeys(one for one in more if one is not None))


def _fits(name: str, value: object) -> bool:
    if name in _LISTS:
        return isinstance(value, tuple) and all(isinstance(one, str) for one in value)
    if name == "newest_first":
        return isinstance(value, bool)
    return isinstance(value, str) or (value is None and name not in _NEEDED)


@dataclass(frozen=True, slots=True)
class CsvStatement:
    """By which layout a CSV is read; the balances are needed where it has no column of them."""

    layout: str
    opening: Money | None = None
    closing: Money | None = None
