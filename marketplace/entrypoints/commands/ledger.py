"""`piecework ledger`: the books on the command line."""

from collections.abc import Callable, Sequence

import click
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.entrypoints.commands.somebody import platform_person
from marketplace.entrypoints.context import command_context
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.ids import parse, public
from marketplace.kernel.money import Money
from marketplace.ledger.balances import TrialLine, balance, trial_balance
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.checking import Result, run_checks
from marketplace.ledger.periods import approve_close, balance_at_close, month_text, propose_close
from marketplace.ledger.recipes.accounts import bank_operating, guarantee_fund
from marketplace.ledger.snapshots import forget_snapshots, take_snapshots
from marketplace.ledger.treasury import contribute, put_in_capital, take_fees
from marketplace.settlement.quality_queries import get_quality_claim
from marketplace.settlement.writing_off import write_off_extra, write_off_quality_claim

_BY = click.option("--by", "email", required=True, help="Address of the finance person who answers for it.")


@click.group()
def command() -> None:
    """Check the books and show them."""


@command.command("check")
def check_command() -> None:
    """Prove every invariant of money on the rows as they are now; exit 1 and name what fails."""
    with command_context("piecework ledger check") as context, transaction(context.engine) as session:
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
    actor = Actor(None, None, None, frozenset(), frozenset({"ledger.read"}), "command_line", "ledger")
    with command_context("piecework ledger balance") as context, transaction(context.engine) as session:
        lines = trial_balance(session, actor)
    _show_lines(lines)
    if not lines:
        click.echo("Nothing has been posted yet.")


@command.command("capital")
@click.argument("amount")
@click.argument("currency")
def capital_command(amount: str, currency: str) -> None:
    """Book money that the owners put into the platform's bank account (J0), such as `capital 1000.00 CNY`."""
    _book("capital", put_in_capital, Money.parse(amount, currency), bank_operating(currency), "The operating account")


@command.command("take-fees")
@click.argument("amount")
@click.argument("currency")
def take_fees_command(amount: str, currency: str) -> None:
    """Book earned fees from the wage account to the operating account (J17); refused if others' money would lack."""
    _book("take-fees", take_fees, Money.parse(amount, currency), bank_operating(currency), "The operating account")


@command.command("contribute")
@click.argument("amount")
@click.argument("currency")
def contribute_command(amount: str, currency: str) -> None:
    """Book money of the platform's own into the wage guarantee fund (J20), such as `contribute 1000.00 CNY`."""
    _book("contribute", contribute, Money.parse(amount, currency), guarantee_fund(currency), "The guarantee fund")


@command.command("propose-close")
@click.argument("month")
@_BY
def propose_close_command(month: str, email: str) -> None:
    """Propose to close MONTH (2027-01) and all before it, as the books stand now; another person approves it."""
    with command_context("piecework ledger propose-close") as context, transaction(context.engine) as session:
        proposal = propose_close(session, platform_person(session, email), month)
    click.echo(f"Proposed {public('period', proposal.id)} with the digest {proposal.digest.hex()}.")
    click.echo("Another person of finance approves it: piecework ledger approve-close")


@command.command("approve-close")
@click.argument("period")
@_BY
def approve_close_command(period: str, email: str) -> None:
    """Close the month that PERIOD (prd_...) proposes. Nothing is recorded any more that is effective by its end."""
    with command_context("piecework ledger approve-close") as context, transaction(context.engine) as session:
        closed = approve_close(session, platform_person(session, email), parse("period", period))
        lines = balance_at_close(session, closed.month)
    _show_lines(lines)
    click.echo(f"\nThe books are closed to the end of {month_text(closed.month)}.")


@command.command("write-off")
@click.argument("extra")
@click.argument("reason")
def write_off_command(extra: str, reason: str) -> None:
    """Give up what a layer owes to the guarantee fund for an extra (J18); the platform's own money makes it whole."""
    with command_context("piecework ledger write-off") as context, transaction(context.engine) as session:
        amount = write_off_extra(session, system_actor("command_line"), parse("extra", extra), reason)
    click.echo(f"{amount} is written off; the guarantee fund holds what it held.")


@command.command("write-off-claim")
@click.argument("claim")
@click.argument("reason")
def write_off_claim_command(claim: str, reason: str) -> None:
    """Take what margins there are for an upheld quality claim (J10b), and give up the rest."""
    with command_context("piecework ledger write-off-claim") as context, transaction(context.engine) as session:
        actor = system_actor("command_line")
        claim_id = parse("quality_claim", claim)
        rest = write_off_quality_claim(session, actor, claim_id, reason)
        back = get_quality_claim(session, actor, claim_id).collected
    if back.is_zero:
        click.echo(f"There was no margin to take: {rest} is given up.")
    else:
        given_up = "nothing" if rest.is_zero else f"{rest}"
        click.echo(f"{back} went back to the job's reserve, and {given_up} is given up.")


@command.command("rebuild-snapshots")
def rebuild_snapshots_command() -> None:
    """Throw the snapshots of hot accounts away, and make them anew from the postings."""
    with command_context("piecework ledger rebuild-snapshots") as context:
        with context.transactions() as session:
            forgotten = forget_snapshots(session)
        taken = take_snapshots(context.transactions, tail_min=1)
    click.echo(f"{forgotten} snapshots were thrown away, {taken} written.")


def _book(
    name: str, verb: Callable[[Session, Actor, Money], None], money: Money, account: AccountRef, words: str
) -> None:
    with command_context(f"piecework ledger {name}") as context, transaction(context.engine) as session:
        verb(session, system_actor("command_line"), money)
        holds = balance(session, account)
    click.echo(f"{words} holds {holds}.")


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
