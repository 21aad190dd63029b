"""`piecework finance`: what finance people do on the command line, by the same verbs as over REST and on pages."""

import click

from marketplace.entrypoints.commands import ledger
from marketplace.entrypoints.commands.finance import files, matching, payouts, planning, runs


@click.group()
def command() -> None:
    """Pay out, plan, reconcile and close; take the books, a year's tax and what is owed out as files."""


@click.group("close")
def close_group() -> None:
    """Close a month, by two people; the same as the commands of `piecework ledger`."""


@click.group("reopen")
def reopen_group() -> None:
    """Open a closed month again, by two people."""


close_group.add_command(ledger.propose_close_command, "propose")
close_group.add_command(ledger.approve_close_command, "approve")
close_group.add_command(ledger.refuse_period_command, "refuse")
reopen_group.add_command(ledger.propose_reopen_command, "propose")
reopen_group.add_command(ledger.approve_reopen_command, "approve")
reopen_group.add_command(ledger.refuse_period_command, "refuse")

for each in (
    files.export_command,
    files.tax_year_command,
    files.ageing_command,
    runs.group,
    payouts.group,
    planning.forecast_command,
    planning.margins_command,
    planning.statements_command,
    matching.group,
    close_group,
    reopen_group,
):
    command.add_command(each)
