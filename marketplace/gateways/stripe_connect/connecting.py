"""The connection to Stripe: no retries of the library's own, explicit time-outs, a bounded pace."""

import datetime as dt
import threading
import time
from collections.abc import Callable
from typing import Final

import stripe
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from marketplace.logs import get_logger
from marketplace.rails.port import Transactions

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 30.0
"""Well below the lease of a payout's call (two minutes), so that our own time-out comes first."""

CALLS_PER_SECOND: Final = 20
"""Payouts and looks of all processes together, each a call or a few; Stripe allows 25 calls a second for an endpoint by
default, and answers 429 to what is more."""

BATCH: Final = 5
"""So many moments a process takes at once: a quarter of a second."""

Share = Callable[[int, float], float]

_LOG = get_logger(__name__)


def make_client(secret_key: str, api_base: str) -> stripe.StripeClient:
    """A client that sends each request once: whether to send again is decided by who knows what was sent."""
    return stripe.StripeClient(
        secret_key,
        base_addresses={"api": api_base},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
    )


class Pace:
    """Lets calls through one at a time, no more than so many a second, whoever shares it.

    Threads of one process share it by themselves; processes do by `share`, which says in how many seconds the first of
    so many next moments is: one question a batch. One that cannot be asked leaves the process to its own pace.
    """

    def __init__(self, per_second: int = CALLS_PER_SECOND, share: Share | None = None) -> None:
        """`per_second` calls at most."""
        self._interval = 1 / per_second
        self._share = share
        self._lock = threading.Lock()
        self._next = 0.0
        self._taken = 0

    def wait(self) -> None:
        """Return when the next call may be made."""
        with self._lock:
            moment = self._moment()
        time.sleep(max(0.0, moment - time.monotonic()))

    def _moment(self) -> float:
        now = time.monotonic()
        # A moment that went by unused is lost: later ones may be others' by now.
        if not self._taken or self._next < now - self._interval:
            self._next, self._taken = self._first(now), BATCH
        moment = self._next
        self._next += self._interval
        self._taken -= 1
        return moment

    def _first(self, now: float) -> float:
        if self._share is not None:
            try:
                return now + self._share(BATCH, self._interval)
            except SQLAlchemyError as problem:
                _LOG.warning("pace_not_shared", problem=repr(problem))
        return max(now, self._next)


def shared_pace(transactions: Transactions, rail: str) -> Share:
    """The moments of all processes of one market, in one row a rail: each batch of them is given to one process."""

    def take(count: int, interval: float) -> float:
        values = {"rail": rail, "span": dt.timedelta(seconds=count * interval)}
        with transactions() as session:
            return float(session.scalars(_TAKE, values).one())

    return take


_TAKE: Final = text(
    """
    INSERT INTO rail_pace (rail, next_at) VALUES (:rail, clock_timestamp() + :span)
    ON CONFLICT (rail) DO UPDATE SET next_at = greatest(rail_pace.next_at, clock_timestamp()) + :span
    RETURNING extract(epoch FROM next_at - :span - clock_timestamp())
    """
)
