"""When a request is sent again, and how long to wait before that."""

from __future__ import annotations

import email.utils
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import httpx

# The request never left, or never reached anybody: sending it again cannot double anything.
NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# Refused before anything was done.
_REFUSED: Final = 429
_PASSING: Final = frozenset({502, 503, 504})
_IN_PROGRESS: Final = "idempotency_in_progress"


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and how long a request is tried; `attempts=1` sends everything once."""

    attempts: int = 8
    seconds: float = 120
    """In all, waiting included; no try begins later. Of uploads and downloads only the waiting counts."""
    first_seconds: float = 0.25
    longest_seconds: float = 15
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def start(self, *, long: bool = False) -> Patience:
        """The patience for one request; a `long` one may take its time for each try."""
        return Patience(self, None if long else self.clock() + self.seconds)


@dataclass(slots=True)
class Patience:
    """What is left of it for one request."""

    retries: Retries
    until: float | None
    tries: int = 1
    waited: float = 0.0

    def wait(self, at_least: float | None = None) -> bool:
        """Wait before the next try, at least the seconds that were asked for; False when no try is left."""
        if self.tries >= self.retries.attempts:
            return False
        longest = min(self.retries.longest_seconds, self.retries.first_seconds * 2.0 ** (self.tries - 1))
        # Full jitter: callers that were refused together do not come back together.
        pause = (at_least or 0.0) + random.uniform(0, longest)  # noqa: S311 - no secret hangs on it
        spent = self.waited + pause > self.retries.seconds
        if spent if self.until is None else self.retries.clock() + pause > self.until:
            return False
        self.tries += 1
        self.waited += pause
        self.retries.sleep(pause)
        return True


def worth_another_try(status: int, code: str, *, repeatable: bool) -> bool:
    """Whether the same request may fare better a little later, without doubling anything."""
    if status == _REFUSED:
        return True
    return repeatable and (status in _PASSING or (status == 409 and code == _IN_PROGRESS))


def retry_after(response: httpx.Response) -> float | None:
    """The seconds that a Retry-After header asks for, given as such or as a date."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())
