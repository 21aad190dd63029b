"""The three systems that are measured, and the processes that load them."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from marketplace.db.embedded import EmbeddedUrls
from marketplace.entrypoints import web_server
from marketplace.settings import Settings
from tests.benchmarks.market import Backlog, Hands
from tests.benchmarks.thin import URL_VARIABLE
from tests.benchmarks.tickets import Outcome, order_line, read_outcome

ROOT = Path(__file__).resolve().parents[2]
PRODUCT_APP = "marketplace.entrypoints.wsgi:create_app"
THIN_APP = "tests.benchmarks.thin:create_app"
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 15
OVERTIME_SECONDS_MAX = 90


@dataclass(frozen=True, slots=True)
class System:
    """One of the three: what loads it, where it listens, who works in it and how they are known there."""

    name: str
    meaning: str
    program: str
    target: str
    hands: Hands
    plain: bool

    def load(self, backlog: Backlog, workers: int, seconds: float, warm_seconds: float, *, together: bool) -> Outcome:
        """One slice of load by so many workers at once. Raises RuntimeError when the load itself fails."""
        known_by = self.hands.identifiers if self.plain else self.hands.keys
        order = backlog.order(
            self.target,
            known_by[:workers],
            plain=self.plain,
            seconds=seconds,
            warm_seconds=warm_seconds,
            together=together,
        )
        done = subprocess.run(
            [sys.executable, "-m", self.program],
            input=order_line(order),
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=seconds + warm_seconds + OVERTIME_SECONDS_MAX,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"the load on {self.name} failed:\n{done.stderr[-2000:]}")
        outcome = read_outcome(done.stdout)
        backlog.use(outcome.tickets)
        return outcome


@contextmanager
def all_systems(data_dir: Path, urls: EmbeddedUrls, hands: list[Hands]) -> Iterator[list[System]]:
    """Both web servers started, with the product's own command line, and stopped again."""
    with ExitStack() as stack:
        thin, _ = stack.enter_context(serving(THIN_APP, data_dir, {URL_VARIABLE: urls.app}))
        product, _ = stack.enter_context(serving(PRODUCT_APP, data_dir, {}))
        clients, load = "tests.benchmarks.database_clients", "tests.benchmarks.http_load"
        yield [
            System("statements", "the bare statements from database clients", clients, urls.app, hands[0], plain=True),
            System("thin", "a thin application on the same web server", load, thin, hands[1], plain=True),
            System("product", "the product with all its rules", load, product, hands[2], plain=False),
        ]


@contextmanager
def serving(
    application: str, data_dir: Path, environment: dict[str, str]
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """One of the web servers, started with the product's own command line: its address and its first process."""
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")},
        "DATA_DIR": str(data_dir),
        "PORT": str(_free_port()),
        "LOG_LEVEL": "warning",
        # Counted all the same, where the product counts; the load is more than one person's.
        "RATE_LIMIT_PER_MINUTE": "10000000",
        "RATE_LIMIT_CLAIMS_PER_MINUTE": "10000000",
        **environment,
    }
    settings = Settings.from_env(environ)
    arguments = [application if part == PRODUCT_APP else part for part in web_server.arguments(settings)]
    assert application in arguments, "the web server's command line names another application now"
    process = subprocess.Popen(arguments, cwd=ROOT, env=environ, stdin=subprocess.DEVNULL)
    try:
        _wait_until_open(settings.port, process)
        yield f"http://127.0.0.1:{settings.port}", process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_open(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.client.OK:
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"the web server did not answer within {START_SECONDS_MAX} seconds")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
