"""`piecework people`: what is kept about a person, erasing them, and who has to be erased again after a restore."""

import datetime as dt
import json

import click

from marketplace.db.engine import transaction
from marketplace.entrypoints.commands.somebody import platform_person
from marketplace.entrypoints.context import command_context
from marketplace.identity.erased_queries import erased_people
from marketplace.identity.erasing import REASONS, erase_person
from marketplace.identity.own_data import data_of
from marketplace.kernel.actor import system_actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import parse, public

_LISTED_AT_ONCE = 100


@click.group()
def command() -> None:
    """Give people what is kept about them, and erase them."""


@command.command("export")
@click.argument("person")
def export_command(person: str) -> None:
    """Write everything that is kept about PERSON (per_...) as JSON, for whoever asked for theirs in writing."""
    with command_context("piecework people") as context, transaction(context.engine) as session:
        click.echo(json.dumps(data_of(session, parse("person", person)), ensure_ascii=False, indent=1))


@command.command("erase")
@click.argument("person")
@click.option("--by", "address", required=True, help="The address of who of operations answers for it.")
@click.option("--reason", type=click.Choice(REASONS), required=True)
def erase_command(person: str, address: str, reason: str) -> None:
    """Erase PERSON (per_...), for good: name, address and every word of and about them; their pay is still paid."""
    with command_context("piecework people") as context, transaction(context.engine) as session:
        erased = erase_person(session, platform_person(session, address), parse("person", person), reason)
        click.echo(f"{public('person', erased.id)} is erased.")


@command.command("erased")
@click.option("--since", type=click.DateTime(), help="A moment of real time, UTC; without it all.")
def erased_command(since: dt.datetime | None) -> None:
    """List who was erased and when: keep it with the backups, for who is erased after one comes back with it."""
    with command_context("piecework people") as context, transaction(context.engine) as session:
        moment, cursor = None if since is None else since.replace(tzinfo=dt.UTC), None
        while True:
            page = erased_people(
                session, system_actor("list_erased"), since=moment, cursor=cursor, limit=_LISTED_AT_ONCE
            )
            for person in page.data:
                assert person.erasing_at is not None
                click.echo(f"{public('person', person.id)}  {instant(person.erasing_at)}  {person.state}")
            cursor = page.next_cursor
            if cursor is None:
                break
