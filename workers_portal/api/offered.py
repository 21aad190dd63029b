"""Open work as the worker API sends it."""

from __future__ import annotations

from marketplace.jobs.labels.kind import Accessibility
from marketplace.jobs.paydays import Paydays
from marketplace.kernel.canonical import day
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.protection.clients import ClientRecord, DaysToPay, Rejections
from marketplace.work.pay_figures import ExpectedPay
from marketplace.work.views import OpenBatch
from workers_portal.api.schemas.offered import (
    ClientRejectionsWire,
    DatedShareWire,
    DaysToPayWire,
    ExpectedPayWire,
    OpenBatchWire,
    WorksWire,
)


def _dated_shares(paydays: Paydays, amount: Money) -> list[DatedShareWire]:
    return [{"due_on": day(due_on), "amount": share.to_wire()} for due_on, share in paydays.split(amount)]


def _expected(pay: ExpectedPay | None) -> ExpectedPayWire | None:
    if pay is None:
        return None
    return {
        "basis": pay.basis,
        "lower": pay.lower.to_wire(),
        "median": pay.median.to_wire(),
        "upper": pay.upper.to_wire(),
        "claims": pay.claims,
        "claims_timed_by_beats": pay.beaten,
        "workers": pay.workers,
        "task_seconds": pay.task_seconds,
    }


def _rejections(found: Rejections | None) -> ClientRejectionsWire | None:
    return None if found is None else {"percent": found.percent, "answers": found.answers}


def _days_to_pay(found: DaysToPay | None) -> DaysToPayWire | None:
    return None if found is None else {"average": found.average, "most": found.most, "payments": found.payments}


def _works(can: Accessibility) -> WorksWire:
    return {
        "phone": can.phone,
        "keyboard": can.keyboard,
        "without_hearing": can.without_hearing,
        "without_sight": can.without_sight,
    }


def open_batch(batch: OpenBatch, paydays: Paydays, hourly: ExpectedPay | None, client: ClientRecord) -> OpenBatchWire:
    """A batch that can be claimed from."""
    task_pay, limit = batch.pay * batch.items_per_task, paydays.strictest
    return {
        "id": public("batch", batch.id),
        "job_id": public("job", batch.job_id),
        "title": batch.job_title,
        "kind": batch.kind,
        "severity": batch.severity,
        "instructions": batch.instructions,
        "rate": batch.rate_code,
        "items_per_task": batch.items_per_task,
        "pay_per_answer": batch.pay.to_wire(),
        "pay_per_task": task_pay.to_wire(),
        "paid_if_accepted_today": _dated_shares(paydays, task_pay),
        "paid_within_60_days": paydays.within(task_pay, 60).to_wire(),
        "paid_within_240_days": paydays.within(task_pay, 240).to_wire(),
        "deferred_until_at_most": None if paydays.latest is None else day(paydays.latest),
        "deferral_rule": None if limit is None else limit.rule,
        "settlement_terms": batch.settlement_terms.to_wire(),
        "terms": {
            "pay_per_answer": batch.pay.to_wire(),
            "terms_hash": batch.terms_hash.hex(),
            "guideline_version": batch.guideline_version,
        },
        "lease_seconds": batch.lease_seconds,
        "auto_accept_seconds": batch.auto_accept_seconds,
        "redo_max": batch.redo_max,
        "open_seats": batch.open_seats,
        "funded_percent": batch.funded_percent,
        "works": _works(batch.accessibility),
        "client_rejections": _rejections(client.rejections),
        "client_days_to_pay": _days_to_pay(client.days_to_pay),
        "hourly_pay": _expected(hourly),
    }
