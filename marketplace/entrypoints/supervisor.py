"""The whole marketplace on one machine: database, web server and scheduler as children of one process.

Whatever ends the supervisor ends them: a signal is passed on in order (web server, scheduler, database), and when
the supervisor itself is killed the kernel tells each child to stop.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import NoReturn

from marketplace.db import migrate
from marketplace.db.children import dies_with_us
from marketplace.db.embedded import EmbeddedServer
from marketplace.db.keyring import load_keys
from marketplace.entrypoints import databases, listening, web_server
from marketplace.settings import Settings

STOP_SECONDS_MAX = 15
READY_SECONDS_MAX = 90
RESTARTS_MAX = 5
RESTARTS_WITHIN_SECONDS = 60
LOOK_SECONDS = 0.25
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

Say = Callable[[str], None]


class Stopped(BaseException):
    """A signal asked us to stop."""


class SupervisionError(Exception):
    """The marketplace cannot run; the text is one sentence for the operator."""


@dataclass(slots=True)
class Child:
    """A program we keep running."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    restarts: list[float] = field(default_factory=list)

    def start(self) -> None:
        # A session of its own: Ctrl-C in the terminal reaches the supervisor alone, which stops all in order.
        self.process = subprocess.Popen(
            self.arguments,
            stdin=subprocess.DEVNULL,
            env=dict(self.environment),
            start_new_session=True,
            preexec_fn=dies_with_us(signal.SIGTERM),  # noqa: PLW1509 - one system call, no locks
        )

    def ended(self) -> int | None:
        return None if self.process is None else self.process.poll()

    def stop(self) -> None:
        """Ask it to stop and wait; what does not stop in time is killed, its own children with it."""
        process, self.process = self.process, None
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS_MAX)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class Supervisor:
    """Runs everything until a signal or a failure ends it."""

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str],
        *,
        say: Say,
        prepare: Callable[[], None],
        opened: Callable[[], None],
    ) -> None:
        """`prepare` is called with the database migrated, before anything serves; `opened` once the server answers."""
        self._settings = settings
        self._say = say
        self._prepare = prepare
        self._opened = opened
        self._database = EmbeddedServer(settings.data_dir) if databases.is_embedded(settings) else None
        self._database_restarts: list[float] = []
        self._children = [
            Child("web server", web_server.arguments(settings), {**environment, **web_server.environment(settings)}),
            Child("scheduler", [sys.executable, "-m", "marketplace.entrypoints.scheduler"], environment),
        ]

    def run(self) -> None:
        """Start everything, watch it, stop everything. Raises SupervisionError, PortError, DatabaseError."""
        for number in STOP_SIGNALS:
            signal.signal(number, _stop)
        try:
            self._start()
            self._watch()
        except Stopped:
            self._say("Stopping ...")
        finally:
            for number in STOP_SIGNALS:
                signal.signal(number, signal.SIG_IGN)  # one is enough: stopping goes on to its end
            self._stop()
        self._say("Stopped. The data is kept.")

    def _start(self) -> None:
        listening.refuse_taken_port(self._settings.host, self._settings.port)
        urls = databases.urls(self._settings)
        if self._database is not None:
            self._say("Starting the database ...")
            with _uninterrupted():
                self._database.start()
        self._say("Bringing the tables to this version ...")
        migrate.upgrade(urls.owner, app_role=urls.app_role, keys=load_keys(self._settings))
        self._prepare()
        web_server.forget_figures(self._settings)
        self._say("Starting the web server and the scheduler ...")
        for child in self._children:
            with _uninterrupted():
                child.start()
        self._wait_until_open()
        self._opened()

    def _wait_until_open(self) -> None:
        deadline = time.monotonic() + READY_SECONDS_MAX
        while not listening.answers(self._settings.host, self._settings.port):
            for child in self._children:
                if child.ended() is not None:
                    raise SupervisionError(f"The {child.name} ended while starting; its last lines above say why.")
            if time.monotonic() > deadline:
                raise SupervisionError(f"The web server did not answer within {READY_SECONDS_MAX} seconds.")
            time.sleep(0.1)

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            if self._database is not None and not self._database.running:
                _count_restart(self._database_restarts, "database server", "DATA_DIR/postgres.log")
                self._say("The database server ended; starting it again ...")
                with _uninterrupted():
                    self._database.stop()
                    self._database.start()
            for child in self._children:
                code = child.ended()
                if code is not None:
                    _count_restart(child.restarts, child.name, "the lines above")
                    self._say(f"The {child.name} ended with {code}; starting it again ...")
                    with _uninterrupted():
                        child.stop()
                        child.start()

    def _stop(self) -> None:
        for child in self._children:
            child.stop()
        if self._database is not None:
            self._database.stop()


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """A stop signal waits for the end of the block: a server caught half started would be nobody's to stop.

    And what a handler raises while Python forks is lost.
    """
    asked: list[int] = []
    for number in STOP_SIGNALS:
        signal.signal(number, lambda caught, _frame: asked.append(caught))
    try:
        yield
    finally:
        for number in STOP_SIGNALS:
            signal.signal(number, _stop)
    if asked:
        raise Stopped


def _count_restart(restarts: list[float], name: str, where: str) -> None:
    now = time.monotonic()
    restarts[:] = [moment for moment in restarts if now - moment < RESTARTS_WITHIN_SECONDS]
    if len(restarts) >= RESTARTS_MAX:
        raise SupervisionError(f"The {name} ended {RESTARTS_MAX + 1} times within a minute; {where} may say why.")
    restarts.append(now)
