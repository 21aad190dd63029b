"""What the commands share: where the service is, how a refusal is told, how an answer is shown."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from client_api.client import Client, ConfigurationError, ConnectionFailed, PieceworkError, Problem
from client_api.client.connection import KEY_VARIABLE, URL_VARIABLE

F = TypeVar("F", bound=Callable[..., Any])
REFUSED: Final = 1
NOT_REACHED: Final = 3


class Refused(click.ClickException):
    """What the service refused, in words."""

    exit_code = REFUSED


class NotReached(click.ClickException):
    """The service did not answer."""

    exit_code = NOT_REACHED


class Calls(click.Group):
    """Commands that call the service."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what the service refuses is told in a few lines."""
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            raise click.UsageError(str(error)) from None
        except ConnectionFailed as error:
            raise NotReached(str(error)) from None
        except PieceworkError as error:
            raise Refused(_words(error)) from None


def calls_the_service(command: F) -> F:
    """Give a command the options of a call, and a client as its first argument."""

    @click.option("--url", envvar=URL_VARIABLE, show_envvar=True, help="Address of the service.")
    @click.option(
        "--key", envvar=KEY_VARIABLE, help=f"API key; better in {KEY_VARIABLE}, where no list of processes shows it."
    )
    @click.option("--json", "as_json", is_flag=True, help="Print the service's answer as JSON.")
    @functools.wraps(command)
    def with_client(url: str | None, key: str | None, **options: Any) -> Any:
        with Client(url, key) as client:
            return command(client, **options)

    return with_client  # type: ignore[return-value]


def show(answer: Any, sentence: str, *, as_json: bool) -> None:
    """Print the answer for a program, or the sentence for a person."""
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2) if as_json else sentence)


def read_json(file: Any) -> dict[str, Any]:
    """The JSON object in a file that was named on the command line. Raises click.BadParameter."""
    try:
        found = json.load(file)
    except ValueError as error:
        raise click.BadParameter(f"{file.name} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise click.BadParameter(f"{file.name} does not hold a JSON object.")
    return found


def _words(error: PieceworkError) -> str:
    if not isinstance(error, Problem):
        return str(error)
    lines = [f"{error.title or 'Refused'}: {error.detail or error.code}"]
    lines += [f"  {one.pointer or '/'}: {one.message} ({one.code})" for one in error.errors]
    known = f"  code {error.code}"
    lines.append(f"{known}, request {error.request_id}" if error.request_id else known)
    return "\n".join(lines)
