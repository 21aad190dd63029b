"""How much memory the web server and the database's sessions take on while something runs (Linux's /proc)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

EVERY_SECONDS = 0.2
_KB_PER_MB = 1024


@dataclass(slots=True)
class Growth:
    """Peak over what was there before, in megabytes: all web processes together, and the largest session."""

    web_mb: float = 0.0
    session_mb: float = 0.0


def reset_peak_kb() -> int:
    """What this process holds now; from here on Linux notes the most it held anew (`peak_kb`)."""
    Path("/proc/self/clear_refs").write_text("5")
    return _own_kb("VmRSS")


def peak_kb() -> int:
    """The most that this process has held since then."""
    return _own_kb("VmHWM")


def _own_kb(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1])


class Memory:
    """Watches the processes below one, and the product's database sessions."""

    def __init__(self, web_pid: int, database_url: str) -> None:
        self._web_pid = web_pid
        self._database_url = database_url
        self._least = self._web()

    @contextmanager
    def watched(self) -> Iterator[Growth]:
        """Growth while the block runs; of the web server since this was made, of a session since the block began."""
        growth, over = Growth(), threading.Event()
        with psycopg.connect(self._database_url, autocommit=True) as connection:
            before = self._sessions(connection)

            def watch() -> None:
                while not over.wait(EVERY_SECONDS):
                    growth.web_mb = max(growth.web_mb, (self._web() - self._least) / _KB_PER_MB)
                    grown = [size - before.get(pid, 0) for pid, size in self._sessions(connection).items()]
                    growth.session_mb = max([growth.session_mb, *(size / _KB_PER_MB for size in grown)])

            watcher = threading.Thread(target=watch)
            watcher.start()
            try:
                yield growth
            finally:
                over.set()
                watcher.join()

    def _web(self) -> int:
        return sum(_private_kb(pid) for pid in [self._web_pid, *_below(self._web_pid)])

    def _sessions(self, connection: psycopg.Connection) -> dict[int, int]:
        found = connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'piecework web'")
        return {pid: _private_kb(pid) for (pid,) in found}


def _private_kb(pid: int) -> int:
    """What a process holds for itself, without shared buffers and files; 0 when it has ended.

    From the counters of `status`: to add up `smaps` would hold up the very process that is measured.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))


def _below(pid: int) -> list[int]:
    try:
        children = [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [*children, *(lower for child in children for lower in _below(child))]
