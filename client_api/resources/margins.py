"""Margins over all jobs, of a contract by day, and what of a price reaches workers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.margins import (
    MarginAnswerView,
    MarginDayView,
    MarginLinesQuery,
    MarginsQuery,
    MarginSumView,
    WorkerShareView,
)
from marketplace.db.paging import Page
from marketplace.provenance import margin_days, margin_report
from marketplace.provenance.margin_days import MarginDay
from marketplace.provenance.margin_report import Filters, MarginSum
from marketplace.provenance.statements import Month
from marketplace.provenance.worker_share import WorkerShare, worker_share
from marketplace.settlement.models import Earning

margins = Theme("margins", "What layers earned by accepted answers, and what of a price reaches workers.")


@margins.operation("GET", "/margins", permission="margin.read", query=MarginsQuery, returns=MarginSumView, page=True)
def list_margins(query: dict[str, Any]) -> Page[MarginSum]:
    """Sum margins by month, client, layer, rate or contract; of your organization, for the platform's staff of all.

    By the month of acceptance; each currency has lines of its own.
    """
    by, cursor, limit = query.pop("by"), query.pop("cursor", None), query.pop("limit")
    month = query.pop("month", None)
    filters = Filters(month=None if month is None else Month.parse(month), **query)
    return margin_report.margin_sums(session(), actor(), by, filters, cursor=cursor, limit=limit)


@margins.operation(
    "GET",
    "/contracts/{contract_id}/margin/days",
    permission="margin.read",
    query=ListQuery,
    returns=MarginDayView,
    page=True,
)
def list_margin_days(query: dict[str, Any], contract_id: UUID) -> Page[MarginDay]:
    """List what your contract earned by day of acceptance, newest first."""
    return margin_days.margin_days(session(), actor(), contract_id, **query)


@margins.operation(
    "GET",
    "/contracts/{contract_id}/margin/answers",
    permission="margin.read",
    query=MarginLinesQuery,
    returns=MarginAnswerView,
    page=True,
)
def list_margin_answers(query: dict[str, Any], contract_id: UUID) -> Page[Earning]:
    """List the answers that your contract's margin is made of, newest first; of one day if given."""
    return margin_days.margin_lines(session(), actor(), contract_id, **query)


@margins.operation("GET", "/jobs/{job_id}/worker-share", permission="margin.read", returns=WorkerShareView)
def read_worker_share(job_id: UUID) -> WorkerShare:
    """Read what of the client price of a job's accepted answers reaches workers, by rate and in total."""
    return worker_share(session(), actor(), job_id)
