"""`piecework finance`: what finance people do on the command line, by the same verbs as over REST and on pages."""

import click

from marketplace.entrypoints.commands.finance import files, matching, payouts, planning, runs


@click.group()
def command() -> None:
    """Pay out, plan and reconcile; take the books, a year's tax and what is owed out as files.

    Months are closed by `piecework ledger`, statements come in by `piecework bank import`.
    """


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
):
    command.add_command(each)
