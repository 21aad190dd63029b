"""A process that uploads and is killed at one of its steps; started by test_killed_uploads.

Reads {"url", "job_id", "person_id", "organization_id", "rows", "steps"} from standard input. For each step a child is
forked that uploads all rows and sends itself SIGKILL when it comes to that step: a row read, a statement sent, and
the moments before and after each commit. Writes a line for each child, "killed" or "done".
"""

from __future__ import annotations

import json
import os
import signal
import sys
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from marketplace.db.engine import make_engine
from marketplace.intake.uploads import Receipt, begin_upload, hold_upload, note_added
from marketplace.jobs.item_rows import rows_from_ndjson
from marketplace.jobs.items import AddResult, add_items
from marketplace.kernel.actor import Actor
from tests.builders.jobs import colleague


class Steps:
    """Counts steps, and dies at one of them."""

    def __init__(self, last: int) -> None:
        self._left = last

    def __call__(self, *_: object, **__: object) -> None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


def lines(count: int) -> Iterator[bytes]:
    """The rows of the upload."""
    for number in range(1, count + 1):
        row = {"external_id": f"n-{number}", "rate": "standard", "content": {"text": f"Text {number}"}}
        yield json.dumps(row).encode() + b"\n"


def upload(order: dict[str, Any], engine: Engine, actor: Actor, step: Steps) -> None:
    """As the API does: the report in a transaction of its own, then items and the report's end in one."""
    event.listen(engine, "before_cursor_execute", step)
    job_id = uuid.UUID(order["job_id"])
    with Session(engine, expire_on_commit=False) as session:
        begun = begin_upload(session, actor, job_id, form="ndjson", packed=False, on_error="abort")
        step()
        session.commit()
        step()

    def stepping() -> Iterator[bytes]:
        for line in lines(order["rows"]):
            step()
            yield line

    with Session(engine, expire_on_commit=False) as session:
        hold_upload(session, begun.id)
        result = AddResult()
        add_items(session, actor, job_id, rows_from_ndjson(stepping()), into=result)
        note_added(session, begun.id, Receipt(0, b""), result)
        step()
        session.commit()
        step()


def main() -> None:
    order = json.loads(sys.stdin.readline())
    person, organization = uuid.UUID(order["person_id"]), uuid.UUID(order["organization_id"])
    actor = colleague(organization, "client", person, "requester")
    for last in order["steps"]:
        child = os.fork()
        if child == 0:
            upload(order, make_engine(order["url"], application_name="killed"), actor, Steps(last))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        sys.stdout.write("killed\n" if killed else f"done {status}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
