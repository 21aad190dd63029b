"""`piecework ledger`: the books on the command line."""

from collections.abc import Sequence
from typing import Final

import click

from marketplace.entrypoints.commands.showing import BY, READER
from marketplace.entrypoints.commands.somebody import platform_person
from marketplace.entrypoints.context import command_context
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import parse, public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import TrialLine, balance, trial_balance
from marketplace.ledger.checking import Result, run_checks
from marketplace.ledger.period_queries import balance_at_close
from marketplace.ledger.periods import approve, propose_close, propose_reopen, refuse
from marketplace.ledger.recipes.accounts import bank_operating
from marketplace.ledger.snapshots import forget_snapshots, take_snapshots
from marketplace.settlement.own_money import (
    approve_move,
    propose_move,
    propose_write_off,
    put_in_first_capital,
    reject_move,
)
from marketplace.settlement.own_money_models import OwnMoneyMove

_DONE: Final = {
    "capital": "Put into the operating account",
    "fees": "Taken into the operating account",
    "contribution": "Put into the guarantee fund",
    "extra": "Written off; the guarantee fund holds what it held",
    "quality_claim": "Given up; there was no margin to take",
}


@click.group()
def command() -> None:
    """Check the books and show them."""


@command.command("check")
def check_command() -> None:
    """Prove every invariant of money on the rows as they are now; exit 1 and name what fails."""
    with command_context("piecework ledger check") as context, context.transactions() as session:
        report = run_checks(session)
    for result in report.results:
        show(result)
    failed = [result.check.name for result in report.results if result.findings]
    if failed:
        click.echo(f"\n{len(failed)} of {len(report.results)} checks failed: {', '.join(failed)}.")
        raise SystemExit(1)
    click.echo(f"\nAll {len(report.results)} checks hold.")


@command.command("balance")
def balance_command() -> None:
    """Show what each group of accounts holds, by currency."""
    with command_context("piecework ledger balance") as context, context.transactions() as session:
        lines = trial_balance(session, READER)
    _show_lines(lines)
    if not lines:
        click.echo("Nothing has been posted yet.")


@command.command("capital")
@click.argument("amount")
@click.argument("currency")
@click.argument("reason")
@click.option("--by", "email", help="Address of the finance person who proposes it.")
def capital_command(amount: str, currency: str, reason: str, email: str | None) -> None:
    """Propose to book what the owners put into the platform's bank account (J0): `capital 1000.00 CNY "First round"`.

    Without --by it is booked at once, which is refused once the platform has anybody of finance.
    """
    if email is not None:
        _propose("capital", "capital", Money.parse(amount, currency), reason, email)
        return
    with command_context("piecework ledger capital") as context, context.transactions() as session:
        put_in_first_capital(session, system_actor("command_line"), Money.parse(amount, currency), reason)
        holds = balance(session, bank_operating(currency))
    click.echo(f"The operating account holds {holds}. No second person saw this; the log says so.")


@command.command("take-fees")
@click.argument("amount")
@click.argument("currency")
@click.argument("reason")
@BY
def take_fees_command(amount: str, currency: str, reason: str, email: str) -> None:
    """Propose to move earned fees from the wage account to the operating account (J17).

    Refused at the approval if others' money would lack.
    """
    _propose("take-fees", "fees", Money.parse(amount, currency), reason, email)


@command.command("contribute")
@click.argument("amount")
@click.argument("currency")
@click.argument("reason")
@BY
def contribute_command(amount: str, currency: str, reason: str, email: str) -> None:
    """Propose to put money of the platform's own into the wage guarantee fund (J20)."""
    _propose("contribute", "contribution", Money.parse(amount, currency), reason, email)


@command.command("write-off")
@click.argument("extra")
@click.argument("reason")
@BY
def write_off_command(extra: str, reason: str, email: str) -> None:
    """Propose to give up what a layer owes to the guarantee fund for EXTRA (ext_...); the platform bears it (J18)."""
    _propose_write_off("write-off", "extra", extra, reason, email)


@command.command("write-off-claim")
@click.argument("claim")
@click.argument("reason")
@BY
def write_off_claim_command(claim: str, reason: str, email: str) -> None:
    """Propose to take what margins there are for an upheld quality CLAIM (qcl_...), and to give up the rest (J10b)."""
    _propose_write_off("write-off-claim", "quality_claim", claim, reason, email)


@command.command("approve-money")
@click.argument("move")
@BY
def approve_money_command(move: str, email: str) -> None:
    """Do with the platform's own money what MOVE (omm_...) proposes."""
    with command_context("piecework ledger approve-money") as context, context.transactions() as session:
        row = approve_move(session, platform_person(session, email), parse("own_money_move", move))
        done = row.done
    if row.kind == "quality_claim" and done != row.money:
        click.echo(f"Margins went back to the job's reserve; of {row.money} there was {done} to be given up.")
    else:
        click.echo(f"{_DONE[row.kind]}: {done}.")


