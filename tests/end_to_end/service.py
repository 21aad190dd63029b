"""A marketplace of its own for a test: `piecework run` on an empty database and a free port, and its visitors."""

from __future__ import annotations

import html
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.server import Server

START_SECONDS_MAX = 180
LOG = "service.log"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_LINK = re.compile(r"https?://\S+?/sign-in/[\w.-]+")
_INVITATION = re.compile(r"https?://\S+?/sign-up/invitation/[\w.-]+")


@dataclass(frozen=True, slots=True)
class Service:
    """Where it listens and how its commands are called."""

    url: str
    environment: Mapping[str, str]
    clients: ExitStack
    folder: Path
    command_line: tuple[str, ...]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """Start it, anew after a kill, and wait until it answers."""
        with (self.folder / LOG).open("ab") as log:
            started = subprocess.Popen(
                self.command_line, env=dict(self.environment), stdout=log, stderr=subprocess.STDOUT
            )
        self.processes.append(started)
        _wait_until_ready(self.url, started, self.folder)

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self.processes[-1].send_signal(signal.SIGTERM)
        self.processes[-1].wait(30)

    def kill(self) -> None:
        """Kill it with all that it runs, the web server in the middle of what it does."""
        supervisor = self.processes[-1]
        children = Path(f"/proc/{supervisor.pid}/task/{supervisor.pid}/children").read_text(encoding="ascii").split()
        supervisor.kill()  # first, or it starts them again
        for child in children:
            with suppress(ProcessLookupError):
                os.killpg(int(child), signal.SIGKILL)
        supervisor.wait(30)

    @property
    def printed(self) -> str:
        """What it has printed so far."""
        return (self.folder / LOG).read_text(encoding="utf-8")

    def client(self, **options: Any) -> httpx.Client:
        """An HTTP client of the service, closed with it."""
        return self.clients.enter_context(httpx.Client(base_url=self.url, timeout=60, **options))

    def command(self, *words: str, code: int = 0) -> str:
        """Run `piecework words…` against the service's database and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "marketplace.entrypoints", *words],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout


@contextmanager
def serving(
    server: Server, folder: Path, *, demo: bool = False, host: str = "127.0.0.1", **settings: str
) -> Iterator[Service]:
    """Run the web server and the scheduler over a fresh clone of the migrated template, empty or with the demo.

    `host` is how its visitors call this machine: browsers have passkeys for a name only.
    """
    database = server.clone()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "DATA_DIR": str(folder),
        "DATABASE_URL": server.app_url(database),
        "DATABASE_OWNER_URL": server.owner_url(database),
        "DEVELOPMENT": "1",
        "LOG_LEVEL": "warning",
        "PORT": str(port),
        "PUBLIC_URL": f"http://{host}:{port}",
        **settings,
    }
    command_line = (sys.executable, "-m", "marketplace.entrypoints", "run", *([] if demo else ["--empty"]))
    with ExitStack() as clients:
        service = Service(f"http://{host}:{port}", environment, clients, folder, command_line)
        try:
            service.start()
            yield service
        finally:
            service.stop()


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        assert process.poll() is None, (folder / LOG).read_text()
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    raise AssertionError((folder / LOG).read_text())


class Visitor:
    """A person with a browser without script: pages, cookies, forms."""

    def __init__(self, service: Service) -> None:
        self.browser = service.client(follow_redirects=True)

    def submit(self, page: str, fields: Mapping[str, Any], action: str | None = None, code: int = 200) -> str:
        """Open a page, fill in its form and send it; returns the page that follows."""
        opened = self.browser.get(page)
        assert opened.status_code == 200, opened.text
        token = _TOKEN.search(opened.text)
        assert token, f"no form on {page}"
        sent = self.browser.post(action or page, data={**fields, "csrf_token": html.unescape(token[1])})
        assert sent.status_code == code, sent.text
        return sent.text

    def sign_up(self, kind: str, email: str, **fields: Any) -> None:
        """Sign up as a stranger, and open the mailed link."""
        terms = re.search(r'name="terms" value="([^"]+)"', self.browser.get(f"/sign-up/{kind}").text)
        assert terms
        self.submit(f"/sign-up/{kind}", {"email": email, "terms": terms[1], **fields})
        self.open_mailed_link(email)

    def sign_in(self, face: str, email: str) -> None:
        """Ask for a link and open it."""
        self.submit(f"/{face}/sign-in", {"email": email})
        self.open_mailed_link(email)

    def open_mailed_link(self, email: str) -> None:
        """Open the newest mail to the address and press the button of its link."""
        self.submit(self._mailed(email, _LINK), {})

    def accept_invitation(self, email: str) -> None:
        """Open the newest mail to the address, which invites, and accept, under the name that the inviter gave."""
        link = self._mailed(email, _INVITATION)
        name = re.search(r'name="name"[^>]* value="([^"]*)"', self.browser.get(link).text)
        assert name
        self.submit(link, {"decision": "accept", "name": html.unescape(name[1])})

    def _mailed(self, email: str, wanted: re.Pattern[str]) -> str:
        mails = html.unescape(self.browser.get("/development/mail").text)
        mine = [part for part in mails.split("<article") if email in part]
        assert mine, f"no mail to {email}"
        link = wanted.search(mine[0])
        assert link, mine[0]
        return link[0]

    def make_key(self, page: str, action: str, fields: Mapping[str, str]) -> str:
        """Issue a key of one's own and read it, the one time it is shown."""
        shown = re.search(r"pwk_[\w-]+", self.submit(page, fields, action))
        assert shown
        return shown[0]


class Caller:
    """A program with a key, at the REST API or the worker API."""

    def __init__(self, service: Service, key: str) -> None:
        self.client = service.client(headers={"Authorization": f"Bearer {key}"})

    def get(self, path: str, code: int = 200) -> Any:
        """GET and return the JSON."""
        answer = self.client.get(path)
        assert answer.status_code == code, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None, code: int | tuple[int, ...] = (200, 201)) -> Any:
        """POST with a fresh idempotency key and return the JSON."""
        codes = (code,) if isinstance(code, int) else code
        answer = self.client.post(path, json=body, headers={"Idempotency-Key": uuid4().hex})
        assert answer.status_code in codes, answer.text
        return answer.json()

    def put(self, path: str, body: Any) -> Any:
        """PUT and return the JSON."""
        answer = self.client.put(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def every(self, path: str) -> list[Any]:
        """All rows of a list, page by page."""
        rows: list[Any] = []
        cursor: str | None = None
        while True:
            joint = "&" if "?" in path else "?"
            page = self.get(path + (f"{joint}cursor={cursor}" if cursor else ""))
            rows += page["data"]
            cursor = page["next_cursor"]
            if cursor is None:
                return rows

    def send(self, path: str, content: Any, content_type: str, code: int | tuple[int, ...] = (200, 201)) -> Any:
        """POST bytes, or a generator of them as a stream."""
        codes = (code,) if isinstance(code, int) else code
        headers = {"Content-Type": content_type, "Idempotency-Key": uuid4().hex}
        answer = self.client.post(path, content=content, headers=headers)
        assert answer.status_code in codes, answer.text
        return answer.json()
