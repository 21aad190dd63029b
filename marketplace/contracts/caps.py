"""Rules 1 and 2 at the moment of an offer and of opening tasks: each refusal names field and rule."""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.contracts.errors import (
    DEFERRAL_EXCEEDED,
    LAYERS_EXCEEDED,
    PRICE_ABOVE_PARENT,
    PRICE_BELOW_FLOOR,
)
from marketplace.contracts.floors import pay_floor
from marketplace.contracts.models import Contract
from marketplace.jobs.models import Job, JobRate
from marketplace.kernel.errors import ErrorSpec, FieldError
from marketplace.kernel.money import Money
from marketplace.kernel.terms import SettlementTerms

Problem = tuple[ErrorSpec, FieldError]


def layer_problems(job: Job, parent: Contract) -> list[Problem]:
    """Whether a layer below `parent` is one too many."""
    if parent.layer + 1 <= job.layers_max:
        return []
    message = f"Layer {parent.layer + 1} is one too many: layers_max of the job is {job.layers_max}."
    return [(LAYERS_EXCEEDED, FieldError("/parent_id", LAYERS_EXCEEDED.slug, message))]


def price_problems(job: Job, rate: JobRate, buying: Money, price: Money, pointer: str, layer: int) -> list[Problem]:
    """Whether a price (or a pay) below a contract that buys at `buying` breaks rule 1 or 2.

    At layer 0 the seller is the client, whose own caps the refusal may name; below, it knows one
    floor per rate and learns nothing more.
    """
    if price.currency != buying.currency:
        message = f"The job is in {buying.currency}."
        return [(PRICE_ABOVE_PARENT, FieldError(f"{pointer}/currency", "currency_differs", message))]
    if price > buying:
        message = f"{price} is above {buying}, the buying price of the rate {rate.code!r}."
        return [(PRICE_ABOVE_PARENT, FieldError(f"{pointer}/amount", PRICE_ABOVE_PARENT.slug, message))]
    floor = pay_floor(job, rate)
    if price >= floor and price.amount > 0:
        return []
    message = f"{price} is below {floor}, the pay floor of the rate {rate.code!r}."
    if price.amount <= 0:
        message = "A price is more than nothing."
    elif layer == 0:
        message = f"{message} It follows from {_cap_names(job, rate, floor)}."
    return [(PRICE_BELOW_FLOOR, FieldError(f"{pointer}/amount", PRICE_BELOW_FLOOR.slug, message))]


def _cap_names(job: Job, rate: JobRate, floor: Money) -> str:
    if rate.worker_pay_min_amount == floor.amount:
        return "worker_pay_min"
    return f"worker_share_min ({job.worker_share_min_ppm} parts per million of {rate.price})"


def deferral_problems(job: Job, terms: SettlementTerms, pointer: str = "/settlement_terms") -> list[Problem]:
    """Whether terms defer longer than the client allows."""
    cap = job.deferral_months_max
    if cap is None or terms.months_max <= cap:
        return []
    message = f"These terms defer by {terms.months_max} months; deferral_months_max of the job is {cap}."
    return [(DEFERRAL_EXCEEDED, FieldError(pointer, DEFERRAL_EXCEEDED.slug, message))]


def refuse(problems: Sequence[Problem]) -> None:
    """Raise the first problem's error with all of them as field errors; nothing when there are none."""
    if problems:
        spec, first = problems[0]
        raise spec.error(first.message, errors=[field for _, field in problems])
