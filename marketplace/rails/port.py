"""The rail port: how money comes in and goes out, whoever moves it.

A rail is called outside any transaction, with a key made of our own id and attempt: the same key and parameters have
one effect, however often they are sent. Silence is an answer of its own, `Unknown`: nobody may conclude from it.
"""

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol, runtime_checkable

from sqlalchemy.orm import Session

from marketplace.kernel.ids import public
from marketplace.kernel.money import Money

Transactions = Callable[[], AbstractContextManager[Session]]
"""Opens one transaction: `with transactions() as session:` commits at the end of the block."""


REPLAY_UNTIL: Final = dt.timedelta(hours=23)
"""As long as this after the first call the same key may be sent again: rails forget keys after a day."""


@dataclass(frozen=True, slots=True)
class CollectInstruction:
    """An order to take money from a payer; `amount` is whole in minor units."""

    deposit_id: uuid.UUID
    amount: Money
    payer: str

    @property
    def key(self) -> str:
        """The idempotency key at the rail."""
        return public("deposit", self.deposit_id)


@dataclass(frozen=True, slots=True)
class RefundInstruction:
    """An order to give a payer back what they paid, or a part; `charge` is the rail's reference of that payment."""

    refund_id: uuid.UUID
    charge: str
    amount: Money
    attempt: int = 1

    @property
    def key(self) -> str:
        """The idempotency key at the rail."""
        return self.keys[0]

    @property
    def keys(self) -> list[str]:
        """The keys of this attempt and all before it: under each the payer may have the money."""
        name = public("refund", self.refund_id)
        return [name if attempt == 1 else f"{name}:{attempt}" for attempt in range(self.attempt, 0, -1)]


@dataclass(frozen=True, slots=True)
class PayoutInstruction:
    """An order to pay one payee; `amount` is whole in minor units, `destination` the rail's token for the payee.

    `asked_before` says that this key may have reached the rail already: then only the rail's own answer counts, and
    nothing that the adapter finds out beforehand. `worth`, in another currency, is what the amount was changed from: a
    rail that changes money itself takes about so much of that; any other takes the amount from our balance in its own.
    """

    payout_id: uuid.UUID
    attempt: int
    destination: str
    amount: Money
    asked_before: bool = False
    worth: Money | None = None

    @property
    def key(self) -> str:
        """The idempotency key at the rail: another for each attempt."""
        return f"po_{self.payout_id}:{self.attempt}"

    @property
    def transfer_group(self) -> str:
        """What all attempts of one payout have in common at the rail."""
        return public("payout", self.payout_id)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The rail took the order; `reference` is its own id for it.

    `client_secret` is what the payer's browser needs to pay, where the rail asks the payer.
    """

    reference: str
    client_secret: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The rail will certainly not execute this order, not under this key and not later."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class NotExecuted:
    """Certainly nothing happened (too many calls, connection refused): the same key may be sent again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether it happened (time-out, reset, server error)."""

    reason: str


CollectOutcome = Accepted | Refused | NotExecuted | Unknown
RefundOutcome = Accepted | Refused | NotExecuted | Unknown
PayoutOutcome = Accepted | Refused | NotExecuted | Unknown


@dataclass(frozen=True, slots=True)
class Found:
    """A transfer that the rail knows of."""

    reference: str
    key: str
    amount: Money
    destination: str
    refused: Refused | None = None


@dataclass(frozen=True, slots=True)
class RailEvent:
    """Something the rail tells.

    `kind` is "charge.available" (payload `deposit`, `amount` gross, `fee` where the rail kept one, `reference`, and
    `pushed`: true where the payer sends by themselves, so that any amount may come, and more than once),
    "charge.refused" (`deposit`, `code`, `message`), "destination.ready" (`destination`), "destination.told"
    (`destination`, of which the rail has something to tell when it is asked), or a name of the rail's own.
    """

    event_id: str
    kind: str
    payload: Mapping[str, Any]
    """Of a "dispute.lost", a dispute that was decided for the payer, `dispute`: the reference of its lines."""


@dataclass(frozen=True, slots=True)
class RailLine:
    """One movement of our balance at the rail: positive came in, negative went out.

    `kind` is "charge", "transfer", "transfer_return", "refund", "dispute", "to_bank", "from_bank", "fee", "batch" (one
    line for the payments of a file, whose name is the reference) or "other".
    `amount` is net of `fee`, which the rail kept for itself. `reference` is the rail's id of the charge or transfer
    behind it, `transfer_group` the group that a payout was sent under, where the rail shows it. A dispute takes a
    client's payment back, with a fee, and brings it again when it is won: `reference` is then the dispute's own, and
    `charge`, as with a refund, the rail's reference of that payment.
    """

    external_id: str
    kind: str
    amount: Money
    occurred_at: dt.datetime
    reference: str
    fee: Money | None = None
    transfer_group: str | None = None
    charge: str | None = None

    @property
    def currency(self) -> str:
        """The currency of the amount."""
        return self.amount.currency


class Rail(Protocol):
    """What every rail can do; tests/rails/contract.py says how it must behave."""

    @property
    def name(self) -> str:
        """The rail's name in accounts, payouts and settings, such as "sandbox"."""

    @property
    def real_money(self) -> bool:
        """Whether anything here has an effect outside; such a rail forbids a moved clock."""

    def collect(self, instruction: CollectInstruction) -> CollectOutcome:
        """Take money from a payer for us. Raises ValueError for a key used with other parameters."""

    def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
        """Pay a payee. Raises ValueError for a key used with other parameters."""

    def refund(self, instruction: RefundInstruction) -> RefundOutcome:
        """Give a payer money back. Raises ValueError for a key used with other parameters."""

    def find_refund(self, instruction: RefundInstruction) -> str | None:
        """The rail's reference of the refund that was made under one of its keys; None where it knows of none."""

    def find_transfer(self, transfer_group: str) -> list[Found]:
        """The transfers of one payout that the rail knows of, oldest first; refused ones where the rail keeps them."""

    def events(self, since: dt.datetime | None = None) -> Iterable[RailEvent]:
        """What the rail has to tell, oldest first; `since` leaves out what it told before that moment."""

    def lines(self, since: dt.datetime | None = None) -> Iterable[RailLine]:
        """The movements of our balance that the rail shows by now, oldest first; `since` as with events."""


