"""The balance transactions of our account at Stripe, each read once and once more when it has become available.

Stripe lists them by when they were made, and we are asked for what has become available since some moment, which may
be many days later. So those of the last days are kept in memory; a new process reads them once.
"""

import datetime as dt
import threading
from typing import TYPE_CHECKING, Any, Final

import stripe

if TYPE_CHECKING:
    from stripe.params import BalanceTransactionListParams

SETTLING: Final = dt.timedelta(days=31)
"""How long after its creation a balance transaction may become available at the latest, with a wide margin."""

CLOCKS_APART: Final = dt.timedelta(hours=1)
"""How much further back than asked for Stripe is read."""

_LIST_LIMIT: Final = 100
_SOURCE: Final = "data.source"


class BalanceTransactions:
    """What is known of them; threads of one process share it."""

    def __init__(self, client: stripe.StripeClient) -> None:
        """Nothing is read yet."""
        self._client = client
        self._lock = threading.Lock()
        self._known: dict[str, dict[str, Any]] = {}
        self._known_from: int | None = None
        """Of what was made since that second, all is known; None before the first reading."""

    def available(self, since: dt.datetime | None) -> list[dict[str, Any]]:
        """Those that became available since that moment, or ever, with their sources, oldest first."""
        with self._lock:
            self._read(0 if since is None else seconds(since - SETTLING))
            told_from = 0 if since is None else seconds(since)
            found = [
                one for one in self._known.values() if one["status"] == "available" and one["available_on"] >= told_from
            ]
        return sorted(found, key=lambda one: int(one["created"]))

    def _read(self, made_from: int) -> None:
        if self._known_from is None or made_from < self._known_from:
            self._list(made_from)
            self._known_from = made_from
            return
        self._list(max((one["created"] for one in self._known.values()), default=made_from) - _APART)
        now = seconds(dt.datetime.now(dt.UTC)) + _APART
        for one in [one for one in self._known.values() if one["status"] != "available" and one["available_on"] <= now]:
            read = self._client.v1.balance_transactions.retrieve(one["id"], {"expand": ["source"]})
            self._known[one["id"]] = read.to_dict()
        self._forget(now)

    def _list(self, made_from: int) -> None:
        params: BalanceTransactionListParams = {
            "limit": _LIST_LIMIT,
            "expand": [_SOURCE],
            "created": {"gte": max(0, made_from)},
        }
        newest_first = list(self._client.v1.balance_transactions.list(params).auto_paging_iter())
        for one in newest_first[::-1]:
            self._known[one.id] = one.to_dict()

    def _forget(self, now: int) -> None:
        """What is older than anybody asks for as a rule; who asks for more has it read anew."""
        assert self._known_from is not None
        oldest = now - _KEPT
        if oldest > self._known_from:
            self._known = {name: one for name, one in self._known.items() if one["created"] >= oldest}
            self._known_from = oldest


_APART: Final = int(CLOCKS_APART.total_seconds())
_KEPT: Final = int((SETTLING + dt.timedelta(days=9)).total_seconds())


def seconds(moment: dt.datetime) -> int:
    """A moment as Stripe counts it, a little earlier: any two clocks differ, and a trial's may be far ahead."""
    return int((min(moment, dt.datetime.now(dt.UTC)) - CLOCKS_APART).timestamp())
