"""Exports made within a test's own transaction."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from marketplace.exports.asking import request_export
from marketplace.exports.making import make_runner
from marketplace.exports.models import Export
from marketplace.exports.queries import Seen, get_export
from marketplace.identity import directory
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ports import MediaStorage
from marketplace.operations.run import Runner
from marketplace.operations.running import run_due
from marketplace.provenance.statements import Month
from tests.builders.identity import TESTS
from tests.builders.operations import inside

SECRET = b"for tests only"
KEEP = dt.timedelta(hours=72)


def enroll(session: Session, actor: Actor) -> Actor:
    """Make an actor of `colleague` a member for real: an operation looks its asker's rights up again."""
    for role in actor.roles:
        directory.add_member(session, TESTS, actor.person, actor.organization, role)
    return actor


def runner(session: Session, storage: MediaStorage) -> Runner:
    """The runner of exports, in the test's own transaction."""
    return make_runner(inside(session), inside(session), storage, keep=KEEP, secret=SECRET)


def run_exports(session: Session, storage: MediaStorage) -> int:
    """Run what is due."""
    return run_due(inside(session), {"export": runner(session, storage)}, places=3)


def ask(
    session: Session,
    actor: Actor,
    format_name: str,
    job_id: UUID | None = None,
    answers: str = "used",
    month: Month | None = None,
) -> Export:
    return request_export(session, actor, format_name=format_name, job_id=job_id, answers=answers, month=month)


def seen(session: Session, export: Export) -> Seen:
    """As the database has it now."""
    return get_export(session, system_actor("tests"), export.id)


def export_text(
    session: Session,
    storage: MediaStorage,
    actor: Actor,
    format_name: str,
    job_id: UUID | None = None,
    answers: str = "used",
) -> str:
    """Ask for an export, make it, and read its file."""
    return export_bytes(session, storage, ask(session, actor, format_name, job_id, answers)).decode()


def export_bytes(session: Session, storage: MediaStorage, export: Export) -> bytes:
    """Make an export that was asked for, and read its file."""
    assert run_exports(session, storage) == 1
    made = seen(session, export)
    assert made.state == "ready", made.operation.problem_detail
    assert made.export.storage_key is not None
    with storage.open(made.export.storage_key) as stream:
        return stream.read()


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))
