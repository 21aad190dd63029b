"""`piecework bank`: payment files out, bank statements and reports in."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from marketplace.db.registry import load_models
from marketplace.entrypoints.commands.showing import BY, bar_over
from marketplace.entrypoints.commands.somebody import platform_person
from marketplace.entrypoints.context import command_context
from marketplace.kernel.ids import PREFIXES, parse, public
from marketplace.kernel.money import Money
from marketplace.rails.bank_files import PaymentFile, StatementGap, file_rail
from marketplace.rails.csv_layouts import CsvLayout, CsvStatement
from marketplace.reconciliation.statements import bring_statements

_TO = click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=".",
    help="Folder for the files; this one unless given.",
)
_FILE = click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))


@click.group()
def command() -> None:
    """Make payment files for the bank (pain.001), read its statements (camt.053, MT940, CSV) and reports (pain.002)."""


@command.command("export")
@BY
@_TO
def export_command(email: str, folder: Path) -> None:
    """Put every payment that waits for the bank into a file, one for each currency; each is in one file ever.

    If writing to the folder fails, `piecework bank file` writes the same bytes again.
    """
    with command_context("piecework bank") as context:
        rail = file_rail(context.rails)
        with context.transactions() as session:
            made = rail.make_files(session, platform_person(session, email))
        for file in made:
            with context.transactions() as session:
                _write(*rail.take_file(session, platform_person(session, email), file.id), folder)
    if not made:
        click.echo("Nothing waits for the bank.")


@command.command("file")
@click.argument("message")
@BY
@_TO
def file_command(message: str, email: str, folder: Path) -> None:
    """Write the payment file MESSAGE again, with the bytes that it had."""
    with command_context("piecework bank") as context, context.transactions() as session:
        rail = file_rail(context.rails)
        file_id = parse("bank_file", f"{PREFIXES['bank_file']}_{message.rpartition('-')[2].lower()}")
        _write(*rail.take_file(session, platform_person(session, email), file_id), folder)


@command.command("import")
@_FILE
@BY
@click.option("--layout", help="The name of a saved layout, where FILE is a CSV.")
@click.option("--opening", help="Of a CSV without a column of balances, the one before its lines, such as 12.50 CNY.")
@click.option("--closing", help="And the one after them.")
def import_command(file: Path, email: str, layout: str | None, opening: str | None, closing: str | None) -> None:
    """Read the bank statements in FILE, each once, and book what their lines say."""
    table = None if layout is None else CsvStatement(layout, _balance(opening), _balance(closing))
    load_models()  # settling a payout touches tables of packages that nothing here imports
    with command_context("piecework bank") as context:
        with context.transactions() as session:
            actor = platform_person(session, email)
        with bar_over(1, "Reconciling") as bar:
            imported = bring_statements(context.transactions, actor, context.rails, file.read_bytes(), table, bar.grow)
        with context.transactions() as session:
            gaps = file_rail(context.rails).gaps(session, actor)
    for one in imported:
        lines = ", ".join(f"{count} {kind}" for kind, count in sorted(one.kinds.items())) or "no lines"
        said = lines if one.is_new else "known already, nothing changed"
        click.echo(f"Statement {one.statement_id} of {one.account} up to {one.closed_on}: {said}.")
    _show_gaps(gaps)


@command.command("layout")
@_FILE
@BY
def layout_command(file: Path, email: str) -> None:
    """Save how the columns of a bank's CSV are read, from FILE: JSON as of POST /v1/bank-csv-layouts."""
    layout = CsvLayout.of(json.loads(file.read_text(encoding="utf-8")))
    with command_context("piecework bank") as context, context.transactions() as session:
        file_rail(context.rails).save_csv_layout(session, platform_person(session, email), layout)
    click.echo(f"Saved {layout.name}: its columns are {', '.join(layout.columns)}.")


@command.command("report")
@_FILE
@BY
def report_command(file: Path, email: str) -> None:
    """Read the bank's report (pain.002) in FILE: payments that it rejects are refused for certain."""
    load_models()
    with command_context("piecework bank") as context, context.transactions() as session:
        rail = file_rail(context.rails)
        report = rail.read_report(session, platform_person(session, email), file.read_bytes())
        known = "" if report.is_new else ", known already, nothing changed"
        click.echo(f"Report {report.message_id} on {report.file}{known}:")
        for one in report.payments:
            click.echo(f"  {one.reference} {one.status} {one.reason or ''}".rstrip() + f": {one.effect}")


@command.command("not-executed")
@click.argument("payout")
@BY
def not_executed_command(payout: str, email: str) -> None:
    """Say, as one of two people, that the bank never executed PAYOUT; the second word makes it refused."""
    load_models()
    with command_context("piecework bank") as context, context.transactions() as session:
        rail, actor, payout_id = file_rail(context.rails), platform_person(session, email), parse("payout", payout)
        rail.declare_not_executed(session, actor, payout_id)
        left = rail.may_declare(session, payout_id)
        said = "refused" if left is None else "another person must confirm it"
        click.echo(f"{public('payout', payout_id)}: {said}.")


@command.command("show")
@BY
def show_command(email: str) -> None:
    """Show what waits for the bank, the newest files, and where statements are missing."""
    with command_context("piecework bank") as context, context.transactions() as session:
        rail, actor = file_rail(context.rails), platform_person(session, email)
        for waiting in rail.waiting(session, actor):
            click.echo(f"Waits in {waiting.money.currency}: {waiting.count} payments, {waiting.money}.")
        for file in rail.files(session, actor).data:
            click.echo(f"{file.message_id} {file.created_at:%Y-%m-%d %H:%M} {file.count} payments, {file.money}")
        _show_gaps(rail.gaps(session, actor))


def _write(file: PaymentFile, content: bytes, folder: Path) -> None:
    path = folder / f"{file.message_id}.xml"
    path.write_bytes(content)
    click.echo(f"{path}: {file.count} payments, {file.money}, sha256 {file.sha256.hex()}")


def _show_gaps(gaps: Sequence[StatementGap]) -> None:
    for gap in gaps:
        click.echo(
            f"Something is missing between {gap.after}, which closes at {gap.closing}, and {gap.before}, which opens "
            f"at {gap.opening}."
        )


def _balance(text: str | None) -> Money | None:
    if text is None:
        return None
    amount, _, currency = text.partition(" ")
    return Money.parse(amount, currency, negative=True)
