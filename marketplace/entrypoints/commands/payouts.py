"""`piecework payouts`: freezing what goes out, and letting it go again after a restore."""

import datetime as dt

import click

from marketplace.entrypoints.commands.showing import BY
from marketplace.entrypoints.commands.somebody import platform_person
from marketplace.entrypoints.context import command_context
from marketplace.kernel.actor import Actor
from marketplace.rails import freezing
from marketplace.reconciliation.acknowledging import acknowledge
from marketplace.reconciliation.reading_back import ReadBack, unfreeze

_OPERATOR = Actor(None, None, None, frozenset(), frozenset({"payout_run.approve"}), "command_line", "payouts")


@click.group()
def command() -> None:
    """Freeze payouts, and lift that once the rails have been read back."""


@command.command("freeze")
@click.argument("reason")
@click.option("--since", help="The moment from which on the rails must be read back, such as 2027-01-31T02:00Z.")
@click.option("--by", "email", help="Address of the finance person who answers for it, where one does.")
def freeze_command(reason: str, since: str | None, email: str | None) -> None:
    """Let no payout be prepared, approved, given up or sent from now on, for this REASON.

    Needed by hand only after a restore by other means than `piecework restore`, and to stop everything. Without
    --since the rails are read back from their beginning; so they are with --by where the database was loaded by hand.
    """
    with command_context("piecework payouts") as context, context.transactions() as session:
        actor = _OPERATOR if email is None else platform_person(session, email)
        freezing.freeze(session, actor, reason, None if since is None else _moment(since))
    click.echo("Payouts are frozen. What is on its way goes on; nothing new is sent.")


@command.command("ask-unfreeze")
@click.argument("reason")
@BY
def ask_unfreeze_command(reason: str, email: str) -> None:
    """Ask that payouts be sent again, for this REASON; another person reads the rails back and lets them."""
    with command_context("piecework payouts") as context, context.transactions() as session:
        freezing.ask_to_lift(session, platform_person(session, email), reason)
    click.echo("Asked. Another person of finance does it: piecework payouts unfreeze")


@command.command("unfreeze")
@BY
def unfreeze_command(email: str) -> None:
    """Read every rail back, adopt what it paid, and let payouts be sent again if that explains every transfer.

    Another person has asked for it (ask-unfreeze). Transfers that nothing explains are listed, and payouts stay frozen;
    exit code 1.
    """
    with command_context("piecework payouts") as context:
        with context.transactions() as session:
            actor = platform_person(session, email)
        outcome = unfreeze(context.transactions, actor, context.rails)
    _show(outcome)
    if outcome.left:
        raise SystemExit(1)


@command.command("acknowledge")
@click.argument("line")
@click.argument("reason")
@BY
def acknowledge_command(line: str, reason: str, email: str) -> None:
    """Say that the transfer of LINE (lin_...) was looked into, and why it need not keep payouts frozen."""
    with command_context("piecework payouts") as context, context.transactions() as session:
        acknowledge(session, platform_person(session, email), line, reason)
    click.echo(f"{line} no longer keeps payouts frozen. If its payee is still owed what it paid, they are paid again.")


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is no moment; write it as 2027-01-31T02:00Z.") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=dt.UTC)


def _show(outcome: ReadBack) -> None:
    click.echo(
        f"Adopted {outcome.adopted} payouts that the rails had sent, rebuilt {outcome.rebuilt} made since the backup, "
        f"gave up {outcome.given_up} drafts that nobody sent."
    )
    if not outcome.left:
        click.echo("Every transfer of the rails is explained: payouts may be sent again.")
        return
    click.echo(f"Payouts stay frozen: {len(outcome.left)} transfers are not explained.")
    for one in outcome.left:
        shown = "" if one.amount is None or one.at is None else f" {one.amount} of {one.at:%Y-%m-%d %H:%M}"
        click.echo(f"  {one.line or '(no line yet)'} {one.rail} {one.reference}{shown}: {one.why}")
