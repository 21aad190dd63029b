"""Files: the books, a year's tax, and what is owed by its age."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager

import click
from sqlalchemy.orm import Session

from marketplace.db.engine import snapshot
from marketplace.entrypoints.commands.finance.planning import month_of
from marketplace.entrypoints.commands.showing import OUTPUT, READER, Bar, bar_over
from marketplace.entrypoints.context import command_context
from marketplace.payouts import ageing
from marketplace.payouts.tax_queries import YEARS, tax_year_csv
from marketplace.reconciliation.books.csv_tables import table_csv
from marketplace.reconciliation.books.reading import ALL_DAYS, Span
from marketplace.reconciliation.books.tables import TABLES, Table, sizes
from marketplace.reconciliation.books.workbook import write_workbook
from marketplace.reconciliation.books.writing import FORMATS


@click.command("export")
@click.option(
    "--format",
    "form",
    type=click.Choice([*FORMATS, "csv", "xlsx"]),
    required=True,
    help="Every journal for another accounting program; or tables, as CSV or as one workbook.",
)
@click.option(
    "--table",
    "names",
    type=click.Choice(list(TABLES)),
    multiple=True,
    help="Of xlsx all of them unless named; of csv one, the journal unless named.",
)
@click.option(
    "--month", help="Such as 2027-01; all of the books unless given. What is owed is owed now, in either case."
)
@OUTPUT
def export_command(form: str, names: tuple[str, ...], month: str | None, output: str) -> None:
    """Write the books as of one moment.

    beancount and hledger get every journal, and what each account held at the end of each day; of a month they begin
    with what accounts held before. csv and xlsx hold a trial balance, the journal, what is owed, the statements of
    payees, or payouts, with control totals.
    """
    span = _span(month)
    if form in FORMATS and names:
        raise click.UsageError(f"{form} takes every journal: no --table.")
    if form == "csv" and len(names) > 1:
        raise click.UsageError("A file of csv has one table; xlsx takes several.")
    tables = [TABLES[name] for name in names] or ([TABLES["journal"]] if form == "csv" else list(TABLES.values()))
    with command_context("piecework finance export") as context, snapshot(context.engine) as session:
        if form == "xlsx":
            with click.open_file(output, "wb") as file, _bar(session, tables, span) as bar:
                write_workbook(session, tables, file, span, watched=bar)
            return
        whole = form in FORMATS
        texts = FORMATS[form](session, span) if whole else table_csv(session, tables[0], span)
        # Of a posting the programs get three texts: its debit, its credit, and a share of its journal and day ends.
        counted = [TABLES["journal"]] * 3 if whole else tables
        with click.open_file(output, "w", encoding="utf-8") as file, _bar(session, counted, span) as bar:
            for text in texts:
                file.write(text)
                bar.step()


def _bar(session: Session, tables: list[Table], span: Span) -> AbstractContextManager[Bar]:
    of = sizes(session, span)
    return bar_over(sum(of[table.name] for table in tables), "Exporting")


def _span(month: str | None) -> Span:
    found = month_of(month, "--month")
    return ALL_DAYS if found is None else Span(found.first, found.beyond)


@click.command("tax-year")
@click.argument("year", type=click.IntRange(YEARS.start, YEARS.stop - 1))
@OUTPUT
def tax_year_command(year: int, output: str) -> None:
    """Write as CSV, by payee, what payouts that settled in a YEAR paid and withheld for each authority."""
    with (
        command_context("piecework finance tax-year") as context,
        snapshot(context.engine) as session,
        click.open_file(output, "w", encoding="utf-8") as file,
    ):
        for line in tax_year_csv(session, READER, year):
            file.write(line)


@click.command("ageing")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The market's day; today unless given.")
@click.option(
    "--known-at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"]),
    help="What the log had by this real moment, UTC; all that is sealed unless given.",
)
@OUTPUT
def ageing_command(as_of: dt.datetime | None, known_at: dt.datetime | None, output: str) -> None:
    """Write as CSV what was owed to each payee at the end of a day, by time past due; the same every time."""
    with (
        command_context("piecework finance ageing") as context,
        snapshot(context.engine) as session,
        click.open_file(output, "w", encoding="utf-8") as file,
    ):
        known = None if known_at is None else known_at.replace(tzinfo=dt.UTC)
        when = ageing.moment(session, READER, None if as_of is None else as_of.date(), known)
        for line in ageing.ageing_csv(session, READER, when):
            file.write(line)
