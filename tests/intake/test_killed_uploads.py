"""Uploads whose process is killed at many of its steps, and that are sent again: nothing is lost or doubled."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.intake.models import Upload
from marketplace.intake.uploads import end_broken
from marketplace.jobs.models import Item, JobRate
from tests.builders.jobs import make_job, make_party
from tests.server import Server

ROOT: Final = Path(__file__).parents[2]
ROWS: Final = 60
STATEMENTS: Final = 60
"""More than an upload sends, so that the sweep passes its end."""
SECONDS_MAX: Final = 120


@pytest.mark.slow
def test_a_process_killed_at_any_step_adds_all_or_nothing_and_sending_again_mends_it(
    server: Server, committing_engine: Engine, committing_database: str
) -> None:
    with transaction(committing_engine) as session:
        client = make_party(session)
        job_id = make_job(session, client).id
    # Every third row of the stream, and every step of the transactions around it.
    steps = [*range(12), *range(12, ROWS, 3), *range(ROWS, ROWS + STATEMENTS)]
    order = {
        "url": server.app_url(committing_database),
        "job_id": str(job_id),
        "person_id": str(client.person_id),
        "organization_id": str(client.organization_id),
        "rows": ROWS,
        "steps": steps,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.intake.killed_uploads"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as uploading:
        assert uploading.stdin is not None
        assert uploading.stdout is not None
        uploading.stdin.write(json.dumps(order) + "\n")
        uploading.stdin.close()
        found: list[tuple[str, int]] = []
        for line in uploading.stdout:
            with Session(committing_engine) as session:
                found.append((line.strip(), _count(session)))
            if line.startswith("done"):
                uploading.kill()
                break
    outcomes = [outcome for outcome, _ in found]
    counts = [count for _, count in found]
    assert outcomes == ["killed"] * (len(outcomes) - 1) + ["done 0"]
    assert len(outcomes) > 50
    assert set(counts) == {0, ROWS}
    assert counts == sorted(counts)
    with Session(committing_engine) as session:
        _check(session, kills=len(outcomes) - 1, after_the_commit=counts.count(ROWS) - 1)


def _count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Item)) or 0


def _check(session: Session, *, kills: int, after_the_commit: int) -> None:
    """The rows are those that were sent, each once and in their order; each killed upload is found broken."""
    rows = session.execute(select(Item.ordinal, Item.external_id, Item.content).order_by(Item.ordinal)).all()
    assert [tuple(row) for row in rows] == [(n, f"n-{n}", {"text": f"Text {n}"}) for n in range(1, ROWS + 1)]
    assert session.scalars(select(JobRate.item_count)).all() == [ROWS]
    session.execute(text("UPDATE upload SET started_at = started_at - interval '61 seconds'"))
    left = end_broken(session)
    statement = select(Upload.state, func.count()).group_by(Upload.state)
    states = {row.state: row[1] for row in session.execute(statement)}
    # Killed after their commit they had ended, as the last one has; killed before their report's they never began.
    assert states == {"broken": left, "added": after_the_commit + 1}
    assert 0 < left < kills
    assert session.scalar(select(func.sum(Upload.added))) == ROWS