@command.command("reject-money")
@click.argument("move")
@BY
def reject_money_command(move: str, email: str) -> None:
    """Give up what MOVE (omm_...) proposes, also one's own."""
    with command_context("piecework ledger reject-money") as context, context.transactions() as session:
        reject_move(session, platform_person(session, email), parse("own_money_move", move))
    click.echo("Given up; nothing was moved.")


@command.command("propose-close")
@click.argument("month")
@BY
def propose_close_command(month: str, email: str) -> None:
    """Propose to close MONTH (2027-01) and all before it, as the books stand now; another person approves it."""
    with command_context("piecework ledger propose-close") as context, context.transactions() as session:
        proposal = propose_close(session, platform_person(session, email), month)
    click.echo(f"Proposed {public('period', proposal.id)} with the digest {proposal.digest.hex()}.")
    click.echo("Another person of finance approves it: piecework ledger approve-close")


@command.command("approve-close")
@click.argument("period")
@BY
def approve_close_command(period: str, email: str) -> None:
    """Close the month that PERIOD (prd_...) proposes. Nothing is recorded any more that is effective by its end."""
    with command_context("piecework ledger approve-close") as context, context.transactions() as session:
        view = approve(session, platform_person(session, email), parse("period", period), action="close")
        lines = balance_at_close(session, view.proposal.id)
    _show_lines(lines)
    click.echo(f"\nThe books are closed to the end of {view.month}.")


@command.command("propose-reopen")
@click.argument("period")
@click.argument("reason")
@BY
def propose_reopen_command(period: str, reason: str, email: str) -> None:
    """Propose to open again what PERIOD (prd_...) closed; another person approves it. The close stays in the record."""
    with command_context("piecework ledger propose-reopen") as context, context.transactions() as session:
        proposal = propose_reopen(session, platform_person(session, email), parse("period", period), reason)
    click.echo(f"Proposed {public('period', proposal.id)}.")
    click.echo("Another person of finance approves it: piecework ledger approve-reopen")


@command.command("approve-reopen")
@click.argument("period")
@BY
def approve_reopen_command(period: str, email: str) -> None:
    """Open again the month that PERIOD (prd_...) proposes to reopen."""
    with command_context("piecework ledger approve-reopen") as context, context.transactions() as session:
        view = approve(session, platform_person(session, email), parse("period", period), action="reopen")
    click.echo(f"{view.month} is open again.")


@command.command("refuse-period")
@click.argument("period")
@click.argument("reason")
@BY
def refuse_period_command(period: str, reason: str, email: str) -> None:
    """Refuse to close or to reopen what PERIOD (prd_...) proposes, or take one's own proposal back."""
    with command_context("piecework ledger refuse-period") as context, context.transactions() as session:
        view = refuse(session, platform_person(session, email), parse("period", period), reason)
    click.echo(f"Refused; {view.month} stays as it is.")


@command.command("rebuild-snapshots")
def rebuild_snapshots_command() -> None:
    """Throw the snapshots of hot accounts away, and make them anew from the postings."""
    with command_context("piecework ledger rebuild-snapshots") as context:
        with context.transactions() as session:
            forgotten = forget_snapshots(session)
        taken = take_snapshots(context.transactions, tail_min=1)
    click.echo(f"{forgotten} snapshots were thrown away, {taken} written.")


def _propose(name: str, kind: str, money: Money, reason: str, email: str) -> None:
    with command_context(f"piecework ledger {name}") as context, context.transactions() as session:
        row = propose_move(session, platform_person(session, email), kind, money, reason)
        _tell_proposed(row)


def _propose_write_off(name: str, noun: str, debt: str, reason: str, email: str) -> None:
    with command_context(f"piecework ledger {name}") as context, context.transactions() as session:
        row = propose_write_off(session, platform_person(session, email), noun, parse(noun, debt), reason)
        _tell_proposed(row)


def _tell_proposed(row: OwnMoneyMove) -> None:
    click.echo(f"Proposed {public('own_money_move', row.id)} of {row.money}.")
    click.echo("Another person of finance does it: piecework ledger approve-money")


def _show_lines(lines: Sequence[TrialLine]) -> None:
    for line in lines:
        name = f"{line.code:d} {line.code.definition.name}"
        click.echo(f"{name:<36} {line.balance.text():>24} {line.currency}")


def show(result: Result) -> None:
    """One line for a check that holds, one more for each thing that is wrong."""
    word = "FAILS" if result.findings else "holds"
    click.echo(f"{word}  {result.check.name:<4} {result.check.title}")
    for finding in result.findings:
        click.echo(f"         {finding.subject}: {finding.problem}")
