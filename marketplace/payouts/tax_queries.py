"""Reads: what is withheld from whom, what payouts withheld, and the list of a calendar year."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, LIMIT_MAX, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import FORBIDDEN, INVALID, NOT_FOUND, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.spreadsheets import csv_line
from marketplace.kernel.texts import say
from marketplace.payouts.models import Payout
from marketplace.payouts.queries import visible_to
from marketplace.payouts.remittance_models import TaxRemittance, TaxRemittanceLine
from marketplace.payouts.states import PAID
from marketplace.payouts.tax_models import PayoutWithholding, Withholding

YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class Withheld:
    """What one payout withholds for one authority."""

    authority: str
    rate_ppm: int
    money: Money


@dataclass(frozen=True, slots=True)
class AuthoritySum:
    """What was withheld for one authority, and what of that was paid to it."""

    authority: str
    amount: Money
    remitted: Money


@dataclass(frozen=True, slots=True)
class TaxYearLine:
    """One payee, year and currency: `gross` is `net` and all that was withheld, which is given by authority."""

    payee_kind: str
    payee_id: uuid.UUID
    gross: Money
    withheld: Sequence[AuthoritySum]
    net: Money


def withholdings(
    session: Session,
    actor: Actor,
    *,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[Withholding]:
    """What was set, proposed and rejected, the newest first; a payee sees of their own what was approved."""
    wanted: Select[Any] = select(Withholding).where(_concerning(actor))
    if state is not None:
        wanted = wanted.where(Withholding.state == state)
    return paginate(session, wanted, keys=[Withholding.id], cursor=cursor, limit=limit, descending=True)


def withholding(session: Session, actor: Actor, withholding_id: uuid.UUID) -> Withholding:
    """One of those that the actor may see; raises not_found."""
    found = session.scalar(select(Withholding).where(Withholding.id == withholding_id, _concerning(actor)))
    if found is None:
        raise NOT_FOUND.error("There is no withholding with this id.", noun="withholding")
    return found


def withheld_from(session: Session, payout_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Withheld]]:
    """What each of these payouts withholds, in its order; payouts that withhold nothing are left out."""
    rows = session.execute(
        select(PayoutWithholding, Payout.currency)
        .join(Payout, Payout.id == PayoutWithholding.payout_id)
        .where(PayoutWithholding.payout_id.in_(payout_ids))
        .order_by(PayoutWithholding.payout_id, PayoutWithholding.position)
    )
    found: dict[uuid.UUID, list[Withheld]] = {}
    for row, currency in rows:
        line = Withheld(row.authority, row.rate_ppm, Money(row.amount, currency))
        found.setdefault(row.payout_id, []).append(line)
    return found


def tax_year(
    session: Session, actor: Actor, year: int, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[TaxYearLine]:
    """What payees were paid in payouts that settled in the year (UTC, market time) and did not come back.

    All payees for finance, else the actor or their organization. Raises invalid.
    """
    wanted = (
        select(
            Payout.payee_kind,
            Payout.payee_id,
            Payout.currency,
            func.sum(Payout.amount).label("gross"),
            func.sum(Payout.withheld).label("withheld"),
        )
        .where(visible_to(actor), _settled_in(year))
        .group_by(Payout.payee_kind, Payout.payee_id, Payout.currency)
    )
    keys = [Payout.payee_kind, Payout.payee_id, Payout.currency]
    page = paginate(session, wanted, keys=keys, cursor=cursor, limit=limit)
    taxes = _by_authority(session, year, {row[1] for row in page.data if row[4]})
    lines = [
        TaxYearLine(
            kind,
            payee_id,
            Money(int(gross), currency),
            taxes.get((payee_id, currency), ()),
            Money(int(gross - withheld), currency),
        )
        for kind, payee_id, currency, gross, withheld in page.data
    ]
    return Page(lines, page.next_cursor)


def own_tax_years(session: Session, actor: Actor) -> list[tuple[int, TaxYearLine]]:
    """The years of a payee, the newest first, a line for each currency; for whoever is no payee there are none."""
    year = func.extract("year", Payout.settled_at)
    wanted = (
        select(
            year,
            Payout.payee_kind,
            Payout.payee_id,
            Payout.currency,
            func.sum(Payout.amount),
            func.sum(Payout.withheld),
        )
        .where(Payout.payee_id == (actor.organization_id or actor.person), visible_to(actor), Payout.state.in_(PAID))
        .group_by(year, Payout.payee_kind, Payout.payee_id, Payout.currency)
        .order_by(year.desc(), Payout.currency)
    )
    found = []
    for number, kind, payee_id, currency, gross, withheld in session.execute(wanted):
        taxes = _by_authority(session, int(number), {payee_id}) if withheld else {}
        net = Money(int(gross - withheld), currency)
        line = TaxYearLine(kind, payee_id, Money(int(gross), currency), taxes.get((payee_id, currency), ()), net)
        found.append((int(number), line))
    return found


def tax_year_csv(session: Session, actor: Actor, year: int) -> Iterator[str]:
    """The whole list as CSV, a record for each payee, currency and authority; one without authority withheld nothing.

    `gross` and `net` stand once, on a payee's first record of a currency, so that columns may be added up.
    """
    if not actor.may("payout_run.read"):
        raise FORBIDDEN.error("This needs the permission payout_run.read.", permission="payout_run.read")
    columns = ("year", "payee_kind", "payee", "currency", "gross", "authority", "withheld", "net", "remitted")
    yield csv_line(columns)
    cursor: str | None = None
    while True:
        page = tax_year(session, actor, year, cursor=cursor, limit=LIMIT_MAX)
        for line in page.data:
            payee = public("person" if line.payee_kind == "worker" else "organization", line.payee_id)
            first = (line.gross.text(), line.net.text())
            nothing = Money.zero(line.gross.currency)
            for number, one in enumerate(line.withheld or (AuthoritySum("", nothing, nothing),)):
                gross, net = first if number == 0 else ("", "")
                tax = (one.authority, one.amount.text(), net, one.remitted.text())
                yield csv_line((year, line.payee_kind, payee, line.gross.currency, gross, *tax))
        cursor = page.next_cursor
        if cursor is None:
            return


def _by_authority(
    session: Session, year: int, payee_ids: Collection[uuid.UUID]
) -> dict[tuple[uuid.UUID, str], list[AuthoritySum]]:
    remitted = (
        select(func.coalesce(func.sum(TaxRemittanceLine.amount), 0))
        .join(TaxRemittance, TaxRemittance.id == TaxRemittanceLine.remittance_id)
        .where(
            TaxRemittanceLine.payout_id == Payout.id,
            TaxRemittance.authority == PayoutWithholding.authority,
            TaxRemittance.state == "paid",
        )
        .correlate(Payout, PayoutWithholding)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Payout.payee_id,
            Payout.currency,
            PayoutWithholding.authority,
            func.sum(PayoutWithholding.amount),
            func.sum(remitted),
        )
        .join(Payout, Payout.id == PayoutWithholding.payout_id)
        .where(Payout.payee_id.in_(payee_ids), _settled_in(year))
        .group_by(Payout.payee_id, Payout.currency, PayoutWithholding.authority)
        .order_by(Payout.payee_id, Payout.currency, PayoutWithholding.authority)
    )
    found: dict[tuple[uuid.UUID, str], list[AuthoritySum]] = {}
    for payee_id, currency, authority, amount, paid in rows:
        one = AuthoritySum(authority, Money(int(amount), currency), Money(int(paid), currency))
        found.setdefault((payee_id, currency), []).append(one)
    return found


def _settled_in(year: int) -> ColumnElement[bool]:
    if year not in YEARS:
        message = say("A year is %(start)s to %(stop)s.", start=str(YEARS.start), stop=str(YEARS.stop - 1))
        raise INVALID.error(message, errors=[FieldError("/year", "invalid", message)])
    begin, end = (dt.datetime(number, 1, 1, tzinfo=dt.UTC) for number in (year, year + 1))
    return and_(Payout.state.in_(PAID), Payout.settled_at >= begin, Payout.settled_at < end)


def _concerning(actor: Actor) -> ColumnElement[bool]:
    if actor.may("withholding.read"):
        return true()
    payee_id = actor.organization_id or actor.person
    return and_(Withholding.payee_id == payee_id, Withholding.state == "approved")
