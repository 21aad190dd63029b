"""A process that makes exports and is killed at a chosen step; a child of it for each, so that it starts quickly.

    python -m tests.exports.dying URL FOLDER < steps

For each line it forks, and the child runs what is due until that step, where it kills itself; then it says "killed",
or "done" where the child came to its end first.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from marketplace.db.engine import make_engine, snapshot, transaction
from marketplace.db.registry import load_models
from marketplace.exports.making import make_runner
from marketplace.exports.sink import Sink
from marketplace.gateways.local_storage import LocalStorage
from marketplace.operations.running import run_due
from tests.builders.exports import KEEP, SECRET


class Steps:
    """Counts steps down, and kills this process at the last."""

    def __init__(self, left: int) -> None:
        self._left = left

    def step(self) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


class DyingStorage(LocalStorage):
    """Dies before it keeps the bytes, while it reads them, and after it kept them."""

    def __init__(self, folder: Path, steps: Steps) -> None:
        super().__init__(folder)
        self._steps = steps

    def put(self, key: str, stream: BinaryIO, content_type: str) -> None:
        self._steps.step()
        super().put(key, Reading(stream, self._steps), content_type)  # type: ignore[arg-type]
        self._steps.step()


class Reading:
    def __init__(self, stream: BinaryIO, steps: Steps) -> None:
        self._stream = stream
        self._steps = steps

    def read(self, size: int = -1) -> bytes:
        self._steps.step()
        return self._stream.read(size)


def run(url: str, folder: Path, left: int) -> None:
    """Make what is due; die at that step."""
    steps = Steps(left)
    engine = make_engine(url, application_name="a process that dies")

    @contextmanager
    def transactions() -> Iterator[Session]:
        steps.step()
        with transaction(engine) as session:
            yield session
            steps.step()
        steps.step()

    @contextmanager
    def snapshots() -> Iterator[Session]:
        with snapshot(engine) as session:
            yield session

    write: Callable[[Sink, str], None] = Sink.write

    def dying_write(sink: Sink, text: str) -> None:
        write(sink, text)
        steps.step()

    Sink.write = dying_write  # type: ignore[method-assign, assignment]
    storage: Any = DyingStorage(folder, steps)
    runner = make_runner(transactions, snapshots, storage, keep=KEEP, secret=SECRET)
    run_due(transactions, {"export": runner}, places=3)
    engine.dispose()


def main() -> None:
    url, folder = sys.argv[1], Path(sys.argv[2])
    load_models()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(url, folder, int(line))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        said = "done" if status == 0 else "killed" if os.WTERMSIG(status) == signal.SIGKILL else "failed"
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
