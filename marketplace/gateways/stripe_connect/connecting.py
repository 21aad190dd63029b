"""The connection to Stripe: no retries of the library's own, explicit time-outs, a bounded pace."""

import threading
import time
from typing import Final

import stripe

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 30.0
"""Well below the lease of a payout's call (two minutes), so that our own time-out comes first."""

CALLS_PER_SECOND: Final = 20
"""Of one process; Stripe allows 25 a second for an endpoint by default, and answers 429 to what is more."""


def make_client(secret_key: str, api_base: str) -> stripe.StripeClient:
    """A client that sends each request once: whether to send again is decided by who knows what was sent."""
    return stripe.StripeClient(
        secret_key,
        base_addresses={"api": api_base},
        max_network_retries=0,
        http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, READ_SECONDS)),
    )


class Pace:
    """Lets calls through one at a time, no more than so many a second; threads of one process share it."""

    def __init__(self, per_second: int = CALLS_PER_SECOND) -> None:
        """`per_second` calls at most."""
        self._interval = 1 / per_second
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Return when the next call may be made."""
        with self._lock:
            now = time.monotonic()
            moment = max(now, self._next)
            self._next = moment + self._interval
        time.sleep(max(0.0, moment - now))
