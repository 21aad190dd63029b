"""How many requests a key or a session may make in a minute, counted for all web processes together.

The count lies in the database, and a process takes from it in twentieths of the limit: one write for many requests,
never more than the limit in all, and a caller is refused early by at most what other processes hold of it. Claims
and submissions are counted apart from reading.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Final

from flask import Flask, Response, current_app, g

from marketplace.identity.limiting import take, too_many
from marketplace.identity.secrets import digest
from marketplace.web.context import get_context
from marketplace.web.database import transactions

WINDOW_SECONDS: Final = 60
PARTS: Final = 20
CALLERS_MAX: Final = 10_000
_EXTENSION: Final = "piecework_limits"

Key = tuple[bool, bytes]
"""Whether it is about claims and submissions, and the digest of what the caller is known by."""


@dataclass(slots=True)
class Allowance:
    """What this process holds for one caller until the window ends (by its own steady clock)."""

    left: int
    ends: float


@dataclass(slots=True)
class Allowances:
    """Those of all callers of this process; forgetting one costs a caller at most a twentieth."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    taking: threading.Lock = field(default_factory=threading.Lock)
    """Held while the database is asked: of many requests at one moment one asks, and the others spend what it got."""
    held: dict[Key, Allowance] = field(default_factory=dict)

    def spend(self, key: Key) -> Allowance | None:
        """Use one up: what is left after it, or None where nothing is held; nothing left is -1 after a refusal."""
        with self.lock:
            allowance = self.held.get(key)
            if allowance is None or allowance.ends <= time.monotonic():
                return None
            if allowance.left == 0:
                return None
            if allowance.left > 0:
                allowance.left -= 1
            return allowance

    def keep(self, key: Key, allowance: Allowance) -> None:
        """Hold what was granted; a refusal too, so that the database is not asked again before the window ends."""
        with self.lock:
            if len(self.held) >= CALLERS_MAX:
                self.held.clear()
            self.held[key] = allowance


def spend(secret: str, *, claiming: bool) -> None:
    """Count this request of a caller known by `secret`. Raises rate_limited."""
    settings = get_context().settings
    most = settings.rate_limit_claims_per_minute if claiming else settings.rate_limit_per_minute
    if most == 0:
        return
    key = (claiming, digest(secret))
    allowances: Allowances = current_app.extensions[_EXTENSION]
    allowance = allowances.spend(key)
    if allowance is None:
        with allowances.taking:
            allowance = allowances.spend(key) or _take(allowances, key, most)
    seconds = max(1, round(allowance.ends - time.monotonic()))
    g.rate_limit = (most, max(0, allowance.left), seconds)
    if allowance.left < 0:
        raise too_many(seconds)


def register(app: Flask) -> None:
    """Say in each answer how much is left: at least that many requests, until the seconds named are over."""
    app.extensions[_EXTENSION] = Allowances()

    @app.after_request
    def tell(response: Response) -> Response:
        if "rate_limit" in g:
            most, left, seconds = g.rate_limit
            response.headers.add("RateLimit-Limit", str(most))
            response.headers.add("RateLimit-Remaining", str(left))
            response.headers.add("RateLimit-Reset", str(seconds))
        return response


def _take(allowances: Allowances, key: Key, most: int) -> Allowance:
    claiming, caller = key
    name = f"{'claims' if claiming else 'requests'} {caller.hex()}"
    with transactions() as session:
        granted, seconds = take(session, name, max(1, most // PARTS), most=most, seconds=WINDOW_SECONDS)
    # One of those granted is this request's; -1 remembers a refusal.
    allowance = Allowance(granted - 1, time.monotonic() + seconds)
    allowances.keep(key, allowance)
    return Allowance(allowance.left, allowance.ends)
