"""`piecework sweeps`: what is done by the clock, and how it goes."""

import click

from marketplace.db.engine import transaction
from marketplace.entrypoints.context import command_context
from marketplace.entrypoints.watching import WATCHED
from marketplace.operations.sweep_runs import Standing, standings


@click.command()
@click.option("--late", is_flag=True, help="Only those that fail or have not run for long; exit 1 if there are any.")
def command(*, late: bool) -> None:
    """Show every sweep: when it ran last, how long, what it did, its last error, and how long its oldest row waits."""
    with command_context("piecework sweeps") as context, transaction(context.engine) as session:
        found = [one for one in standings(session, WATCHED) if not late or one.late or one.failing]
        lines = [_line(one) for one in found]
    for line in lines:
        click.echo(line)
    if late and lines:
        raise SystemExit(1)


def _line(one: Standing) -> str:
    name = f"{one.sweep.name:<26}"
    waits = f"  oldest due row waits {one.waits}" if one.waits else ""
    if one.run is None:
        return f"{name} never ran{waits}"
    failed = f"  last error {one.run.failed_at:%Y-%m-%d %H:%M} {one.run.error}" if one.run.failed_at else ""
    return (
        f"{name} {one.state:<8} {one.run.ended_at:%Y-%m-%d %H:%M:%S}  {one.run.milliseconds} ms  "
        f"{one.run.rows_done} rows, {one.run.rows_total} in {one.run.runs} runs{waits}{failed}"
    )
