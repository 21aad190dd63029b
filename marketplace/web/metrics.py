"""/metrics: the figures of the service in the text format of Prometheus, for a monitor and nobody else.

What lies in the database (sweeps, payouts, coverage, sealing) is read there at each look and so is the same whichever
process answers; requests and connections are those of all processes together (`meters.py`). Nothing here names a
person, an organization or an amount of theirs, and the number of series does not grow with the market.
"""

import hmac
from collections.abc import Iterator, Mapping
from typing import Final

from flask import Blueprint, Response, current_app, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.audit.anchoring import last_anchor
from marketplace.audit.queries import pending_age_seconds
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.money import PPM
from marketplace.ledger.coverage import newest
from marketplace.ledger.daily_checking import newest_check
from marketplace.operations.sweep_runs import Standing, standings
from marketplace.payouts.queries import oldest_unknown_seconds, unfinished_by_state
from marketplace.provenance.self_audit import newest_walk
from marketplace.rails.bank_refusals import stopped_payees
from marketplace.reconciliation.measuring import newest_measured
from marketplace.settings import is_loopback
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.guard import public
from marketplace.web.meters import meters_of

STATEMENT_SECONDS_MAX: Final = 5
FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """All figures. To anybody else than the monitor there is no such page."""
    if not _is_monitor():
        raise NOT_FOUND.error("There is no such page.")
    session = request_session()
    session.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS_MAX}s'"))
    registry = CollectorRegistry()
    registry.register(
        _Figures(
            [
                *_sweeps(standings(session, get_context().sweeps)),
                *_money(session),
                *_reconciled(session),
                *_log(session),
            ]
        )
    )
    body = generate_latest(registry) + generate_latest(meters_of(current_app).registry())
    return Response(body, content_type=CONTENT_TYPE_LATEST)


def _is_monitor() -> bool:
    """With a token whoever sends it; without, a program on this machine that nobody stands behind."""
    token = get_context().settings.metrics_token
    if token is not None:
        sent = request.headers.get("Authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())
    return is_loopback(request.remote_addr or "") and not any(name in request.headers for name in FORWARDED)


class _Figures(Collector):
    """Figures that were read already."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _sweeps(found: list[Standing]) -> Iterator[Metric]:
    ran = [(one.sweep.name, one.run) for one in found if one.run is not None]
    yield _gauge(
        "piecework_sweep_last_run_timestamp_seconds",
        "When the last run of the sweep ended, in any process.",
        "sweep",
        {name: run.ended_at.timestamp() for name, run in ran},
    )
    yield _gauge(
        "piecework_sweep_last_run_seconds",
        "How long it took.",
        "sweep",
        {name: run.milliseconds / 1000 for name, run in ran},
    )
    yield _counter("piecework_sweep_runs", "Runs of the sweep.", "sweep", {name: run.runs for name, run in ran})
    yield _counter("piecework_sweep_rows", "Rows it did.", "sweep", {name: run.rows_total for name, run in ran})
    yield _counter("piecework_sweep_failures", "Runs that failed.", "sweep", {name: run.failures for name, run in ran})
    yield _gauge(
        "piecework_sweep_oldest_due_seconds",
        "How long the oldest row that is due has waited for the sweep; 0 where none is, or where rows cannot tell.",
        "sweep",
        {one.sweep.name: one.waited.total_seconds() if one.waited is not None else 0 for one in found},
    )


def _money(session: Session) -> Iterator[Metric]:
    yield _gauge("piecework_payouts", "Payouts that are not over, by state.", "state", unfinished_by_state(session))
    yield GaugeMetricFamily(
        "piecework_payouts_oldest_unknown_seconds",
        "How long the oldest payout without an answer has been so; 0 where there is none.",
        value=oldest_unknown_seconds(session),
    )
    yield GaugeMetricFamily(
        "piecework_payees_stopped",
        "Payees who are not paid over a rail because their own bank did not take what it had paid on.",
        value=stopped_payees(session),
    )
    checked = newest_check(session)
    yield GaugeMetricFamily(
        "piecework_books_checked_timestamp_seconds",
        "When all invariants of the books were last looked at; 0 for never.",
        value=0 if checked is None else checked.checked_at.timestamp(),
    )
    yield GaugeMetricFamily(
        "piecework_books_checks_failing",
        "How many of them did not hold then.",
        value=0 if checked is None else len(checked.failed),
    )
    ratios = {currency: found.ratio_ppm for currency, found in newest(session).items()}
    yield _gauge(
        "piecework_coverage_ratio",
        "What is there beside what is owed to clients and payees, as last published; at least 1 is well.",
        "currency",
        {currency: ratio / PPM for currency, ratio in ratios.items() if ratio is not None},
    )


def _reconciled(session: Session) -> Iterator[Metric]:
    found = newest_measured(session)
    ratios = {
        "clearing": found.clearing_ppm,
        "timeliness": found.timeliness_ppm,
        "completeness": found.completeness_ppm,
    }
    yield _gauge(
        "piecework_reconciliation_ratio",
        "Of the lines of rails and bank of the last two weeks, those explained and those explained in time; of the "
        "statements, those without a gap that add up.",
        "measure",
        {measure: ratio / PPM for measure, ratio in ratios.items() if ratio is not None},
    )


def _log(session: Session) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "piecework_audit_sealing_lag_seconds",
        "How long the oldest event of the audit log has waited to be sealed.",
        value=pending_age_seconds(session),
    )
    walk, anchored = newest_walk(session), last_anchor(session)
    yield GaugeMetricFamily(
        "piecework_audit_verified_timestamp_seconds",
        "When the last walk over the whole audit log ended; 0 for never.",
        value=0 if walk is None or walk.ended_at is None else walk.ended_at.timestamp(),
    )
    yield GaugeMetricFamily(
        "piecework_audit_altered",
        "Whether that walk found a record that was altered.",
        value=int(walk is not None and walk.finding is not None),
    )
    yield GaugeMetricFamily(
        "piecework_audit_anchored_timestamp_seconds",
        "When a signed head of the audit log was last kept outside the database; 0 for never.",
        value=0 if anchored is None else anchored.anchored_at.timestamp(),
    )


def _gauge(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    return _filled(GaugeMetricFamily(name, meaning, labels=[label]), values)


def _counter(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    return _filled(CounterMetricFamily(name, meaning, labels=[label]), values)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[str, float]) -> Metric:
    for labelled, value in sorted(values.items()):
        family.add_metric([labelled], value)
    return family
