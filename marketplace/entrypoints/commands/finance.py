"""`piecework finance`: what finance people do on the command line."""

import datetime as dt

import click

from marketplace.db.engine import snapshot
from marketplace.entrypoints.context import command_context
from marketplace.kernel.actor import Actor
from marketplace.payouts import ageing
from marketplace.payouts.tax_queries import YEARS, tax_year_csv
from marketplace.reconciliation.books.writing import FORMATS

_ACTOR = Actor(None, None, None, frozenset(), frozenset({"ledger.read", "payout_run.read"}), "command_line", "finance")


@click.group()
def command() -> None:
    """Take the books out for other programs."""


@command.command("export")
@click.option(
    "--format", "name", type=click.Choice(list(FORMATS)), required=True, help="The program that is to read it."
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    default="-",
    help="A file; standard output unless given.",
)
def export_command(name: str, output: str) -> None:
    """Write every journal as of one moment, and what each account held at the end of each day."""
    with (
        command_context("piecework finance export") as context,
        snapshot(context.engine) as session,
        click.open_file(output, "w", encoding="utf-8") as file,
    ):
        for text in FORMATS[name](session):
            file.write(text)


@command.command("tax-year")
@click.argument("year", type=click.IntRange(YEARS.start, YEARS.stop - 1))
@click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    default="-",
    help="A file; standard output unless given.",
)
def tax_year_command(year: int, output: str) -> None:
    """Write as CSV, by payee, what payouts that settled in a YEAR paid and withheld for each authority."""
    with (
        command_context("piecework finance tax-year") as context,
        snapshot(context.engine) as session,
        click.open_file(output, "w", encoding="utf-8") as file,
    ):
        for line in tax_year_csv(session, _ACTOR, year):
            file.write(line)


@command.command("ageing")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The market's day; today unless given.")
@click.option(
    "--known-at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"]),
    help="What the log had by this real moment, UTC; all that is sealed unless given.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    default="-",
    help="A file; standard output unless given.",
)
def ageing_command(as_of: dt.datetime | None, known_at: dt.datetime | None, output: str) -> None:
    """Write as CSV what was owed to each payee at the end of a day, by time past due; the same every time."""
    with (
        command_context("piecework finance ageing") as context,
        snapshot(context.engine) as session,
        click.open_file(output, "w", encoding="utf-8") as file,
    ):
        known = None if known_at is None else known_at.replace(tzinfo=dt.UTC)
        when = ageing.moment(session, _ACTOR, None if as_of is None else as_of.date(), known)
        for line in ageing.ageing_csv(session, _ACTOR, when):
            file.write(line)
