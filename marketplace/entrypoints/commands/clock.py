"""`piecework clock`: market time in demonstrations and tests."""

import datetime as dt
import re

import click
from sqlalchemy.orm import Session

from marketplace.db import clock
from marketplace.db.engine import transaction
from marketplace.entrypoints.context import command_context
from marketplace.entrypoints.scheduler import run_sweep
from marketplace.entrypoints.sweeps import SWEEPS
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.lifecycle import time
from marketplace.settlement.queries import next_due_on

_DAYS = re.compile(r"([1-9][0-9]{0,4})d")


@click.group()
def command() -> None:
    """Show market time and move it forward."""


@command.command("show")
def show_command() -> None:
    """Say what time it is in the market."""
    with command_context("piecework clock") as context, transaction(context.engine) as session:
        click.echo(f"It is {clock.market_now(session):%Y-%m-%d %H:%M:%S} UTC in the market.")


@command.command("advance")
@click.argument("to", required=False)
@click.option("--to-next-due", is_flag=True, help="As far as the next day on which an installment falls due.")
def advance_command(to: str | None, to_next_due: bool) -> None:
    """Move market time forward, by days (62d) or TO a date (2027-02-28), and do what falls due by it.

    Refused where a rail moves real money, and always refused backwards.
    """
    if (to is None) == (not to_next_due):
        raise click.UsageError("Say how far: a number of days such as 62d, a date, or --to-next-due.")
    actor = Actor(None, None, None, frozenset(), frozenset({"clock.advance"}), "command_line", "clock")
    with command_context("piecework clock") as context:
        with transaction(context.engine) as session:
            aim = next_due(session) if to is None else aim_of(to, clock.market_now(session))
            now = time.advance(session, actor, aim, allowed=context.time_may_be_moved)
        click.echo(f"It is {now:%Y-%m-%d %H:%M} UTC in the market now.")
        for sweep in SWEEPS:
            if sweep.follows_market_time:
                for what, count in run_sweep(sweep, context).items():
                    if count:
                        click.echo(f"  {sweep.name}: {count} {what}")


def aim_of(text: str, now: dt.datetime) -> dt.datetime:
    """The moment that `62d` or `2027-02-28` means, counted from `now`. Raises click.UsageError."""
    days = _DAYS.fullmatch(text)
    if days is not None:
        return now + dt.timedelta(days=int(days[1]))
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is neither a number of days (62d) nor a date (2027-02-28).") from None
    return dt.datetime.combine(day, dt.time(), dt.UTC)


def next_due(session: Session) -> dt.datetime:
    """The beginning of the next day on which an installment falls due. Raises not_found when there is none."""
    day = next_due_on(session)
    if day is None:
        raise NOT_FOUND.error("No installment is waiting for its day.")
    # A day that has come already only waits for its sweep.
    return max(dt.datetime.combine(day, dt.time(), dt.UTC), clock.market_now(session))
