"""The command `piecework`."""

import importlib
import os
import sys
from typing import NoReturn

import click
from sqlalchemy.exc import OperationalError

from marketplace.db.errors import DatabaseError
from marketplace.entrypoints.commands import COMMANDS
from marketplace.kernel.errors import DomainError
from marketplace.settings import SettingsError


class Commands(click.Group):
    """Commands by name from the list in `commands`; a module is imported when its command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        return command


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="piecework")
def piecework() -> None:
    """Run and look after a Piecework marketplace."""


def main() -> None:
    """Run a command; what can go wrong by a person's doing is one sentence on standard error and exit code 1."""
    try:
        piecework()
    except (DatabaseError, SettingsError) as problem:
        _give_up(str(problem))
    except DomainError as refusal:
        lines = [f"{refusal.title}: {refusal.detail}"]
        lines += [f"  {error.pointer or 'input'}: {error.message}" for error in refusal.errors]
        _give_up("\n".join(lines))
    except OperationalError as problem:
        reason = str(problem.orig).strip().splitlines()
        _give_up(f"The database does not answer: {reason[0] if reason else 'no reason given'}")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _give_up(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)
