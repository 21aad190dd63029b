"""Single payouts: what each pays and where its money is, and what is done about one that went wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

import click
from sqlalchemy.orm import Session

from marketplace.db.engine import snapshot
from marketplace.db.registry import load_models
from marketplace.entrypoints.commands.showing import BY, LIMIT, READER, show_table
from marketplace.entrypoints.commands.somebody import platform_person
from marketplace.entrypoints.context import command_context
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import parse, public
from marketplace.payouts import queries
from marketplace.payouts.approving import approve_payout, cancel_payout, retry_payout
from marketplace.payouts.models import Payout
from marketplace.payouts.recovering import agree_absent
from marketplace.payouts.states import PAYOUT
from marketplace.reconciliation.trails.adding_up import trail
from marketplace.settlement.states import DESTINATION_REFUSED, PAYEE_NOUNS

_NAME: Final = "piecework finance payouts"


@click.group("payouts")
def group() -> None:
    """Payouts: list and follow them, and decide about those that went wrong."""


@group.command("list")
@click.option("--run", help="Of one run (run_...).")
@click.option("--state", type=click.Choice(sorted(PAYOUT.states)))
@LIMIT
def list_command(run: str | None, state: str | None, limit: int) -> None:
    """List payouts, the newest first."""
    run_id = None if run is None else parse("payout_run", run)
    with command_context(_NAME) as context, context.transactions() as session:
        page = queries.payouts(session, READER, run_id=run_id, state=state, limit=limit)
        rows = [
            (public("payout", one.id), one.state, _payee(one), one.rail_reference or one.refusal_code, one.money)
            for one in page.data
        ]
    show_table(("payout", "state", "to", "reference or refusal", "amount"), rows, more=page.has_more)


@group.command("follow")
@click.argument("payout")
def follow_command(payout: str) -> None:
    """Follow PAYOUT (pay_...) from answers to the bank's line; exit 1 and name first what does not add up."""
    payout_id = parse("payout", payout)
    with command_context(_NAME) as context, snapshot(context.engine) as session:
        found = trail(session, READER, payout_id)
        row = found.payout
        click.echo(f"{payout} is {row.state}: {row.money} to {_payee(row)} over {row.rail}.")
        if found.breaks:
            broken = [(one.step, one.text, one.expected, one.found) for one in found.breaks]
            show_table(("at", "what does not add up", "expected", "found"), broken)
            click.echo()
        steps = [(one.name, one.count, ", ".join(map(str, one.sums))) for one in found.steps]
        show_table(("step", "number", "sum"), steps)
        reasons = [
            (f"{bridge.before} to {bridge.after}", one.text, one.money)
            for bridge in found.bridges
            for one in bridge.reasons
        ]
        if reasons:
            click.echo()
            show_table(("between", "why", "amount"), reasons)
        click.echo()
        events = queries.history(session, READER, payout_id)
        show_table(("when", "what happened"), [(f"{one.at:%Y-%m-%d %H:%M}", one.kind) for one in events])
    if not found.adds_up:
        raise SystemExit(1)


@group.command("retry")
@click.argument("payout")
@BY
def retry_command(payout: str, email: str) -> None:
    """Let PAYOUT, which the rail refused, be sent again; not by who prepared its run, nor by whom it pays."""
    _decide(payout, email, retry_payout)


@group.command("approve")
@click.argument("payout")
@BY
def approve_command(payout: str, email: str) -> None:
    """Approve PAYOUT at a new rate that is worse for its payee than what they were shown."""
    _decide(payout, email, approve_payout)


@group.command("cancel")
@click.argument("payout")
@click.option("--hold", is_flag=True, help="What it was to pay is held until the payee sets a payout method again.")
@BY
def cancel_command(payout: str, email: str, *, hold: bool) -> None:
    """Give PAYOUT up: what it was to pay is due again, or held."""
    reason = DESTINATION_REFUSED if hold else None
    _decide(payout, email, lambda session, actor, payout_id: cancel_payout(session, actor, payout_id, reason))


@group.command("agree-absent")
@click.argument("payout")
@BY
def agree_absent_command(payout: str, email: str) -> None:
    """Say, as one of two people, that PAYOUT, of which nothing is known, never reached the rail."""
    _decide(payout, email, agree_absent)


def _decide(payout: str, email: str, verb: Callable[[Session, Actor, UUID], Payout]) -> None:
    load_models()
    with command_context(_NAME) as context, context.transactions() as session:
        state = verb(session, platform_person(session, email), parse("payout", payout)).state
    click.echo(f"{payout} is {state}.")


def _payee(payout: Payout) -> str:
    return public(PAYEE_NOUNS[payout.payee_kind], payout.payee_id)
