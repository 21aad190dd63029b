"""Splitting a part of a contract into tasks, with a preview of what the worker would see and the layer would keep."""

import datetime as dt
from dataclasses import dataclass

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from marketplace.console.blueprint import blueprint, went_well
from marketplace.console.fields import floors, invalid, whole
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import RateView, get_contract, rates_of
from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_MAX
from marketplace.identity import team_queries
from marketplace.identity.team_models import Team
from marketplace.jobs.models import Job
from marketplace.jobs.paydays import paydays_of
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import parse, public
from marketplace.kernel.money import Money
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.forms import Form
from marketplace.web.guard import guarded
from marketplace.work.opening import open_tasks
from marketplace.work.queueing import PRIORITY_MAX


@dataclass(frozen=True, slots=True)
class TaskPreview:
    """What opening tasks would mean: for the worker who sees them and for the layer that opens them."""

    rate: RateView
    pay: Money
    floor: Money
    items: int
    items_per_task: int
    shares: list[tuple[dt.date, Money]]
    task_pay: Money
    margin: Money
    margin_total: Money
    lease_minutes: int
    teams: list[Team]
    priority: int

    @property
    def tasks(self) -> int:
        """How many tasks there would be."""
        return -(-self.items // self.items_per_task)


@blueprint.get("/contracts/<contract>/tasks")
@guarded("task.open")
def tasks_form(contract: str) -> ResponseReturnValue:
    """The form to split a part into tasks."""
    return _tasks_page(contract, Form())


@blueprint.post("/contracts/<contract>/tasks")
@guarded("task.open")
def make_tasks(contract: str) -> ResponseReturnValue:
    """Show what it would mean, or open the tasks."""
    session, actor = request_session(), current_actor()
    row = get_contract(session, actor, parse("contract", contract))
    form = Form(request.form.to_dict())
    preview: TaskPreview | None = None
    opened = False
    with form.refusals():
        preview = _preview(row, form)
        if form.value("action") == "open":
            batch = open_tasks(
                session,
                actor,
                row.id,
                preview.rate.code,
                items=preview.items,
                items_per_task=preview.items_per_task,
                pay=preview.pay,
                lease_seconds=preview.lease_minutes * 60,
                team_ids=[team.id for team in preview.teams],
                priority=preview.priority,
            )
            opened = batch.task_count > 0
    if not opened:
        return _tasks_page(contract, form, preview)
    return went_well(_("The tasks are open."), "console.contract", contract=contract)


def _tasks_page(contract: str, form: Form, preview: TaskPreview | None = None) -> ResponseReturnValue:
    session, actor = request_session(), current_actor()
    row = get_contract(session, actor, parse("contract", contract))
    job = session.get_one(Job, row.job_id)
    page = render_template(
        "console/tasks.html",
        contract=row,
        job=job,
        rates=rates_of(session, [row.id])[row.id],
        floors=floors(job),
        teams=_open_teams(),
        chosen_teams=request.form.getlist("team"),
        form=form,
        preview=preview,
    )
    return page, 200 if form.valid else 422


def _open_teams() -> list[Team]:
    """The organization's open teams, newest first, as many as one may have."""
    return team_queries.list_teams(request_session(), current_actor(), state="open", limit=LIMIT_MAX).data


def _preview(row: Contract, form: Form) -> TaskPreview:
    session = request_session()
    job = session.get_one(Job, row.job_id)
    rates = {rate.code: rate for rate in rates_of(session, [row.id])[row.id]}
    rate = rates.get(form.value("rate"))
    if rate is None:
        raise invalid("/rate", "rate_unknown", _("Choose one of the contract's rates."))
    pay = Money.parse(form.value("pay").strip(), job.currency, pointer="/pay")
    items = rate.free_items if form.value("items").strip() in {"", "all"} else whole(form, "items")
    per_task = whole(form, "items_per_task")
    floor = floors(job)[rate.code]
    errors = []
    if items > rate.free_items or items < 1:
        errors.append(FieldError("/items", "allotment_short", _("%(free)s items are free.", free=rate.free_items)))
    if pay > rate.price:
        errors.append(FieldError("/pay/amount", "price_above_parent", _("You get %(price)s.", price=str(rate.price))))
    if pay < floor or pay.is_zero:
        errors.append(FieldError("/pay/amount", "price_below_floor", _("The floor is %(floor)s.", floor=str(floor))))
    if errors:
        raise INVALID.error(_("The tasks cannot be opened like this."), errors=errors)
    return TaskPreview(
        rate=rate,
        pay=pay,
        floor=floor,
        items=items,
        items_per_task=per_task,
        shares=paydays_of(session, [job.terms], market_now(session))[0].split(pay),
        task_pay=pay * min(per_task, items),
        margin=rate.price - pay,
        margin_total=(rate.price - pay) * items * job.redundancy,
        lease_minutes=whole(form, "lease_minutes"),
        teams=_chosen_teams(),
        priority=_priority(form),
    )


def _chosen_teams() -> list[Team]:
    chosen = request.form.getlist("team")
    by_id = {public("team", team.id): team for team in _open_teams()}
    if any(one not in by_id for one in chosen):
        raise invalid("/team_ids", "team_unknown", _("Choose from your open teams."))
    return [by_id[one] for one in dict.fromkeys(chosen)]


def _priority(form: Form) -> int:
    text = form.value("priority", "0")
    if text not in {str(number) for number in range(PRIORITY_MAX + 1)}:
        raise invalid("/priority", "priority_range", _("From 0 to %(most)s.", most=PRIORITY_MAX))
    return int(text)
