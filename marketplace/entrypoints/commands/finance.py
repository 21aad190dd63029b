"""`piecework finance`: what finance people do on the command line."""

import click

from marketplace.db.engine import snapshot
from marketplace.entrypoints.context import command_context
from marketplace.kernel.actor import Actor
from marketplace.payouts.tax_queries import YEARS, tax_year_csv
from marketplace.reconciliation.books.writing import FORMATS
from marketplace.reconciliation.measuring import reconciliation_days

_ACTOR = Actor(None, None, None, frozenset(), frozenset({"payout_run.read"}), "command_line", "finance")

_READER = Actor(None, None, None, frozenset(), frozenset({"reconciliation.read"}), "command_line", "finance")


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


@command.command("reconciliation")
def reconciliation_command() -> None:
    """Show clearing, timeliness and completeness of the last two weeks, by day and account."""
    with command_context("piecework finance reconciliation") as context, snapshot(context.engine) as session:
        days = reconciliation_days(session, _READER)
    for one in days:
        shares = (one.clearing_ppm, one.timeliness_ppm, one.completeness_ppm)
        told = "  ".join("     –  " if share is None else f"{share / 10_000:6.2f} %" for share in shares)
        click.echo(f"{one.day}  {one.rail} {one.currency:<8}{one.lines:>8} lines  {told}")


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
