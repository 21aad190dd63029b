"""Margins: over all jobs by month, client, layer, rate or contract; of a contract by day; and what reaches workers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from flask import Response, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.console.blueprint import blueprint
from marketplace.contracts.models import Contract
from marketplace.identity.queries import organization_names
from marketplace.jobs.models import Job
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import parse, public
from marketplace.provenance.margin_days import margin_days, margin_lines
from marketplace.provenance.margin_files import margins_csv
from marketplace.provenance.margin_report import GROUPS, Filters, MarginSum, margin_sums, margin_totals
from marketplace.provenance.margins import margin_scope, readable_job
from marketplace.provenance.statements import Month
from marketplace.provenance.worker_share import worker_share
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session, transactions
from marketplace.web.guard import guarded

_NARROWING: Final[dict[str, str]] = {name: name for name in GROUPS} | {"currency": "currency"}
_LAYER_DIGITS_MAX: Final = 2


@blueprint.get("/margins")
@guarded("margin.read")
def margins() -> ResponseReturnValue:
    """The sums by one thing, each the way to those it is made of."""
    session, actor = request_session(), current_actor()
    chosen = _chosen()
    filters = _filters(chosen)
    ways = [name for name in GROUPS if name not in chosen]
    by = request.args.get("by") or ways[0]
    page = margin_sums(session, actor, by, filters, cursor=request.args.get("cursor"))
    name = _namer(session, by, [one.key for one in page.data])
    narrowed = {group: _namer(session, group, [value])(value) for group, value in _values(filters).items()}
    return render_template(
        "console/margins.html",
        by=by,
        ways=ways,
        chosen=chosen,
        narrowed=narrowed,
        page=page,
        totals=margin_totals(session, actor, filters),
        charts=_charts(page.data),
        name=name,
        opens=lambda one: _opens(chosen, by, one),
    )


@blueprint.get("/margins/file")
@guarded("margin.read")
def margins_file() -> ResponseReturnValue:
    """The same as CSV, by month, contract and rate, sent as it is read."""
    actor, filters = current_actor(), _filters(_chosen())

    def sent() -> Iterator[str]:
        # The request's own transaction has ended when the answer is sent.
        with transactions() as own:
            yield from margins_csv(own, actor, filters)

    return Response(
        stream_with_context(sent()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="margins.csv"', "Cache-Control": "private, no-store"},
    )


@blueprint.get("/contracts/<contract>/margin")
@guarded("margin.read")
def contract_margin(contract: str) -> ResponseReturnValue:
    """What a contract earned its seller, day by day."""
    session, actor = request_session(), current_actor()
    row, _sellers = margin_scope(session, actor, parse("contract", contract))
    page = margin_days(session, actor, row.id, cursor=request.args.get("cursor"))
    return render_template(
        "console/contract_margin.html", contract=row, job=session.get_one(Job, row.job_id), page=page
    )


@blueprint.get("/contracts/<contract>/margin/lines")
@guarded("margin.read")
def contract_margin_lines(contract: str) -> ResponseReturnValue:
    """The answers that a contract's margin is made of, of one day or of all."""
    session, actor = request_session(), current_actor()
    row, _sellers = margin_scope(session, actor, parse("contract", contract))
    on = _day(request.args.get("day"))
    page = margin_lines(session, actor, row.id, accepted_on=on, cursor=request.args.get("cursor"))
    job = session.get_one(Job, row.job_id)
    return render_template("console/contract_margin_lines.html", contract=row, job=job, page=page, day=on)


@blueprint.get("/jobs/<job>/worker-share")
@guarded("margin.read")
def job_worker_share(job: str) -> ResponseReturnValue:
    """What of the client price reaches workers."""
    session, actor = request_session(), current_actor()
    row = readable_job(session, actor, parse("job", job))
    return render_template("console/worker_share.html", job=row, share=worker_share(session, actor, row.id))


def _chosen() -> dict[str, str]:
    """What of the address narrows the report."""
    return {name: value for name in _NARROWING if (value := request.args.get(name, "").strip())}


def _filters(chosen: dict[str, str]) -> Filters:
    layer = chosen.get("layer")
    if layer is not None and not (layer.isdecimal() and len(layer) <= _LAYER_DIGITS_MAX):
        raise _invalid("layer", _("A layer is a whole number from 1 on."))
    return Filters(
        month=Month.parse(chosen["month"]) if "month" in chosen else None,
        client_id=parse("organization", chosen["client"]) if "client" in chosen else None,
        layer=None if layer is None else int(layer),
        rate=chosen.get("rate"),
        contract_id=parse("contract", chosen["contract"]) if "contract" in chosen else None,
        currency=chosen.get("currency"),
    )


def _values(filters: Filters) -> dict[str, Any]:
    found = {
        "month": None if filters.month is None else filters.month.first,
        "client": filters.client_id,
        "layer": filters.layer,
        "rate": filters.rate,
        "contract": filters.contract_id,
        "currency": filters.currency,
    }
    return {name: value for name, value in found.items() if value is not None}


def _day(text: str | None) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise _invalid("day", _("A day is written as 2027-01-31.")) from None


def _invalid(name: str, message: str) -> Exception:
    return INVALID.error(message, errors=[FieldError(f"/{name}", "format", message)])


def _address(by: str, key: Any) -> str:
    """A key as the address has it."""
    if by == "month":
        return str(Month(key))
    return public({"client": "organization", "contract": "contract"}[by], key) if isinstance(key, UUID) else str(key)


def _opens(chosen: dict[str, str], by: str, one: MarginSum) -> str:
    """Where a number leads: to its parts by the next thing it was not narrowed by; of a contract to its days."""
    if by == "contract":
        return url_for("console.contract_margin", contract=_address(by, one.key))
    narrowed: dict[str, Any] = {**chosen, by: _address(by, one.key), "currency": one.amount.currency}
    following = next(name for name in GROUPS if name not in narrowed)
    return url_for("console.margins", by=following, **narrowed)


def _namer(session: Session, by: str, keys: Collection[Any]) -> Callable[[Any], str]:
    """How the keys are said, with the queries that takes made once."""
    if by == "client":
        names = organization_names(session, set(keys))
        return lambda key: names.get(key, "")
    if by == "contract":
        titles = _contract_titles(session, keys)
        return lambda key: titles.get(key, "")
    if by == "month":
        return lambda key: str(Month(key))
    return (lambda key: str(_("Layer %(n)s", n=key))) if by == "layer" else str


def _contract_titles(session: Session, ids: Collection[UUID]) -> dict[UUID, str]:
    rows = session.execute(
        select(Contract.id, Contract.layer, Job.title)
        .join(Job, Job.id == Contract.job_id)
        .where(Contract.id.in_(set(ids)))
    )
    return {row.id: f"{row.title}, {_('layer %(n)s', n=row.layer)}" for row in rows}


def _charts(sums: list[MarginSum]) -> dict[str, list[MarginSum]]:
    """The rows of the page by currency: amounts of two currencies never stand in one picture."""
    ordered = sorted(sums, key=lambda one: one.amount.currency)
    return {currency: list(of) for currency, of in groupby(ordered, key=lambda one: one.amount.currency)}
