"""`piecework restore`: an empty data folder from a backup."""

from pathlib import Path

import click

from marketplace.entrypoints.backup.restoring import restore_backup
from marketplace.entrypoints.context import command_context
from marketplace.ledger.checking import run_checks
from marketplace.settings import Settings


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--without-keys", is_flag=True, help="Go on although keys are missing: what they sealed is lost.")
def command(source: Path, *, without_keys: bool) -> None:
    """Restore the backup in SOURCE into an empty data folder, or an empty database of your own; payouts are frozen.

    Everything is compared with the backup's manifest before anything is touched. Tables of an older version are
    brought to this one; a backup of a newer one is refused.
    """
    settings = Settings.from_env()
    restore_backup(settings, source.absolute(), click.echo, without_keys=without_keys)
    with command_context("piecework restore") as context, context.transactions() as session:
        failed = [result.check.name for result in run_checks(session).results if result.findings]
    click.echo(
        f"Restored, but these checks of the books fail: {', '.join(failed)}; see `piecework ledger check`."
        if failed
        else "Restored; every check of the books holds."
    )
    click.echo("Payouts are frozen. When the market runs again: piecework payouts ask-unfreeze, then unfreeze")
