"""What one may expect to earn an hour, from the last workers' real figures; shown before a claim."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from marketplace.kernel.money import Money
from marketplace.work.protection_models import PayFigure
from marketplace.work.views import OpenBatch


@dataclass(frozen=True, slots=True)
class ExpectedPay:
    """Quartiles over workers of what they earned an hour, redo, rejected answers and lost time included.

    `basis` says of what: of "this_work", the same rate of the same job, or, while fewer than three workers were at
    that, of "this_kind", all measured work of the kind in the same currency. `claims` and `workers` say of how many; of
    the claims, `beaten` were timed by beats, the others from claim to submission. `task_seconds` is how long a task of
    the batch takes in the middle, by the times for an item of this very work; None where only the kind is known.
    """

    basis: Literal["this_work", "this_kind"]
    lower: Money
    median: Money
    upper: Money
    claims: int
    beaten: int
    workers: int
    task_seconds: int | None = None


def expected_pay(session: Session, batches: Collection[OpenBatch]) -> dict[uuid.UUID, ExpectedPay]:
    """By batch, as far as anything is known; two statements for any number of batches."""
    rates = {(batch.job_id, batch.rate_code) for batch in batches}
    known = {
        (row.job_id, row.rate_code): row
        for row in session.scalars(
            select(PayFigure).where(
                tuple_(PayFigure.job_id, PayFigure.rate_code).in_(rates), PayFigure.median_amount.is_not(None)
            )
        )
    }
    found = {}
    kinds = {(b.kind, b.pay.currency) for b in batches if (b.job_id, b.rate_code) not in known}
    by_kind = _by_kind(session, kinds) if kinds else {}
    for batch in batches:
        row = known.get((batch.job_id, batch.rate_code))
        if row is not None:
            figure = _figure(
                row.lower_amount, row.median_amount, row.upper_amount, row.claims, row.beaten, row.workers, row.currency
            )
            # Measured before items were timed: known with the next claim that ends.
            timed = row.item_ms_middle
            seconds = None if timed is None else -(-timed * batch.items_per_task // 1000)
            found[batch.id] = replace(figure, task_seconds=seconds)
        elif (batch.kind, batch.pay.currency) in by_kind:
            found[batch.id] = by_kind[batch.kind, batch.pay.currency]
    return found


def _figure(
    lower: int | None,
    median: int | None,
    upper: int | None,
    claims: int,
    beaten: int,
    workers: int,
    currency: str,
    basis: Literal["this_work", "this_kind"] = "this_work",
) -> ExpectedPay:
    assert lower is not None
    assert median is not None
    assert upper is not None
    return ExpectedPay(
        basis,
        Money(lower, currency),
        Money(median, currency),
        Money(upper, currency),
        int(claims),
        int(beaten),
        int(workers),
    )


def _by_kind(session: Session, kinds: Collection[tuple[str, str]]) -> dict[tuple[str, str], ExpectedPay]:
    middle = [
        func.percentile_disc(0.5).within_group(column)
        for column in (PayFigure.lower_amount, PayFigure.median_amount, PayFigure.upper_amount)
    ]
    rows = session.execute(
        select(
            PayFigure.kind,
            PayFigure.currency,
            *middle,
            func.sum(PayFigure.claims),
            func.sum(PayFigure.beaten),
            func.sum(PayFigure.workers),
        )
        .where(tuple_(PayFigure.kind, PayFigure.currency).in_(kinds), PayFigure.median_amount.is_not(None))
        .group_by(PayFigure.kind, PayFigure.currency)
    )
    return {
        (kind, currency): _figure(lower, median, upper, claims, beaten, workers, currency, "this_kind")
        for kind, currency, lower, median, upper, claims, beaten, workers in rows
    }
