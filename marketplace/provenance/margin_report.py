"""The margins of layers over all jobs: by month, client, layer, rate or contract, each a way into the next.

What is counted is what acceptance booked (J3, credits of 2120), less what was accepted by mistake and mirrored (J10a):
one earning for each accepted answer and layer. What a layer paid out of its margin later (J18) or gave back for its
quality (J10b) is on its statements.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, ColumnElement, Date, Select, cast, func, select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.money import Money
from marketplace.provenance.day_margins import margins_by_day
from marketplace.provenance.statements import Month

GROUPS: Final = ("month", "client", "layer", "rate", "contract")


@dataclass(frozen=True, slots=True)
class Filters:
    """Which margins; None takes all of them."""

    month: Month | None = None
    client_id: UUID | None = None
    layer: int | None = None
    rate: str | None = None
    contract_id: UUID | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class MarginSum:
    """The margins of one value of what they are grouped by, one of GROUPS, in one currency.

    `key` is the first day of a month, a client's or contract's id, a layer or a rate code. `answers` counts each
    answer once for each layer that earned by it.
    """

    by: str
    key: dt.date | UUID | int | str
    answers: int
    amount: Money


@dataclass(frozen=True, slots=True)
class MarginRow:
    """The finest line of the report, as the file has it."""

    month: Month
    client_id: UUID
    job_id: UUID
    contract_id: UUID
    layer: int
    organization_id: UUID
    rate_code: str
    answers: int
    amount: Money


def margin_sums(
    session: Session,
    actor: Actor,
    by: str,
    filters: Filters | None = None,
    *,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[MarginSum]:
    """The sums of margins by one of GROUPS and currency, in the order of the key, months newest first.

    For staff of everybody, for an organization its own. Raises forbidden without margin.read, invalid.
    """
    actor.require("margin.read")
    if by not in GROUPS:
        message = f"One of: {', '.join(GROUPS)}."
        raise INVALID.error(message, errors=[FieldError("/by", "choice", message)])
    margin = _Margins(session, actor, filters or Filters())
    key = margin.keys[by]
    found = margin.select(key.label("key"), margin.of.currency, *margin.sums)
    sums = found.group_by(key, margin.of.currency).subquery()
    page: Page[Any] = paginate(
        session,
        select(sums.c.key, sums.c.currency, sums.c.answers, sums.c.amount),
        keys=[sums.c.key, sums.c.currency],
        cursor=cursor,
        limit=limit,
        descending=by == "month",
    )
    return Page(
        [MarginSum(by, value, answers, Money(int(amount), currency)) for value, currency, answers, amount in page.data],
        page.next_cursor,
    )


def margin_totals(session: Session, actor: Actor, filters: Filters | None = None) -> list[Money]:
    """What all of them sum to, one value a currency. Raises forbidden without margin.read."""
    actor.require("margin.read")
    margin = _Margins(session, actor, filters or Filters())
    found = margin.select(margin.of.currency, margin.sums[1])
    rows = session.execute(found.group_by(margin.of.currency).order_by(margin.of.currency))
    return [Money(int(amount), currency) for currency, amount in rows]


def margin_rows(session: Session, actor: Actor, filters: Filters | None = None) -> Iterator[MarginRow]:
    """The report by month, contract and rate, read by one query in memory that does not grow with it.

    Raises forbidden without margin.read.
    """
    actor.require("margin.read")
    margin = _Margins(session, actor, filters or Filters())
    by = (
        margin.keys["month"], Job.organization_id, Contract.job_id, margin.of.contract_id, Contract.layer,
        margin.of.organization_id, margin.of.rate_code, margin.of.currency,
    )  # fmt: skip
    found = margin.select(*by, *margin.sums).group_by(*by).order_by(*by)
    rows = session.execute(found.execution_options(yield_per=1000))
    for first, client_id, job_id, contract_id, layer, payee_id, rate_code, currency, answers, amount in rows:
        money = Money(int(amount), currency)
        yield MarginRow(Month(first), client_id, job_id, contract_id, layer, payee_id, rate_code, answers, money)


class _Margins:
    """The margins that the actor may see and the filters leave, with their contract and job."""

    def __init__(self, session: Session, actor: Actor, filters: Filters) -> None:
        self.of = margins_by_day(session).c
        self.keys: dict[str, ColumnElement[Any]] = {
            "month": cast(func.date_trunc("month", self.of.accepted_on), Date),
            "client": Job.organization_id.expression,
            "layer": Contract.layer.expression,
            "rate": self.of.rate_code,
            "contract": self.of.contract_id,
        }
        self.sums = (
            cast(func.sum(self.of.answers), BigInteger).label("answers"),
            func.sum(self.of.amount).label("amount"),
        )
        self._where = list(self._conditions(actor, filters))

    def select(self, *what: Any) -> Select[Any]:
        """A query of these columns."""
        joined = select(*what).join(Contract, Contract.id == self.of.contract_id).join(Job, Job.id == Contract.job_id)
        return joined.where(*self._where)

    def _conditions(self, actor: Actor, filters: Filters) -> Iterator[ColumnElement[bool]]:
        if not actor.is_staff:
            yield self.of.organization_id == actor.organization
        if filters.month is not None:
            yield self.of.accepted_on >= filters.month.first
            yield self.of.accepted_on < filters.month.beyond
        for column, value in (
            (Job.organization_id, filters.client_id),
            (Contract.layer, filters.layer),
            (self.of.rate_code, filters.rate),
            (self.of.contract_id, filters.contract_id),
            (self.of.currency, filters.currency),
        ):
            if value is not None:
                yield column == value
