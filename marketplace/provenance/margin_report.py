"""The margins of layers over all jobs: by month, client, layer, rate or contract, each a way into the next.

What is counted is what acceptance booked (J3, credits of 2120): one earning for each accepted answer and layer. What a
layer paid out of its margin later (J18) or had to give back (J10) is on its statements.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, cast, func, select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract, PriceChain
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.jobs.models import Job
from marketplace.kernel.actor import EVERYTHING, Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.money import Money
from marketplace.provenance.statements import Month
from marketplace.settlement.models import Earning
from marketplace.work.models import Answer

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


_MONTH: Final = cast(func.date_trunc("month", Earning.accepted_on), Date)
_KEYS: Final[dict[str, ColumnElement[Any]]] = {
    "month": _MONTH,
    "client": Job.organization_id.expression,
    "layer": Contract.layer.expression,
    "rate": PriceChain.rate_code.expression,
    "contract": Earning.contract_id.expression,
}


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
    if by not in _KEYS:
        message = f"One of: {', '.join(GROUPS)}."
        raise INVALID.error(message, errors=[FieldError("/by", "choice", message)])
    key = _KEYS[by]
    found = _from(actor, filters or Filters(), with_rate=by == "rate").with_only_columns(
        key.label("key"),
        Earning.currency.label("currency"),
        func.count().label("answers"),
        func.sum(Earning.amount).label("amount"),
    )
    sums = found.group_by(key, Earning.currency).subquery()
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
    found = _from(actor, filters or Filters(), with_rate=False)
    rows = session.execute(
        found.with_only_columns(Earning.currency, func.sum(Earning.amount))
        .group_by(Earning.currency)
        .order_by(Earning.currency)
    )
    return [Money(int(amount), currency) for currency, amount in rows]


def margin_rows(session: Session, actor: Actor, filters: Filters | None = None) -> Iterator[MarginRow]:
    """The report by month, contract and rate, read by one query in memory that does not grow with it.

    Raises forbidden without margin.read.
    """
    actor.require("margin.read")
    of = (
        _MONTH, Job.organization_id, Contract.job_id, Earning.contract_id, Contract.layer, Earning.payee_id,
        PriceChain.rate_code, Earning.currency,
    )  # fmt: skip
    found = _from(actor, filters or Filters(), with_rate=True).with_only_columns(
        *of, func.count(), func.sum(Earning.amount)
    )
    rows = session.execute(found.group_by(*of).order_by(*of).execution_options(yield_per=1000))
    for first, client_id, job_id, contract_id, layer, payee_id, rate_code, currency, answers, amount in rows:
        money = Money(int(amount), currency)
        yield MarginRow(Month(first), client_id, job_id, contract_id, layer, payee_id, rate_code, answers, money)


def _from(actor: Actor, filters: Filters, *, with_rate: bool) -> Select[Any]:
    """The earnings of layers that the actor may see, with contract and job; with answer and chain for the rate."""
    found: Select[Any] = (
        select(Earning.id)
        .select_from(Earning)
        .join(Contract, Contract.id == Earning.contract_id)
        .join(Job, Job.id == Contract.job_id)
        .where(Earning.payee_kind == "layer")
    )
    if with_rate or filters.rate is not None:
        found = found.join(Answer, Answer.id == Earning.answer_id)
        found = found.join(PriceChain, PriceChain.id == Answer.price_chain_id)
    if not (EVERYTHING in actor.permissions or actor.organization_kind == "platform"):
        found = found.where(Earning.payee_id == actor.organization)
    if filters.month is not None:
        found = found.where(Earning.accepted_on >= filters.month.first, Earning.accepted_on < filters.month.beyond)
    for column, value in (
        (Job.organization_id, filters.client_id),
        (Contract.layer, filters.layer),
        (PriceChain.rate_code, filters.rate),
        (Earning.contract_id, filters.contract_id),
        (Earning.currency, filters.currency),
    ):
        if value is not None:
            found = found.where(column == value)
    return found
