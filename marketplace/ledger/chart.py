"""The chart of accounts: which accounts there are, on which side they grow, and what tells two of one code apart."""

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property
from typing import Any, Final

from marketplace.kernel.canonical import day
from marketplace.kernel.ids import public
from marketplace.kernel.money import exponent


class Side(StrEnum):
    """The side on which an account's balance grows."""

    DEBIT = "debit"
    CREDIT = "credit"


class Code(IntEnum):
    """The codes; the first digit is the class: 1 assets, 2 liabilities, 3 equity, 4 income, 5 expense."""

    BANK_OPERATING = 1010
    BANK_WAGES = 1020
    RAIL_AVAILABLE = 1100
    RAIL_PENDING = 1110
    TRANSFERS_IN_TRANSIT = 1120
    RECOURSE_RECEIVABLE = 1210
    CLIENT_RECEIVABLE = 1230
    CLIENT_DEPOSITS = 2010
    JOB_RESERVE = 2020
    REFUND_PAYABLE = 2030
    PAY_DEFERRED = 2110
    MARGIN_DEFERRED = 2120
    PAY_DUE = 2130
    MARGIN_DUE = 2140
    HELD = 2150
    DISPUTE_FREEZE = 2160
    UNCLAIMED = 2170
    TAX_WITHHELD = 2200
    SALES_TAX = 2210
    PAYOUTS_IN_FLIGHT = 2300
    RETURNED = 2310
    WAGE_GUARANTEE_FUND = 2400
    SUSPENSE = 2900
    CAPITAL = 3000
    RETAINED_EARNINGS = 3100
    CURRENCY_POSITION = 3900
    PLATFORM_FEE = 4010
    ADVANCE_FEE = 4020
    CURRENCY_GAIN = 4030
    PROCESSING_FEES = 5010
    PAYOUT_FEES = 5020
    CHARGEBACK_LOSS = 5030
    RECOURSE_WRITTEN_OFF = 5040
    CURRENCY_LOSS = 5050
    CORRECTION_BORNE = 5060
    GUARANTEE_CONTRIBUTION = 5070

    @property
    def definition(self) -> "Definition":
        """The account's line in the chart."""
        return CHART[self]

    @property
    def side(self) -> Side:
        """Assets and expenses grow by debits, everything else by credits."""
        return Side.DEBIT if self // 1000 in {1, 5} else Side.CREDIT

    @property
    def controlled(self) -> bool:
        """Whether the balance is checked at each posting and may never be below zero; all of these are liabilities."""
        return self in CONTROLLED


class Dimension(StrEnum):
    """What tells two accounts of one code and currency apart."""

    OWNER = "owner"
    CONTRACT = "contract"
    DUE = "due"
    LABEL = "label"


@dataclass(frozen=True, slots=True)
class Definition:
    """One line of the chart: its words, its dimensions, and the noun of its owner in public ids.

    Without `owner_noun` an owner may be a person or an organization and is written as a plain UUID.
    """

    name: str
    dimensions: frozenset[Dimension] = frozenset()
    owner_noun: str | None = None


def _line(name: str, *dimensions: Dimension, owner: str | None = None) -> Definition:
    return Definition(name, frozenset(dimensions), owner)


_OWNER, _CONTRACT, _DUE, _LABEL = Dimension.OWNER, Dimension.CONTRACT, Dimension.DUE, Dimension.LABEL

