"""Reads: remittances of withheld tax, whom each is of, what waits to be remitted, and the list for the authority."""

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, LIMIT_MAX, Page, paginate
from marketplace.identity.queries import organization_names, person_names
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.spreadsheets import csv_line
from marketplace.payouts.models import Payout
from marketplace.payouts.remittance_models import TaxRemittance, TaxRemittanceLine
from marketplace.payouts.states import PAID, REMITTED
from marketplace.payouts.tax_models import PayoutWithholding


@dataclass(frozen=True, slots=True)
class RemittedPayee:
    """A payee of a remittance: what their payouts in it paid before tax, and what of that was withheld."""

    payee_kind: str
    payee_id: uuid.UUID
    payouts: int
    gross: Money
    withheld: Money


@dataclass(frozen=True, slots=True)
class Waiting:
    """Tax of one authority and currency that no live remittance has, withheld from payouts that settled since then."""

    authority: str
    money: Money
    since: dt.datetime | None


def remittances(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[TaxRemittance]:
    """All remittances, the newest first. Needs withholding.read."""
    actor.require("withholding.read")
    wanted: Select[Any] = select(TaxRemittance)
    if state is not None:
        wanted = wanted.where(TaxRemittance.state == state)
    return paginate(session, wanted, keys=[TaxRemittance.id], cursor=cursor, limit=limit, descending=True)


def remittance(session: Session, actor: Actor, remittance_id: uuid.UUID) -> TaxRemittance:
    """One of them. Needs withholding.read; raises not_found."""
    actor.require("withholding.read")
    found = session.get(TaxRemittance, remittance_id)
    if found is None:
        raise NOT_FOUND.error("There is no remittance with this id.", noun="tax_remittance")
    return found


def remitted_payees(
    session: Session, actor: Actor, remittance_id: uuid.UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[RemittedPayee]:
    """Whom a remittance is of, a record a payee; what came back after an earlier one is below nothing.

    Needs withholding.read; raises not_found.
    """
    row = remittance(session, actor, remittance_id)
    sign = func.sign(TaxRemittanceLine.amount)
    wanted = (
        select(
            Payout.payee_kind,
            Payout.payee_id,
            func.count().label("payouts"),
            func.sum(sign * Payout.amount).label("gross"),
            func.sum(TaxRemittanceLine.amount).label("withheld"),
        )
        .join(TaxRemittanceLine, TaxRemittanceLine.payout_id == Payout.id)
        .where(TaxRemittanceLine.remittance_id == row.id)
        .group_by(Payout.payee_kind, Payout.payee_id)
    )
    page = paginate(session, wanted, keys=[Payout.payee_kind, Payout.payee_id], cursor=cursor, limit=limit)
    return Page(
        [
            RemittedPayee(kind, payee_id, count, Money(int(gross), row.currency), Money(int(withheld), row.currency))
            for kind, payee_id, count, gross, withheld in page.data
        ],
        page.next_cursor,
    )


def remittance_csv(session: Session, actor: Actor, remittance_id: uuid.UUID) -> Iterator[str]:
    """The list for the authority as CSV: a record for each payee, whose `withheld` add up to what is paid.

    Needs withholding.read; raises not_found.
    """
    row = remittance(session, actor, remittance_id)
    number, first, last = public("tax_remittance", row.id), day(row.first_on), day(row.last_on)
    columns = ("remittance", "authority", "first", "last", "payee_kind", "payee", "name", "payouts", "currency")
    yield csv_line((*columns, "gross", "withheld"))
    cursor: str | None = None
    while True:
        page = remitted_payees(session, actor, row.id, cursor=cursor, limit=LIMIT_MAX)
        ids = {kind: [one.payee_id for one in page.data if one.payee_kind == kind] for kind in ("worker", "layer")}
        names = person_names(session, ids["worker"]) | organization_names(session, ids["layer"])
        for one in page.data:
            payee = public("person" if one.payee_kind == "worker" else "organization", one.payee_id)
            who = (one.payee_kind, payee, names.get(one.payee_id, ""), one.payouts, row.currency)
            yield csv_line((number, row.authority, first, last, *who, one.gross.text(), one.withheld.text()))
        cursor = page.next_cursor
        if cursor is None:
            return


def waiting(session: Session, actor: Actor) -> list[Waiting]:
    """What of payouts that settled no live remittance has, by authority and currency. Needs withholding.read."""
    actor.require("withholding.read")
    remitted = (
        select(TaxRemittanceLine.payout_id)
        .join(TaxRemittance, TaxRemittance.id == TaxRemittanceLine.remittance_id)
        .where(
            TaxRemittanceLine.payout_id == Payout.id,
            TaxRemittance.authority == PayoutWithholding.authority,
            TaxRemittance.state.in_(REMITTED),
        )
        .correlate(Payout, PayoutWithholding)
    )
    rows = session.execute(
        select(
            PayoutWithholding.authority,
            Payout.currency,
            func.sum(PayoutWithholding.amount),
            func.min(Payout.settled_at),
        )
        .join(Payout, Payout.id == PayoutWithholding.payout_id)
        .where(Payout.state.in_(PAID), PayoutWithholding.amount > 0, ~remitted.exists())
        .group_by(PayoutWithholding.authority, Payout.currency)
        .order_by(PayoutWithholding.authority, Payout.currency)
    )
    return [Waiting(authority, Money(int(amount), currency), since) for authority, currency, amount, since in rows]
