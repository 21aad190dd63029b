from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from client_api.client import Client, Retries
from tests.client_api.client.scripted import Scripted, scripted


@dataclass(slots=True)
class Waits:
    """A clock that goes on only by waiting, and remembers how long it was waited each time."""

    now: float = 0.0
    waited: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


@pytest.fixture
def script() -> Iterator[Scripted]:
    with scripted() as serving:
        yield serving


@pytest.fixture
def waits() -> Waits:
    return Waits()


@pytest.fixture
def client(script: Scripted, waits: Waits) -> Iterator[Client]:
    retries = Retries(sleep=waits.sleep, clock=waits.clock)
    with Client(script.url, "pwk_secret", retries=retries, timeout=5) as made:
        yield made
