"""Payout runs: prepared by one person, checked, approved by another, executed and followed to their end."""

from __future__ import annotations

import datetime as dt
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import click
from sqlalchemy.orm import Session

from marketplace.db.engine import snapshot
from marketplace.db.paging import LIMIT_MAX
from marketplace.db.registry import load_models
from marketplace.entrypoints.commands.showing import BY, LIMIT, READER, Bar, bar_over, show_table
from marketplace.entrypoints.commands.somebody import platform_person
from marketplace.entrypoints.context import Context, command_context
from marketplace.identity.queries import person_names
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import parse, public
from marketplace.payouts import queries
from marketplace.payouts.approving import approve_run, cancel_run
from marketplace.payouts.minimums import Minimums
from marketplace.payouts.models import PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.queries import RunTotal
from marketplace.payouts.sending import execute_run
from marketplace.payouts.states import FINISHED
from marketplace.reconciliation.trails.adding_up import trail

_NAME: Final = "piecework finance runs"
_OVER: Final = ("done", "cancelled")
_NOT_SENT: Final = ("draft", "approved")


@click.group("runs")
def group() -> None:
    """Payout runs: prepare, check, approve by another person, execute, follow."""


@group.command("list")
@click.option("--state", type=click.Choice(["prepared", "approved", "executing", *_OVER]))
@LIMIT
def list_command(state: str | None, limit: int) -> None:
    """List payout runs, the newest first."""
    with command_context(_NAME) as context, context.transactions() as session:
        page = queries.runs(session, READER, state=state, limit=limit)
        totals = queries.totals_of_runs(session, READER, [run.id for run in page.data])
        rows = [
            (public("payout_run", run.id), run.state, run.rail, run.due_by, _in_all(totals[run.id]))
            for run in page.data
        ]
    show_table(("run", "state", "rail", "due by", "payouts"), rows, more=page.has_more)


@group.command("prepare")
@click.argument("rail")
@click.option("--due-by", type=click.DateTime(["%Y-%m-%d"]), help="The market's day; today unless given.")
@BY
def prepare_command(rail: str, due_by: dt.datetime | None, email: str) -> None:
    """Prepare a run on RAIL from what is due; another person approves it."""
    load_models()
    with command_context(_NAME) as context:
        with context.transactions() as session:
            actor, minimums = platform_person(session, email), Minimums.of(context.settings)
            day = None if due_by is None else due_by.date()
            run_id = prepare_run(session, actor, rail, day, rails=context.rails, minimums=minimums).id
        _show(context, run_id)
    click.echo(f"Another person approves it: piecework finance runs approve {public('payout_run', run_id)}")


@group.command("show")
@click.argument("run")
def show_command(run: str) -> None:
    """Show who prepared, approved and executed RUN (run_...), and the sums of its payouts."""
    with command_context(_NAME) as context:
        _show(context, parse("payout_run", run))


@group.command("check")
@click.argument("run")
def check_command(run: str) -> None:
    """Follow every payout of RUN back to the answers that earned it; exit 1 and name what does not add up."""
    run_id = parse("payout_run", run)
    broken: list[tuple[object, ...]] = []
    with command_context(_NAME) as context, snapshot(context.engine) as session:
        _show(context, run_id)
        count = sum(total.count for total in queries.run_totals(session, READER, run_id))
        with bar_over(count, "Checking") as bar:
            for payout_id in _payout_ids(session, run_id):
                name = public("payout", payout_id)
                found = trail(session, READER, payout_id).breaks
                broken += [(name, one.step, one.text, one.expected, one.found) for one in found]
                bar.step()
    if broken:
        show_table(("payout", "at", "what", "expected", "found"), broken)
        raise SystemExit(1)
    click.echo(f"All {count} payouts add up, from answers to the rail.")


@group.command("approve")
@click.argument("run")
@BY
def approve_command(run: str, email: str) -> None:
    """Approve RUN, which somebody else prepared and which does not pay you."""
    _decide(run, email, approve_run)


@group.command("cancel")
@click.argument("run")
@BY
def cancel_command(run: str, email: str) -> None:
    """Call RUN off before it is sent: all its installments are due again."""
    _decide(run, email, cancel_run)