@runtime_checkable
class HookedRail(Protocol):
    """A rail that also tells by itself, by signed requests to PUBLIC_URL/hooks/rails/<name>."""

    def read_hook(self, body: bytes, signature: str) -> RailEvent:
        """The event in a request's raw body. Raises hook_refused for a bad, old or future signature."""


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A payee who wants an account at the rail; `key` is their public id, which makes a second order the same one."""

    key: str
    country: str
    email: str
    company: bool


@runtime_checkable
class OnboardingRail(Protocol):
    """A rail that identifies payees itself, on pages of its own; its destinations are accounts that it opened."""

    def open_account(self, account: NewAccount) -> str:
        """The destination of the account that now stands for the key. Raises rail_unavailable."""

    def onboarding_link(self, destination: str, return_url: str) -> str:
        """A page of the rail where the payee says who they are, good for minutes. Raises rail_unavailable."""


@runtime_checkable
class SteppedRail(Protocol):
    """A rail that moves some currencies only in steps of several minor units."""

    def step(self, currency: str) -> int:
        """The least that it moves of a currency, in minor units."""


@dataclass(frozen=True, slots=True)
class PayIn:
    """Where a payer sends money by themselves, and the reference to quote with it."""

    holder: str
    account: str
    bic: str
    reference: str


@runtime_checkable
class BankRail(Protocol):
    """A rail to accounts at banks: payers are told ours, payees say theirs, which are its destinations."""

    form: str
    """In words, how a payee writes down an account."""

    def pay_in(self, currency: str, reference: str) -> PayIn | None:
        """Where to send money in that currency; None where we have no account in it."""

    def clean_account(self, text: str) -> str:
        """An account as a payee wrote it, in the one form of a destination. Raises destination_invalid."""

    def require_read_back(self) -> None:
        """Raises rail_silent while its statements do not reach up to these days."""


Rails = Mapping[str, Rail]
"""The rails of this installation by name."""

NO_RAILS: Final[Rails] = {}


def step_of(rail: object, currency: str) -> int:
    """The least that a rail moves of a currency, in minor units: one, where the rail does not say."""
    return rail.step(currency) if isinstance(rail, SteppedRail) else 1


def onboarding_rails(rails: Rails) -> dict[str, OnboardingRail]:
    """Those that identify payees themselves, by name."""
    candidates: Mapping[str, object] = rails
    return {name: rail for name, rail in candidates.items() if isinstance(rail, OnboardingRail)}


def bank_rails(rails: Rails) -> dict[str, BankRail]:
    """Those that know accounts at banks, by name."""
    candidates: Mapping[str, object] = rails
    return {name: rail for name, rail in candidates.items() if isinstance(rail, BankRail)}
