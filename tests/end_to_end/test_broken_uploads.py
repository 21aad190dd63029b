"""Uploads over the real web server whose connection breaks, or whose server is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.identity.keys import issue_key
from marketplace.intake.models import Upload
from marketplace.intake.uploads import end_broken
from marketplace.jobs.models import Item
from marketplace.kernel.ids import public
from tests.benchmarks.systems import PRODUCT_APP, serving
from tests.builders.jobs import make_job
from tests.builders.work import make_organization
from tests.server import Server

ROWS: Final = 2_000
CUTS: Final = (0.0, 0.01, 0.5, 0.99)
SECONDS_MAX: Final = 60
BODY: Final = b"external_id,rate,text\n" + b"".join(b"n-%d,standard,Text %d\n" % (n, n) for n in range(1, ROWS + 1))


def until(found: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS_MAX
    while not found():
        assert time.monotonic() < deadline, "this takes too long"
        time.sleep(0.1)


def count(engine: Engine, what: Any) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(what)) or 0


def states(engine: Engine) -> list[tuple[str, str | None]]:
    with Session(engine) as session:
        found = session.execute(select(Upload.state, Upload.refusal_code).order_by(Upload.id))
        return [(row.state, row.refusal_code) for row in found]


def workers_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the web server's processes in /proc")
def test_a_broken_connection_or_a_killed_server_adds_nothing_and_the_same_file_again_adds_it_once(
    server: Server, committing_engine: Engine, committing_database: str, tmp_path: Path
) -> None:
    with transaction(committing_engine) as session:
        (client,) = make_organization(session, "client", "requester")
        key = issue_key(session, client, organization_id=client.organization)[1]
        path = f"/v1/jobs/{public('job', make_job(session, client).id)}/items"
    urls = {
        "DATABASE_URL": server.app_url(committing_database),
        "DATABASE_OWNER_URL": server.owner_url(committing_database),
    }
    with serving(PRODUCT_APP, tmp_path, urls) as (url, process):
        head = (
            f"POST {path} HTTP/1.1\r\nHost: market\r\nAuthorization: Bearer {key}\r\nContent-Type: text/csv\r\n"
            f"Content-Length: {len(BODY)}\r\n\r\n"
        ).encode()

        def begin(share: float) -> socket.socket:
            connection = socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=SECONDS_MAX)
            connection.sendall(head + BODY[: int(len(BODY) * share)])
            return connection

        for share in CUTS:
            begin(share).close()
        until(lambda: len(states(committing_engine)) == len(CUTS))
        until(lambda: all(state != "receiving" for state, _ in states(committing_engine)))
        assert states(committing_engine) == [("refused", "body_incomplete")] * len(CUTS)

        waiting = begin(0.5)
        until(lambda: states(committing_engine)[-1][0] == "receiving" and len(states(committing_engine)) > len(CUTS))
        for worker in workers_of(process.pid):
            os.kill(worker, signal.SIGKILL)
        waiting.close()
        with transaction(committing_engine) as session:
            session.execute(text("UPDATE upload SET started_at = started_at - interval '61 seconds'"))
        until(lambda: _swept(committing_engine))
        assert states(committing_engine)[-1] == ("broken", None)
        assert count(committing_engine, Item) == 0

        until(lambda: _answers(url))
        sent = [_send(url, path, key) for _ in range(2)]
        assert [(answer["added"], answer["skipped_existing"]) for answer in sent] == [(ROWS, 0), (0, ROWS)]
    assert count(committing_engine, Item) == ROWS


def _swept(engine: Engine) -> bool:
    """The database notices a moment later that the killed server's session is gone."""
    with transaction(engine) as session:
        return end_broken(session) == 1


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", timeout=60).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _send(url: str, path: str, key: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "text/csv"}
    found: dict[str, Any] = json.loads(httpx.post(f"{url}{path}", content=BODY, headers=headers, timeout=60).text)
    return found
