"""`piecework bank`: payment files out, bank statements in."""

from pathlib import Path

import click
from sqlalchemy.orm import Session

from marketplace.db.registry import load_models
from marketplace.entrypoints.commands.somebody import platform_person
from marketplace.entrypoints.context import Context, command_context
from marketplace.gateways.bank import exporting, importing
from marketplace.gateways.bank.rail import BankRail
from marketplace.gateways.bank_models import BankFile
from marketplace.kernel.errors import DomainError
from marketplace.payouts import recovering
from marketplace.rails import deposits
from marketplace.rails.errors import RAIL_UNKNOWN
from marketplace.reconciliation import matching

_BY = click.option("--by", "email", required=True, help="Address of the finance person who answers for it.")
_TO = click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=".",
    help="Folder for the files; this one unless given.",
)


@click.group()
def command() -> None:
    """Make payment files for the bank (pain.001) and read its statements (camt.053, MT940)."""


@command.command("export")
@_BY
@_TO
def export_command(email: str, folder: Path) -> None:
    """Put every payment that waits for the bank into a file, one for each currency; each is in one file ever.

    If writing to the folder fails, `piecework bank file` writes the same bytes again.
    """
    with command_context("piecework bank") as context:
        rail = _rail(context)
        with context.transactions() as session:
            made = rail.make_files(session, platform_person(session, email))
        with context.transactions() as session:
            for file in made:
                _write(session, file, folder)
    if not made:
        click.echo("Nothing waits for the bank.")


@command.command("file")
@click.argument("message")
@_BY
@_TO
def file_command(message: str, email: str, folder: Path) -> None:
    """Write the payment file MESSAGE again, with the bytes that it had."""
    with command_context("piecework bank") as context, context.transactions() as session:
        _write(session, exporting.get_file(session, platform_person(session, email), message), folder)


@command.command("import")
@click.argument("file", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@_BY
def import_command(file: Path, email: str) -> None:
    """Read the bank statements in FILE, each once, and book what their lines say."""
    with command_context("piecework bank") as context:
        rail = _rail(context)
        with context.transactions() as session:
            imported = rail.read_statements(session, platform_person(session, email), file.read_bytes())
            gaps = importing.gaps(session)
        _book(context, rail)
    for one in imported:
        lines = ", ".join(f"{count} {kind}" for kind, count in sorted(one.kinds.items())) or "no lines"
        said = lines if one.is_new else "known already, nothing changed"
        click.echo(f"Statement {one.statement_id} of {one.account} up to {one.closed_on}: {said}.")
    _show_gaps(gaps)


@command.command("show")
@_BY
def show_command(email: str) -> None:
    """Show what waits for the bank, the newest files, and where statements are missing."""
    with command_context("piecework bank") as context, context.transactions() as session:
        actor = platform_person(session, email)
        for currency, (count, total) in exporting.waiting_by_currency(session, actor).items():
            click.echo(f"Waits in {currency}: {count} payments, {total}.")
        for file in exporting.files(session, actor):
            click.echo(f"{file.message_id} {file.created_at:%Y-%m-%d %H:%M} {file.count} payments, {file.money}")
        _show_gaps(importing.gaps(session))


def _book(context: Context, rail: BankRail) -> None:
    """What the sweeps would do within seconds anyway."""
    load_models()  # settling a payout touches tables of packages that nothing here imports
    rails = {rail.name: rail}
    deposits.receive(context.transactions, rails)
    recovering.confirm_sent(context.transactions, rails)
    matching.reconcile(context.transactions, rails)


def _rail(context: Context) -> BankRail:
    rail = context.rails.get(BankRail.name)
    if not isinstance(rail, BankRail):
        raise _no_bank()
    return rail


def _no_bank() -> DomainError:
    return RAIL_UNKNOWN.error("This service has no bank account: set BANK_ACCOUNTS and BANK_HOLDER.")


def _write(session: Session, file: BankFile, folder: Path) -> None:
    path = folder / f"{file.message_id}.xml"
    path.write_bytes(exporting.content_of(session, file))
    click.echo(f"{path}: {file.count} payments, {file.money}, sha256 {file.sha256.hex()}")


def _show_gaps(gaps: list[importing.Gap]) -> None:
    for gap in gaps:
        click.echo(
            f"Something is missing between {gap.after}, which closes at {gap.closing}, and {gap.before}, which opens "
            f"at {gap.opening}."
        )
