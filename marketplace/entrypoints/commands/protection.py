"""`piecework protection`: what the platform sets for the protection of workers."""

import datetime as dt

import click

from marketplace.db.engine import transaction
from marketplace.entrypoints.context import command_context
from marketplace.jobs import payday_setting, paydays
from marketplace.jobs.country_law import Statute
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.kernel.terms import DeferralLimit
from marketplace.protection import wages
from marketplace.work.exposure import set_policy

_DUTIES = frozenset({"protection.manage", "payday.read", "payday.manage"})
_ACTOR = Actor(None, None, None, frozenset(), _DUTIES, "command_line", "protection")


@click.group()
def command() -> None:
    """Set what protects workers: wage floors, limits of hard content, the longest deferral of pay."""


@command.command("wage-floor")
@click.argument("country")
@click.argument("amount", required=False)
@click.argument("currency", required=False)
@click.option("--minutes", type=int, default=300, show_default=True, help="Of work at a batch that must be known.")
def wage_floor_command(country: str, amount: str | None, currency: str | None, minutes: int) -> None:
    """Set the wage floor of a country for an hour, such as `wage-floor KE 14.00 CNY`; without an amount end it."""
    with command_context("piecework protection") as context, transaction(context.engine) as session:
        if amount is None:
            wages.remove_floor(session, _ACTOR, country)
            click.echo(f"There is no wage floor in {country} any more.")
        else:
            floor = wages.set_floor(session, _ACTOR, country, Money.parse(amount, currency), minutes)
            click.echo(f"The wage floor in {country} is {floor.money} an hour.")


@command.command("exposure")
@click.option("--items", type=int, required=True, help="Items of severity 3 and more a worker may see on a day.")
@click.option("--minutes", type=int, required=True, help="Minutes a worker may work on them on a day.")
def exposure_command(items: int, minutes: int) -> None:
    """Set how much hard content a worker may see on a day; a worker's own lower limits stay."""
    with command_context("piecework protection") as context, transaction(context.engine) as session:
        set_policy(session, _ACTOR, items_max=items, minutes_max=minutes)
    click.echo(f"Workers see at most {items} items, and work at most {minutes} minutes on them, a day.")


@command.command("deferral-limits")
def deferral_limits_command() -> None:
    """List the longest that pay may be deferred, by country, with the law behind it."""
    with command_context("piecework protection") as context, transaction(context.engine) as session:
        for row in paydays.country_limits(session, _ACTOR):
            read = "" if row.read_on is None else f"; it counts from {row.counted_from}, read {row.read_on}"
            click.echo(f"{row.country}  {row.length} {row.unit}  {row.rule}{read}")


@command.command("deferral-limit")
@click.argument("country")
@click.argument("length", type=int, required=False)
@click.argument("unit", type=click.Choice(list(payday_setting.LENGTH_MAX)), default="days")
@click.option("--because", required=True, help="Why, as the log keeps it.")
@click.option("--statute", nargs=3, help="Its name, the article, and the moment it counts from.")
@click.option("--read-on", type=click.DateTime(["%Y-%m-%d"]), help="When the statute was read; today unless given.")
def deferral_limit_command(
    country: str,
    length: int | None,
    unit: str,
    because: str,
    statute: tuple[str, str, str] | None,
    read_on: dt.datetime | None,
) -> None:
    """Set the longest deferral of pay in a country, such as `deferral-limit DE 60 days`; without a length end it."""
    limit = None if length is None else DeferralLimit(length, unit)
    law = None if statute is None else Statute(*statute, (read_on or dt.datetime.now(dt.UTC)).date())
    with command_context("piecework protection") as context, transaction(context.engine) as session:
        row = payday_setting.set_limit(session, _ACTOR, country, limit, because, law)
        waits = f"waits at most {row.length} {row.unit}: {row.rule}"
        click.echo(f"Pay in {row.country} {'has no limit of its own any more' if limit is None else waits}.")
