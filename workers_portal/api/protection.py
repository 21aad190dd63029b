"""What protects one: active time, hard content, extras."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.contracts import fee_reports
from marketplace.kernel.canonical import day, instant
from marketplace.kernel.ids import public
from marketplace.protection import decisions
from marketplace.settlement import extra_queries
from marketplace.settlement.extra_models import Extra
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.work import exposure, timing
from workers_portal.api import body
from workers_portal.api.paging import page_arguments, page_of
from workers_portal.api.schemas.protection import (
    BeatWire,
    ConsentInput,
    DecisionContestInput,
    DecisionWire,
    ExposureWire,
    ExtraWire,
    FeeReportInput,
    FeeReportWire,
    LimitsInput,
)
from workers_portal.api.schemas.values import ListQuery, Page
from workers_portal.api.themes import claims, pay, protection


@claims.operation("POST", "/claims/{claim_id}/heartbeat", permission="work.submit", refusals=[409])
def beat(claim_id: UUID) -> BeatWire:
    """Say that one is at work on a claim one holds, about every 20 seconds while one is.

    The time between two beats counts if it is no longer than a minute. It measures pay by the hour for oneself and for
    those who look for work, and the wage floor; no organization sees one's time.
    """
    seconds = timing.beat(request_session(), current_actor(), claim_id)
    return {
        "claim_id": public("claim", claim_id),
        "active_seconds": seconds,
        "next_beat_seconds": timing.BEAT_SECONDS,
    }


@protection.operation("GET", "/exposure", permission="exposure.set.own")
def read_exposure() -> ExposureWire:
    """Read what hard content one agreed to see, one's limits, and where one stands today."""
    return _exposure(exposure.own_exposure(request_session(), current_actor()))


@protection.operation("PUT", "/exposure/consents", permission="exposure.set.own", body=ConsentInput)
def set_consent(given: dict[str, Any]) -> ExposureWire:
    """Agree to see content of severity 3, 4 or 5, or no longer; neither has any other effect."""
    severity = body.whole(given, "severity")
    if type(given.get("given")) is not bool:
        raise body.wrong("/given", "type", "This must be true or false.")
    return _exposure(exposure.set_consent(request_session(), current_actor(), severity, given=given["given"]))


@protection.operation("PUT", "/exposure/limits", permission="exposure.set.own", body=LimitsInput)
def set_limits(given: dict[str, Any]) -> ExposureWire:
    """Set one's own daily limits for hard content, within the platform's, and the time zone of one's day."""
    for name in ("items_max", "minutes_max"):
        if given.get(name) is not None and (type(given[name]) is not int or given[name] < 0):
            raise body.wrong(f"/{name}", "out_of_range", "This must be a whole number from 0, or null.")
    zone = given.get("time_zone")
    if zone is not None and not isinstance(zone, str):
        raise body.wrong("/time_zone", "type", "This must be a text or null.")
    items, minutes = given.get("items_max"), given.get("minutes_max")
    found = exposure.set_limits(
        request_session(), current_actor(), items_max=items, minutes_max=minutes, time_zone=zone
    )
    return _exposure(found)


@protection.operation("GET", "/fee-reports", permission="fee.report", query=ListQuery)
def list_fee_reports() -> Page[FeeReportWire]:
    """List one's reports of fees, newest first."""
    return page_of(fee_reports.own_reports(request_session(), current_actor(), **page_arguments()), _report)


@protection.operation(
    "POST",
    "/fee-reports",
    permission="fee.report",
    body=FeeReportInput,
    status=201,
    keyed=True,
    refusals=[404],
)
def report_fee(given: dict[str, Any]) -> FeeReportWire:
    """Report that an organization asked one for money in order to work: nobody may.

    If one had to do with it before, its offers stand still until operations have decided. It never learns who reported.
    """
    organization_id = body.identifier(given, "organization_id", "organization")
    amount = given.get("amount")
    if amount is not None and not isinstance(amount, str):
        raise body.wrong("/amount", "type", "This must be a text or null.")
    how = body.text(given, "how", longest=fee_reports.HOW_MAX)
    session = request_session()
    report = fee_reports.report_fee(session, current_actor(), organization_id, amount=amount, how=how)
    return _report(fee_reports.view_of(session, report))


def _report(view: fee_reports.ReportView) -> FeeReportWire:
    report = view.report
    return {
        "id": public("fee_report", report.id),
        "organization_id": public("organization", report.organization_id),
        "organization_name": view.organization_name,
        "amount": report.amount,
        "how": report.how,
        "freezes": report.freezes,
        "state": report.state,
        "created_at": instant(report.created_at),
        "decided_at": None if report.decided_at is None else instant(report.decided_at),
        "decision_reason": report.decision_reason,
        "frozen_until": None if report.frozen_until is None else instant(report.frozen_until),
    }


@protection.operation("GET", "/decisions", permission="decision.read.own", query=ListQuery)
def list_decisions() -> Page[DecisionWire]:
    """List what rules decided about one, and what keeps one from work, newest first, in words."""
    return page_of(decisions.own_decisions(request_session(), current_actor(), **page_arguments()), _decision)


@protection.operation(
    "POST",
    "/decisions/{event_id}/contest",
    permission="decision.contest",
    body=DecisionContestInput,
    refusals=[409],
)
def contest_decision(given: dict[str, Any], event_id: UUID) -> DecisionWire:
    """Say once what is wrong with a decision about one; the platform's operations read and answer it."""
    reason = body.text(given, "reason", longest=decisions.REASON_MAX)
    return _decision(decisions.contest_decision(request_session(), current_actor(), event_id, reason))


def _decision(decision: decisions.Decision) -> DecisionWire:
    contest = decision.contest
    return {
        "id": public("event", decision.event_id),
        "kind": decision.kind,
        "at": instant(decision.at),
        "by_rule": decision.by_rule,
        "subject": public(decision.subject_noun, decision.subject_id),
        "words": decision.words,
        "reason": decision.reason,
        "remedy": decision.remedy,
        "contested_at": None if contest is None else instant(contest.contested_at),
        "contest_reason": None if contest is None else contest.reason,
        "outcome": None if contest is None else contest.outcome,
    }


@pay.operation("GET", "/extras", permission="earning.read", query=ListQuery)
def list_extras() -> Page[ExtraWire]:
    """List what one is paid beside the price of answers, newest first; it is part of the installments."""
    return page_of(extra_queries.extras(request_session(), current_actor(), **page_arguments()), _extra)


def _extra(extra: Extra) -> ExtraWire:
    return {
        "id": public("extra", extra.id),
        "kind": extra.kind,
        "job_id": public("job", extra.job_id),
        "claim_id": None if extra.claim_id is None else public("claim", extra.claim_id),
        "amount": extra.money.to_wire(),
        "open": extra.unpaid.to_wire(),
        "note": extra.note,
        "created_at": instant(extra.created_at),
    }


def _exposure(found: exposure.Exposure) -> ExposureWire:
    return {
        "consents": [
            {"severity": severity, "given_at": instant(given_at)} for severity, given_at in found.consents.items()
        ],
        "items_max": found.items_max,
        "minutes_max": found.minutes_max,
        "own_items_max": found.own_items,
        "own_minutes_max": found.own_minutes,
        "time_zone": found.time_zone,
        "day": day(found.day),
        "items": found.items,
        "minutes": found.minutes,
    }