@group.command("execute")
@click.argument("run")
@BY
def execute_command(run: str, email: str) -> None:
    """Send RUN: workers first, each margin once the workers below it are paid.

    May be called again at any time: what was sent stays sent. What waits then the service goes on with.
    """
    load_models()
    run_id = parse("payout_run", run)
    with command_context(_NAME) as context:
        with context.transactions() as session:
            actor = platform_person(session, email)
            count = sum(total.count for total in queries.run_totals(session, READER, run_id))
        with bar_over(count, "Sending") as bar:
            left = count + 1
            while True:
                states = execute_run(context.transactions, actor, context.rails, run_id)
                waiting = _count(states, _NOT_SENT)
                bar.stand_at(count - waiting)
                # Each call sends so many at the most; where one sends none, what is left waits for something.
                if not waiting or waiting >= left:
                    break
                left = waiting
        _show(context, run_id)


@group.command("follow")
@click.argument("run")
@click.option("--every", type=click.FloatRange(min=0.1), default=2.0, show_default=True, help="Seconds between looks.")
@click.option(
    "--seconds", type=click.FloatRange(min=0), default=3600, show_default=True, help="Look on at most so long."
)
def follow_command(run: str, every: float, seconds: float) -> None:
    """Look on until every payout of RUN has ended; exit 1 if it has not by then."""
    run_id, end = parse("payout_run", run), time.monotonic() + seconds
    with command_context(_NAME) as context:
        with context.transactions() as session:
            count = sum(total.count for total in queries.run_totals(session, READER, run_id))
        with bar_over(count, "Paying") as bar:
            while not (over := _look(context, run_id, count, bar)) and time.monotonic() < end:
                time.sleep(min(every, max(0.0, end - time.monotonic())))
        _show(context, run_id)
    if not over:
        raise SystemExit(1)


def _look(context: Context, run_id: uuid.UUID, count: int, bar: Bar) -> bool:
    with context.transactions() as session:
        totals = queries.run_totals(session, READER, run_id)
        ended = sum(total.count for total in totals if total.state in FINISHED)
        bar.stand_at(min(ended, count))
        return queries.run(session, READER, run_id).state in _OVER


def _payout_ids(session: Session, run_id: uuid.UUID) -> Iterator[uuid.UUID]:
    cursor = None
    while True:
        page = queries.payouts(session, READER, run_id=run_id, cursor=cursor, limit=LIMIT_MAX)
        ids = [payout.id for payout in page.data]
        session.expire_all()
        yield from ids
        cursor = page.next_cursor
        if cursor is None:
            return


def _decide(run: str, email: str, verb: Callable[[Session, Actor, uuid.UUID], PayoutRun]) -> None:
    load_models()
    run_id = parse("payout_run", run)
    with command_context(_NAME) as context:
        with context.transactions() as session:
            verb(session, platform_person(session, email), run_id)
        # Only now: where nobody reads what is said, what was done must stay done.
        _show(context, run_id)


def _show(context: Context, run_id: uuid.UUID) -> None:
    with context.transactions() as session:
        run = queries.run(session, READER, run_id)
        people = [one for one in (run.prepared_by, run.approved_by, run.executed_by) if one]
        names, totals = person_names(session, people), queries.run_totals(session, READER, run_id)
    click.echo(f"{public('payout_run', run.id)} is {run.state}; rail {run.rail}, due by {run.due_by}.")
    for did, by, at in (
        ("Prepared", run.prepared_by, run.prepared_at),
        ("Approved", run.approved_by, run.approved_at),
        ("Executed", run.executed_by, run.executed_at),
    ):
        if by is not None and at is not None:
            click.echo(f"{did} by {names.get(by, public('person', by))}, {at:%Y-%m-%d %H:%M}.")
    show_table(("payouts", "state", "sum"), [(total.count, total.state, total.money) for total in totals])


def _in_all(totals: list[RunTotal]) -> str:
    by_currency: dict[str, RunTotal] = {}
    for total in totals:
        before = by_currency.get(total.money.currency)
        count, money = (0, None) if before is None else (before.count, before.money)
        summed = total.money if money is None else money + total.money
        by_currency[total.money.currency] = RunTotal("", count + total.count, summed)
    return ", ".join(f"{total.count} of {total.money}" for total in by_currency.values())


def _count(states: Mapping[str, int], wanted: tuple[str, ...]) -> int:
    return sum(count for state, count in states.items() if state in wanted)
