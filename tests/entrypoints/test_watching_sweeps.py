import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.db.engine import make_engine
from marketplace.entrypoints.context import Context
from marketplace.entrypoints.scheduler import run_sweep
from marketplace.entrypoints.sweeping import Sweep
from marketplace.entrypoints.watching import WATCHED
from marketplace.operations.sweep_runs import Standing, Watched, note_run, standings

NOTHING_DUE = text("SELECT CAST(NULL AS interval)")
FAST = Watched("fast", 2, "Does it.", NOTHING_DUE)


def standing(session: Session, sweep: Watched = FAST) -> Standing:
    return standings(session, [sweep])[0]


@pytest.mark.parametrize("sweep", WATCHED, ids=lambda sweep: sweep.name)
def test_each_sweep_tells_that_nothing_waits_in_an_empty_market(session: Session, sweep: Watched) -> None:
    assert standing(session, sweep).waited is None


def test_runs_of_all_processes_add_up_and_the_newest_is_the_last(session: Session) -> None:
    assert (standing(session).run, standing(session).state) == (None, "late")
    note_run(session, "fast", milliseconds=12, rows=3)
    note_run(session, "fast", milliseconds=8, rows=4)
    found = standing(session)
    assert found.run is not None
    assert (found.run.runs, found.run.rows_total, found.run.rows_done, found.run.milliseconds) == (2, 7, 4, 8)
    assert found.state == "well"


def test_an_error_stays_to_be_read_when_later_runs_succeed(session: Session) -> None:
    note_run(session, "fast", milliseconds=1, rows=0, error="KeyError in sweep, a/b.py:3")
    assert standing(session).state == "failing"
    note_run(session, "fast", milliseconds=1, rows=0)
    found = standing(session)
    assert found.run is not None
    assert (found.run.failures, found.run.error) == (1, "KeyError in sweep, a/b.py:3")
    assert found.state == "well"


def test_a_sweep_that_has_not_run_for_long_is_late(session: Session) -> None:
    note_run(session, "fast", milliseconds=1, rows=0)
    session.execute(text("UPDATE sweep_run SET ended_at = ended_at - interval '6 minutes'"))
    assert standing(session).state == "late"
    assert standing(session, Watched("fast", 3600, "Seldom.", NOTHING_DUE)).state == "well"


DUE_ROWS = {
    ("receive_deposits", "5 min"): """
        INSERT INTO rail_event (provider, event_id, payload, received_at)
        VALUES ('sandbox', 'e', '{}', market_now() - interval '5 minutes')""",
    ("seal_audit_log", "90 s"): """
        INSERT INTO audit_pending VALUES (statement_timestamp() - interval '90 seconds', gen_random_uuid())""",
    ("compare_snapshots", "60 min"): """
        INSERT INTO code_total (code, currency, through_posting_id, debited, credited, compared_at)
        VALUES (1020, 'CNY', 1, 0, 0, statement_timestamp() - interval '21 hours')""",
    ("forget_limits", "2 d"): """
        INSERT INTO request_count (key, count, expires_at)
        VALUES ('k', 1, statement_timestamp() - interval '49 hours')""",
    ("score_workers", "3 d"): """
        INSERT INTO score_due (worker_id, day)
        VALUES (gen_random_uuid(), CAST(market_now() - interval '4 days' AS date))""",
    ("find_consensus", "3 h"): """
        INSERT INTO consensus_due (job_id, item_id, due_at)
        SELECT gen_random_uuid(), gen_random_uuid(), statement_timestamp() - number * interval '1 hour'
        FROM generate_series(1, 3) AS number""",
}


@pytest.mark.parametrize(("sweep", "said"), DUE_ROWS)
def test_the_oldest_due_row_tells_how_long_it_has_waited(session: Session, sweep: str, said: str) -> None:
    session.execute(text(DUE_ROWS[sweep, said]))
    assert standing(session, next(one for one in WATCHED if one.name == sweep)).waits == said
    session.rollback()


def test_what_is_due_later_does_not_wait_yet(session: Session) -> None:
    later = text("SELECT CAST(:minutes AS interval)").bindparams(minutes=dt.timedelta(minutes=-5))
    assert standing(session, Watched("fast", 2, "Does it.", later)).waited is None


def test_what_a_sweep_does_is_noted_and_an_error_by_its_kind_and_place_alone(context: Context) -> None:
    def fail(_context: Context) -> dict[str, int]:
        raise ValueError("Lena Huber, DE02 1203")

    run_sweep(Sweep("fast", 2, "Does it.", lambda _context: {"a": 2, "b": 3}), context)
    run_sweep(Sweep("fast", 2, "Does it.", fail), context)
    with context.transactions() as session:
        run = standing(session).run
    assert run is not None
    assert (run.runs, run.rows_total, run.rows_done, run.failures) == (2, 5, 0, 1)
    assert run.error is not None
    assert run.error.startswith("ValueError in fail, entrypoints/test_watching_sweeps.py:")


def test_a_sweep_whose_database_is_away_ends_all_the_same(context: Context) -> None:
    nowhere = make_engine("postgresql://nobody@127.0.0.1:1/none", application_name="tests")
    away = replace(context, engine=nowhere)
    assert run_sweep(Sweep("fast", 2, "Does it.", lambda _context: {"rows": 1}), away) == {"rows": 1}
