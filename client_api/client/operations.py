"""Long work: an operation is asked after until it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from client_api.client.errors import OperationFailed, StillRunning
from client_api.client.generated.types import Operation
from client_api.client.retrying import Retries

_FIRST_SECONDS: Final = 0.2
_LONGEST_SECONDS: Final = 5.0
_ENDED: Final = frozenset({"succeeded", "failed", "cancelled"})


def wait_until_it_ends(
    read: Callable[[], Operation],
    pace: Retries,
    *,
    seconds: float,
    progress: Callable[[Operation], None] | None = None,
) -> Operation:
    """The operation once it has succeeded. Raises OperationFailed, or StillRunning after so many seconds."""
    until = pace.clock() + seconds
    pause = _FIRST_SECONDS
    while True:
        operation = read()
        if progress is not None:
            progress(operation)
        state, name = operation["state"], operation["id"]
        if state == "succeeded":
            return operation
        if state in _ENDED:
            problem = operation["problem"]
            why = f": {problem['code']}: {problem['detail']}" if problem else ""
            raise OperationFailed(f"{name} is {state}{why}", operation)
        left = until - pace.clock()
        if left <= 0:
            raise StillRunning(f"{name} is still {state} after {seconds:g} seconds; it goes on.")
        pace.sleep(min(pause, left))
        pause = min(pause * 1.5, _LONGEST_SECONDS)
