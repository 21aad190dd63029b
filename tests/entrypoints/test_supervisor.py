import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from marketplace.db.embedded import inspect

ROOT = Path(__file__).parents[2]
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")


@dataclass
class Market:
    """A supervisor that runs, its folder and its port."""

    folder: Path
    port: int
    process: subprocess.Popen[str]

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def until(self, wanted: str) -> list[str]:
        seen: list[str] = []
        while wanted not in (line := self.line()):
            assert line or self.process.poll() is None, f"ended without saying {wanted!r}: {seen}"
            seen.append(line)
        return [*seen, line]

    def fetch(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
            text: str = answer.read().decode()
            return text

    def family(self) -> dict[int, str]:
        """Every process that belongs to this market, by what only its own have: folder or port."""
        found = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and entry.name != str(os.getpid()):
                try:
                    line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    environment = (entry / "environ").read_bytes()
                except OSError:
                    continue
                if line and (str(self.folder).encode() in environment or str(self.folder) in line):
                    found[int(entry.name)] = line
        return found


def wait_for(condition: Callable[[], bool], seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(folder: Path, port: int) -> Market:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
    environment |= {"DATA_DIR": str(folder), "PORT": str(port), "WEB_WORKERS": "2", "LOG_LEVEL": "warning"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.entrypoints.supervised"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    return Market(folder, port, process)


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Market]:
    made = start(tmp_path / "market", free_port())
    made.until("open")
    yield made
    if made.process.poll() is None:
        made.process.terminate()
    made.process.communicate(timeout=60)


@linux_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything_and_leaves_no_process_behind(market: Market, number: signal.Signals) -> None:
    assert market.fetch().endswith("/readyz")
    assert len(market.family()) > 5  # supervisor, server and its workers, scheduler, database
    market.process.send_signal(number)
    assert "Stopped." in market.until("Stopped.")[-1]
    assert market.process.wait(30) == 0
    assert wait_for(lambda: market.family() == {}, 5), market.family()  # a killed process takes a moment to be gone
    assert inspect(market.folder) is None


@linux_only
def test_a_killed_supervisor_leaves_no_process_behind_and_the_next_start_keeps_the_data(market: Market) -> None:
    market.process.kill()
    market.process.communicate()
    assert wait_for(lambda: market.family() == {}), market.family()
    again = start(market.folder, market.port)
    try:
        again.until("open")
        assert again.fetch().endswith("/readyz")
    finally:
        again.process.terminate()
        again.process.communicate(timeout=60)


@linux_only
def test_a_killed_database_server_is_started_again(market: Market) -> None:
    number = int((market.folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(number, signal.SIGKILL)
    market.until("The database server ended; starting it again")
    assert wait_for(lambda: inspect(market.folder) is not None)


@linux_only
def test_a_killed_web_server_is_started_again(market: Market) -> None:
    [number] = [
        number for number, line in market.family().items() if "-m granian" in line and os.getpgid(number) == number
    ]
    os.kill(number, signal.SIGKILL)
    market.until("The web server ended with -9; starting it again")

    def answers() -> bool:
        try:
            return market.fetch().endswith("/readyz")
        except OSError:
            return False

    assert wait_for(answers)


def test_a_taken_port_is_refused_with_a_sentence_before_anything_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        market = start(tmp_path / "market", taken.getsockname()[1])
        said, _ = market.process.communicate(timeout=30)
    assert f"refused: Port {market.port} is taken by another program. Choose another one" in said
    assert market.process.returncode == 1
    assert not market.folder.exists()


def test_a_second_market_on_the_same_folder_is_refused_with_a_sentence(market: Market) -> None:
    second = start(market.folder, free_port())
    said, _ = second.process.communicate(timeout=30)
    assert f"refused: Another Piecework (process {market.process.pid}) runs on" in said
