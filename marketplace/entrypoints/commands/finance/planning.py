"""What finance plans by and tells payees: the cash forecast, margins, statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import click
from sqlalchemy.orm import Session

from marketplace.db.engine import snapshot
from marketplace.db.paging import LIMIT_MAX
from marketplace.entrypoints.commands.showing import LIMIT, READER, show_table
from marketplace.entrypoints.context import command_context
from marketplace.identity.queries import organization_names
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse, public
from marketplace.ledger.forecast import DAYS_DEFAULT, DAYS_MAX, CashForecast, cash_forecast
from marketplace.provenance import statements
from marketplace.provenance.margin_files import margins_csv
from marketplace.provenance.margin_report import GROUPS, Filters, margin_sums, margin_totals
from marketplace.provenance.statements import CurrencyStatement, Month

_NAME: Final = "piecework finance"


def month_of(text: str | None, name: str) -> Month | None:
    """The month that an option or argument names; raises click.BadParameter."""
    if text is None:
        return None
    try:
        return Month.parse(text)
    except DomainError as refused:
        raise click.BadParameter(str(refused), param_hint=name) from None


@click.command("forecast")
@click.option("--days", type=click.IntRange(1, DAYS_MAX), default=DAYS_DEFAULT, show_default=True)
def forecast_command(days: int) -> None:
    """Show by currency what falls due on which day, workers before margins, and what is left of the cash after it."""
    with command_context(_NAME) as context, snapshot(context.engine) as session:
        found = cash_forecast(session, READER, days)
    for one in found:
        _show_forecast(one)
    if not found:
        click.echo("Nothing is there and nothing is owed.")


def _show_forecast(one: CashForecast) -> None:
    short = "the cash reaches" if one.short_on is None else f"the cash is short on {one.short_on}"
    click.echo(f"{one.currency}: {short}.")
    click.echo(f"Cash {one.cash}, on its way {one.in_flight}, held {one.held}, owed to others {one.others}.")
    rows = [(day.due_on or "later", day.workers, day.margins, day.left, day.missing) for day in one.days]
    show_table(("due on", "workers", "margins", "left", "missing"), rows)


@click.command("margins")
@click.option("--by", "by", type=click.Choice(GROUPS), default="month", show_default=True)
@click.option("--month", help="Of acceptance, such as 2027-01; all unless given.")
@click.option(
    "--output", type=click.Path(dir_okay=False, allow_dash=True), help="Every line as CSV into a file instead."
)
@LIMIT
def margins_command(by: str, month: str | None, output: str | None, limit: int) -> None:
    """Sum what layers earned by accepted answers, or write it as CSV by month, contract and rate."""
    filters = Filters(month=month_of(month, "--month"))
    with command_context(_NAME) as context, snapshot(context.engine) as session:
        if output is not None:
            with click.open_file(output, "w", encoding="utf-8") as file:
                file.writelines(margins_csv(session, READER, filters))
            return
        page = margin_sums(session, READER, by, filters, limit=limit)
        name = _namer(session, by, {one.key for one in page.data})
        show_table(
            (by, "answers", "margin"),
            [(name(one.key), one.answers, one.amount) for one in page.data],
            more=page.has_more,
        )
        click.echo("In all: " + (", ".join(map(str, margin_totals(session, READER, filters))) or "nothing") + ".")


def _namer(session: Session, by: str, keys: set[Any]) -> Callable[[Any], str]:
    if by == "month":
        return lambda key: str(Month(key))
    if by == "client":
        names = organization_names(session, keys)
        return lambda key: f"{public('organization', key)} {names.get(key, '')}"
    return (lambda key: public("contract", key)) if by == "contract" else str


@click.command("statements")
@click.argument("payee")
@click.argument("month", required=False)
def statements_command(payee: str, month: str | None) -> None:
    """Show the statement of PAYEE (per_... or org_...) for MONTH; without it list months."""
    reader, found = _as_payee(payee), month_of(month, "MONTH")
    with command_context(_NAME) as context, snapshot(context.engine) as session:
        if found is None:
            for one in statements.months(session, reader):
                click.echo(str(one))
            return
        for of_currency in statements.statement(session, reader, found):
            _show_statement(of_currency)
        rows = _payouts(session, reader, found)
    show_table(("payout", "state", "sent", "came back", "tax"), rows)


def _show_statement(one: CurrencyStatement) -> None:
    lines = {
        "owed at first": one.owed_at_first,
        "earned": one.earned,
        "given": -one.given,
        "paid": -one.paid,
        "tax": -one.tax,
        "fees of advances": -one.advance_fee,
        "set apart": -one.set_apart,
        "owed at the end": one.owed_at_end,
        **{f"  of this {place}": money for place, money in one.closing.items()},
    }
    show_table((one.currency, "amount"), list(lines.items()))
    click.echo()


def _payouts(session: Session, reader: Actor, month: Month) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    cursor = None
    while True:
        page = statements.payouts(session, reader, month, cursor=cursor, limit=LIMIT_MAX)
        rows += [(public("payout", one.payout.id), one.payout.state, one.sent, one.back, one.tax) for one in page.data]
        cursor = page.next_cursor
        if cursor is None:
            return rows


def _as_payee(payee: str) -> Actor:
    """Who may read the payee's own statements, and nothing else."""
    organization_id: UUID | None = None
    person_id: UUID | None = None
    if payee.startswith("org_"):
        organization_id = parse("organization", payee)
    else:
        person_id = parse("person", payee)
    permissions = frozenset({"earning.read", "installment.read"})
    return Actor(person_id, organization_id, None, frozenset(), permissions, "command_line", "finance")
