"""What the imitation keeps: objects, balances, events, answers by idempotency key, and failures on order."""

import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from marketplace.gateways.stripe_connect.fake.errors import FakeError

KINDS_OF_FAULT: Final = frozenset(
    {"refuse", "rate_limit", "drop_before", "drop_after", "error_before", "error_after", "hang_after"}
)


@dataclass(slots=True)
class Fault:
    """A failure to play: the next `times` requests to `operation` whose text contains `match` go wrong so.

    `refuse` answers 400 with `code` and keeps that under the key; `rate_limit` answers 429 and keeps nothing;
    `drop_…` closes the connection before or after the work; `error_…` answers 500 and keeps that under the key;
    `hang_after` does the work and answers only after `seconds`.
    """

    operation: str
    kind: str
    match: str = ""
    times: int = 1
    code: str = "declined"
    seconds: float = 0.0


@dataclass(slots=True)
class Kept:
    """The answer that stands under an idempotency key."""

    fingerprint: str
    status: int
    body: dict[str, Any]


@dataclass(slots=True)
class State:
    """Everything, under one lock. Money is in Stripe's units by currency code in lower case."""

    pays_at_once: bool = True
    settles_after_seconds: int = 0
    fee_ppm: int = 0
    opens_accounts: bool = True
    lock: threading.RLock = field(default_factory=threading.RLock)
    objects: dict[str, dict[str, Any]] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=dict)
    kept: dict[str, Kept] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    payouts_of: dict[str, str] = field(default_factory=dict)
    """The connected account of each payout, which does not say it itself."""
    moved_seconds: int = 0

    def now(self) -> int:
        """The imitation's clock, in seconds; it can be moved forward."""
        return int(time.time()) + self.moved_seconds

    def make(self, prefix: str, kind: str, **values: Any) -> dict[str, Any]:
        """A new object with an id of its own."""
        made = {
            "id": f"{prefix}_{secrets.token_hex(12)}",
            "object": kind,
            "created": self.now(),
            "livemode": False,
            **values,
        }
        self.objects[made["id"]] = made
        return made

    def get(self, object_id: str, kind: str, param: str = "id") -> dict[str, Any]:
        """An object of that kind; raises FakeError 404 as Stripe words it."""
        found = self.objects.get(object_id)
        if found is None or found["object"] != kind:
            raise FakeError(404, "resource_missing", f"No such {kind}: '{object_id}'", param=param)
        return found

    def all_of(self, kind: str) -> Iterator[dict[str, Any]]:
        """All objects of a kind, newest first."""
        return (one for one in reversed(list(self.objects.values())) if one["object"] == kind)

    def moved(self, kind: str, source_id: str, amount: int, currency: str, *, fee: int = 0, settles: int = 0) -> str:
        """A balance transaction, which settles after so many seconds; returns its id."""
        made = self.make(
            "txn",
            "balance_transaction",
            type=kind,
            source=source_id,
            amount=amount,
            fee=fee,
            net=amount - fee,
            currency=currency,
            available_on=self.now() + settles,
        )
        return str(made["id"])

    def transaction(self, made: dict[str, Any]) -> dict[str, Any]:
        """A balance transaction as it is read now."""
        return {**made, "status": "available" if made["available_on"] <= self.now() else "pending"}

    def available(self, currency: str) -> int:
        """What may be transferred now."""
        moved: int = sum(
            one["net"]
            for one in self.all_of("balance_transaction")
            if one["currency"] == currency and one["available_on"] <= self.now()
        )
        return self.given.get(currency, 0) + moved

    def tell(self, kind: str, subject: dict[str, Any], account: str | None = None) -> dict[str, Any]:
        """An event about an object as it is now; `account` is the connected one at which it happened."""
        told = {"data": {"object": dict(subject)}, "api_version": "2026-10-28.endive"}
        return self.make("evt", "event", type=kind, **told, **({"account": account} if account else {}))

    def next_fault(self, operation: str, text: str) -> Fault | None:
        """Use up one failure that fits, the oldest first."""
        for fault in self.faults:
            if fault.times and fault.operation == operation and fault.match in text:
                fault.times -= 1
                return fault
        return None
