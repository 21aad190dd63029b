"""`piecework setup`: the first operations person."""

import datetime as dt

import click

from marketplace.entrypoints.context import command_context
from marketplace.identity import signin
from marketplace.identity.setup import create_first_operator
from marketplace.kernel.actor import Actor

LINK_LIFE = dt.timedelta(hours=1)


@click.command()
@click.option("--name", prompt="Name of the first operations person", help="How the person is called.")
@click.option("--email", prompt="Their e-mail address", help="Where sign-in links go from now on.")
def command(name: str, email: str) -> None:
    """Make the first operations person, and print a link with which they sign in once."""
    actor = Actor(None, None, None, frozenset(), frozenset({"member.manage"}), "command_line", "setup")
    with command_context("piecework setup") as context:
        with context.transactions() as session:
            person = create_first_operator(session, actor, name=name, email=email)
            token, _ = signin.create_link(session, person.id, "console", life=LINK_LIFE)
        click.echo(f"{person.name} can sign in once, within an hour, with this link:")
        click.echo(signin.sign_in_url(context.settings.public_url, "console", token))
