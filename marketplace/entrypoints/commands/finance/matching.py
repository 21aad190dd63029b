"""Reconciliation: what nothing explains, and saying what it was, by two people above a limit."""

from __future__ import annotations

from collections import Counter
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
from marketplace.identity.queries import person_names
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import parse, public
from marketplace.reconciliation import by_hand, match_queries, queries
from marketplace.reconciliation.match_models import LineMatch
from marketplace.reconciliation.measuring import reconciliation_days
from marketplace.reconciliation.setting_aside import give_owner
from marketplace.reconciliation.states import KINDS, LINE_MATCH

_NAME: Final = "piecework finance reconciliation"
_REASON: Final = click.argument("reason")
_MATCH: Final = click.argument("match")


@click.group("reconciliation", invoke_without_command=True)
@click.pass_context
def group(context: click.Context) -> None:
    """Say what lines were that nothing explains; alone, show the last two weeks.

    By day and account: clearing, timeliness and completeness.
    """
    if context.invoked_subcommand is None:
        _show_days()


def _show_days() -> None:
    with command_context(_NAME) as context, snapshot(context.engine) as session:
        days = reconciliation_days(session, READER)
    for one in days:
        shares = (one.clearing_ppm, one.timeliness_ppm, one.completeness_ppm)
        told = "  ".join("     –  " if share is None else f"{share / 10_000:6.2f} %" for share in shares)
        click.echo(f"{one.day}  {one.rail} {one.currency:<8}{one.lines:>8} lines  {told}")


@group.command("open")
def open_command() -> None:
    """List what only one side knows, the oldest first: lines that no journal says, journals that no line confirms."""
    with command_context(_NAME) as context, context.transactions() as session:
        found = queries.discrepancies(session, READER)
    rows = [(one.kind, one.rail, f"{one.since:%Y-%m-%d}", _subject(one), one.reference, one.amount) for one in found]
    show_table(("what", "rail", "since", "line or journal", "reference", "amount"), rows)
    if max(Counter(one.kind for one in found).values(), default=0) >= queries.DISCREPANCIES_MAX:
        click.echo(f"There are more: of each kind the oldest {queries.DISCREPANCIES_MAX} are shown.")


@group.command("suspense")
@LIMIT
def suspense_command(limit: int) -> None:
    """List the lines that stand on 2900, each with why nothing explains it, and who looks after it."""
    with command_context(_NAME) as context, context.transactions() as session:
        page = queries.external_lines(session, READER, state="set_aside", limit=limit)
        names = person_names(session, {one.owner_id for one in page.data if one.owner_id})
        rows = [
            (public("external_line", one.id), one.rail, f"{one.occurred_at:%Y-%m-%d}", one.why, owner, one.money)
            for one in page.data
            for owner in [None if one.owner_id is None else names.get(one.owner_id)]
        ]
    show_table(("line", "rail", "on", "why", "owner", "amount"), rows, more=page.has_more)


@group.command("owner")
@click.argument("line")
@click.argument("owner")
@BY
def owner_command(line: str, owner: str, email: str) -> None:
    """Say that OWNER (an address of finance) looks after LINE (lin_...)."""
    load_models()
    with command_context(_NAME) as context, context.transactions() as session:
        after = platform_person(session, owner).person
        give_owner(session, platform_person(session, email), parse("external_line", line), after)
    click.echo(f"{owner} looks after {line}.")


@group.command("match")
@click.argument("line")
@click.argument("kind", type=click.Choice(KINDS))
@_REASON
@BY
@click.option("--payout", "payouts", multiple=True, help="Of payouts: each that it paid (pay_...).")
@click.option("--client", help="Of a deposit: the client whose it is (org_...).")
@click.option("--deposit", help="Of a refund: the deposit that was given back (dep_...).")
def match_command(
    line: str, kind: str, reason: str, email: str, payouts: tuple[str, ...], client: str | None, deposit: str | None
) -> None:
    """Say what LINE (lin_...), which stands on 2900, was; above RECONCILIATION_ALONE_MAX another person must agree."""
    said = by_hand.Said(
        kind,
        reason,
        [parse("payout", one) for one in payouts],
        None if client is None else parse("organization", client),
        None if deposit is None else parse("deposit", deposit),
    )
    load_models()
    with command_context(_NAME) as context, context.transactions() as session:
        alone = by_hand.Alone(context.settings.reconciliation_alone_max)
        row = by_hand.propose_match(session, platform_person(session, email), parse("external_line", line), said, alone)
        told = _told(row)
    click.echo(told)


@group.command("matches")
@click.option("--state", type=click.Choice(sorted(LINE_MATCH.states)))
@LIMIT
def matches_command(state: str | None, limit: int) -> None:
    """List what lines without a reference were taken for, the newest first."""
    with command_context(_NAME) as context, context.transactions() as session:
        page = match_queries.line_matches(session, READER, state=state, limit=limit)
        rows = [
            (
                public("line_match", one.id),
                one.state,
                one.way,
                one.kind,
                public("external_line", one.line_id),
                one.money,
            )
            for one in page.data
        ]
    show_table(("match", "state", "way", "kind", "line", "amount"), rows, more=page.has_more)


@group.command("approve")
@_MATCH
@BY
def approve_command(match: str, email: str) -> None:
    """Agree to MATCH (lmt_...), or to undoing it, as somebody else said: it is booked now."""
    _decide(match, email, by_hand.approve_match)


@group.command("reject")
@_MATCH
@BY
def reject_command(match: str, email: str) -> None:
    """Give MATCH, or the undoing of it, up; also one's own."""
    _decide(match, email, by_hand.reject_match)


@group.command("undo")
@_MATCH
@_REASON
@BY
def undo_command(match: str, reason: str, email: str) -> None:
    """Say that a line was taken for the wrong thing; above RECONCILIATION_ALONE_MAX another person must agree."""
    load_models()
    with command_context(_NAME) as context, context.transactions() as session:
        alone = by_hand.Alone(context.settings.reconciliation_alone_max)
        told = _told(
            by_hand.undo_match(session, platform_person(session, email), parse("line_match", match), reason, alone)
        )
    click.echo(told)


def _subject(one: queries.Discrepancy) -> str | None:
    if one.line_id is not None:
        return public("external_line", one.line_id)
    return None if one.journal_id is None else public("journal", one.journal_id)


def _decide(match: str, email: str, verb: Callable[[Session, Actor, UUID], LineMatch]) -> None:
    load_models()
    with command_context(_NAME) as context, context.transactions() as session:
        told = _told(verb(session, platform_person(session, email), parse("line_match", match)))
    click.echo(told)


def _told(row: LineMatch) -> str:
    waits = "; another person must agree" if row.state in {"proposed", "undo_asked"} else ""
    return f"{public('line_match', row.id)} is {row.state}{waits}."
