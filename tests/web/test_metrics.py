"""What /metrics tells, and to whom."""

import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.entrypoints.watching import WATCHED
from marketplace.ledger.coverage import publish
from marketplace.operations.sweep_runs import note_run
from tests.builders.payouts import end_leases, execute, make_approved_run, make_due_chain, make_finance, sandbox
from tests.builders.web import Browser, make_app

TOKEN = "a token for the monitor, long enough"


def figures(answer: str) -> dict[tuple[str, ...], float]:
    """Every sample by its name and the values of its labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer)
        for sample in family.samples
    }


@pytest.fixture
def monitored(session: Session) -> Flask:
    return make_app(session, sweeps=WATCHED)


def test_sweeps_are_told_from_the_database_whichever_process_is_asked(session: Session, monitored: Flask) -> None:
    note_run(session, "expire_leases", milliseconds=250, rows=4)
    note_run(session, "expire_leases", milliseconds=500, rows=0, error="OperationalError in expire")
    session.execute(
        text("INSERT INTO audit_pending VALUES (statement_timestamp() - interval '90 seconds', gen_random_uuid())")
    )
    told = figures(Browser(monitored).get("/metrics").text)
    session.execute(text("DELETE FROM audit_pending WHERE recorded_at < statement_timestamp() - interval '1 minute'"))
    assert told["piecework_sweep_runs_total", "expire_leases"] == 2
    assert told["piecework_sweep_rows_total", "expire_leases"] == 4
    assert told["piecework_sweep_failures_total", "expire_leases"] == 1
    assert told["piecework_sweep_last_run_seconds", "expire_leases"] == 0.5
    assert told["piecework_sweep_oldest_due_seconds", "expire_leases"] == 0
    assert 90 <= told["piecework_sweep_oldest_due_seconds", "seal_audit_log"] < 600
    assert 90 <= told["piecework_audit_sealing_lag_seconds",] < 600
    assert {key[1] for key in told if key[0] == "piecework_sweep_oldest_due_seconds"} == {
        sweep.name for sweep in WATCHED
    }


def test_requests_are_counted_by_route_and_never_by_address(monitored: Flask) -> None:
    browser = Browser(monitored)
    browser.get("/healthz")
    browser.get("/docs/errors/not_found")
    browser.get("/docs/errors/nothing-known")
    browser.get("/somewhere/secret")
    browser.client.open("/healthz", method="BREW")
    told = figures(browser.get("/metrics").text)
    assert told["piecework_http_requests_total", "GET", "/healthz", "200"] == 1
    assert told["piecework_http_requests_total", "GET", "/docs/errors/<code>", "200"] == 1
    assert told["piecework_http_requests_total", "GET", "/docs/errors/<code>", "404"] == 1
    assert told["piecework_http_requests_total", "GET", "none", "404"] == 1
    assert told["piecework_http_requests_total", "other", "none", "405"] == 1
    assert told["piecework_http_request_seconds_count", "GET", "/docs/errors/<code>"] == 2
    assert "secret" not in str(told)


def test_payouts_are_told_by_state_and_how_old_a_silence_is(session: Session, monitored: Flask) -> None:
    told = figures(Browser(monitored).get("/metrics").text)
    assert (told["piecework_payouts", "unknown"], told["piecework_payouts_oldest_unknown_seconds",]) == (0, 0)
    chain, finance, rail = make_due_chain(session), make_finance(session), sandbox(session)
    run = make_approved_run(session, finance)
    rail.script("pay_out", "unknown_before_executing", match=f"acct_{chain.workers[0].person.hex}")
    assert execute(session, finance, rail, run) == {"unknown": 1, "approved": 2}
    end_leases(session, asked_hours_ago=2)
    publish(session)
    told = figures(Browser(monitored).get("/metrics").text)
    assert (told["piecework_payouts", "unknown"], told["piecework_payouts", "approved"]) == (1, 2)
    assert 7200 <= told["piecework_payouts_oldest_unknown_seconds",] < 7800
    assert told["piecework_sweep_oldest_due_seconds", "resolve_unknown_payouts"] > 0
    assert told["piecework_coverage_ratio", "CNY"] >= 1


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("192.0.2.7", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, 404),
        ("127.0.0.1", {"Forwarded": "for=192.0.2.7"}, 404),
    ],
)
def test_without_a_token_only_programs_on_this_machine_are_told(
    monitored: Flask, address: str, headers: dict[str, str], status: int
) -> None:
    answer = Browser(monitored).get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("sent", "status"), [(f"Bearer {TOKEN}", 200), (f"Bearer {TOKEN}x", 404), ("Bearer ", 404), (None, 404)]
)
def test_with_a_token_whoever_sends_it_is_told_and_nobody_else(session: Session, sent: str | None, status: int) -> None:
    app = make_app(session, sweeps=WATCHED, environ={"METRICS_TOKEN": TOKEN})
    headers = {} if sent is None else {"Authorization": sent}
    assert Browser(app).get("/metrics", headers=headers).status_code == status


COUNTING = """
import sys
from flask import Flask
from marketplace.web import meters
app = Flask("counting")
meters.register(app)
app.add_url_rule("/<word>", view_func=lambda word: word)
client = app.test_client()
for _ in range(int(sys.argv[1])):
    client.get("/a")
meters.meters_of(app)._in_use.inc(3)
if len(sys.argv) > 2:
    from prometheus_client import generate_latest
    print(generate_latest(meters.meters_of(app).registry()).decode())
"""


@pytest.mark.slow
def test_the_figures_of_all_processes_are_added_up_and_what_dead_ones_held_is_forgotten(tmp_path: Path) -> None:
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PATH": ""}
    command = [sys.executable, "-c", COUNTING]
    subprocess.run([*command, "2"], env=environment, check=True)
    told = subprocess.run([*command, "3", "tell"], env=environment, check=True, capture_output=True, text=True).stdout
    assert figures(told)["piecework_http_requests_total", "GET", "/<word>", "200"] == 5
    assert figures(told)["piecework_http_request_seconds_count", "GET", "/<word>"] == 5
    assert figures(told)["piecework_database_connections_in_use",] == 3
