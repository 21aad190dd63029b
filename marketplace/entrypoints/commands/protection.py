"""`piecework protection`: what the platform sets for the protection of workers."""

import click

from marketplace.db.engine import transaction
from marketplace.entrypoints.context import command_context
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.protection import wages
from marketplace.work.exposure import set_policy

_ACTOR = Actor(None, None, None, frozenset(), frozenset({"protection.manage"}), "command_line", "protection")


@click.group()
def command() -> None:
    """Set what protects workers: wage floors, limits of hard content."""


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