CHART: Final[dict[Code, Definition]] = {
    Code.BANK_OPERATING: _line("bank, operating"),
    Code.BANK_WAGES: _line("bank, wages"),
    Code.RAIL_AVAILABLE: _line("available at the rail", _LABEL),
    Code.RAIL_PENDING: _line("pending at the rail", _LABEL),
    Code.TRANSFERS_IN_TRANSIT: _line("own transfers in transit"),
    Code.RECOURSE_RECEIVABLE: _line("recourse receivable", _OWNER, owner="organization"),
    Code.CLIENT_RECEIVABLE: _line("client receivable", _OWNER, _LABEL, owner="organization"),
    Code.CLIENT_DEPOSITS: _line("client's deposit", _OWNER, owner="organization"),
    Code.JOB_RESERVE: _line("job's reserve", _OWNER, owner="job"),
    Code.REFUND_PAYABLE: _line("refund payable", _OWNER, owner="organization"),
    Code.PAY_DEFERRED: _line("pay deferred", _OWNER, _CONTRACT, _DUE, owner="person"),
    Code.MARGIN_DEFERRED: _line("margin deferred", _OWNER, _CONTRACT, _DUE, owner="organization"),
    Code.PAY_DUE: _line("pay due", _OWNER, owner="person"),
    Code.MARGIN_DUE: _line("margin due", _OWNER, _CONTRACT, owner="organization"),
    Code.HELD: _line("held", _OWNER, _LABEL),
    Code.DISPUTE_FREEZE: _line("frozen by a dispute", _LABEL),
    Code.UNCLAIMED: _line("unclaimed"),
    Code.TAX_WITHHELD: _line("tax withheld", _LABEL),
    Code.SALES_TAX: _line("sales tax"),
    Code.PAYOUTS_IN_FLIGHT: _line("payout in flight", _OWNER, owner="payout"),
    Code.RETURNED: _line("returned by the rail"),
    Code.WAGE_GUARANTEE_FUND: _line("wage guarantee fund"),
    Code.SUSPENSE: _line("not yet explained", _LABEL),
    Code.CAPITAL: _line("capital"),
    Code.RETAINED_EARNINGS: _line("retained earnings"),
    Code.CURRENCY_POSITION: _line("currency position"),
    Code.PLATFORM_FEE: _line("platform's fee"),
    Code.ADVANCE_FEE: _line("advance fee"),
    Code.CURRENCY_GAIN: _line("currency gain"),
    Code.PROCESSING_FEES: _line("processing fees"),
    Code.PAYOUT_FEES: _line("payout fees"),
    Code.CHARGEBACK_LOSS: _line("chargeback loss"),
    Code.RECOURSE_WRITTEN_OFF: _line("recourse written off"),
    Code.CURRENCY_LOSS: _line("currency loss"),
    Code.CORRECTION_BORNE: _line("pay of answers accepted by mistake"),
    Code.GUARANTEE_CONTRIBUTION: _line("contribution to the guarantee fund"),
}

DATED_CODES: Final = frozenset(code for code, line in CHART.items() if Dimension.DUE in line.dimensions)
"""The codes whose accounts are each of one due date."""

CONTROLLED: Final = frozenset(
    {
        Code.CLIENT_DEPOSITS,
        Code.JOB_RESERVE,
        Code.PAY_DEFERRED,
        Code.MARGIN_DEFERRED,
        Code.PAY_DUE,
        Code.MARGIN_DUE,
        Code.HELD,
        Code.DISPUTE_FREEZE,
        Code.UNCLAIMED,
        Code.PAYOUTS_IN_FLIGHT,
        Code.WAGE_GUARANTEE_FUND,
    }
)

_EPOCH: Final = dt.date(2000, 1, 1)


@dataclass(frozen=True)
class AccountRef:
    """Which account is meant; it comes to be with its first posting.

    Raises ValueError for dimensions other than those its line of the chart asks for, money_invalid for an unknown
    currency.
    """

    code: Code
    currency: str
    owner_id: uuid.UUID | None = None
    contract_id: uuid.UUID | None = None
    due_on: dt.date | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        exponent(self.currency)
        given = {dimension for dimension, value in self._dimensions() if value is not None}
        if given != self.code.definition.dimensions:
            wanted = ", ".join(sorted(self.code.definition.dimensions)) or "none"
            raise ValueError(f"account {self.code:d} has these dimensions: {wanted}; not {sorted(given)}")

    def _dimensions(self) -> tuple[tuple[Dimension, object], ...]:
        return (
            (Dimension.OWNER, self.owner_id),
            (Dimension.CONTRACT, self.contract_id),
            (Dimension.DUE, self.due_on),
            (Dimension.LABEL, self.label),
        )

    @cached_property
    def key(self) -> str:
        """The account's one text, the same that the database makes (`models.ACCOUNT_KEY`)."""
        days = "" if self.due_on is None else (self.due_on - _EPOCH).days
        return f"{self.code:d}/{self.currency}/{self.owner_id or ''}/{self.contract_id or ''}/{days}/{self.label or ''}"

    def to_wire(self) -> dict[str, Any]:
        """The account in audit bodies and for readers: `{"code": 2130, "owner": "per_…"}`; only what it has."""
        wire: dict[str, Any] = {"code": int(self.code)}
        if self.owner_id is not None:
            noun = self.code.definition.owner_noun
            wire["owner"] = str(self.owner_id) if noun is None else public(noun, self.owner_id)
        if self.contract_id is not None:
            wire["contract"] = public("contract", self.contract_id)
        if self.due_on is not None:
            wire["due_on"] = day(self.due_on)
        if self.label is not None:
            wire["label"] = self.label
        return wire

    def __str__(self) -> str:
        """For people: "2010 client's deposit (org_…) in CNY"."""
        parts = [str(value) for name, value in self.to_wire().items() if name != "code"]
        inside = f" ({', '.join(parts)})" if parts else ""
        return f"{self.code:d} {self.code.definition.name}{inside} in {self.currency}"
