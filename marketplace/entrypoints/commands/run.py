"""`piecework run`: everything on this machine."""

import contextlib
import os
import signal
import time
from collections.abc import Callable

import click

from marketplace.db.children import end_with_parent
from marketplace.entrypoints import demo
from marketplace.entrypoints.context import Context, make_context
from marketplace.entrypoints.first_start import load_demo
from marketplace.entrypoints.listening import PortError
from marketplace.entrypoints.supervisor import SupervisionError, Supervisor
from marketplace.settings import Settings, is_loopback


@click.command()
@click.option("--local", is_flag=True, help="A market for trying out: demo, development pages, ends with its terminal.")
@click.option("--empty", is_flag=True, help="Without the demo market.")
def command(*, local: bool, empty: bool) -> None:
    """Start database, web server and scheduler, and stop them together."""
    environment = dict(os.environ)
    if local:
        end_with_parent(signal.SIGTERM)
        environment.setdefault("DEVELOPMENT", "1" if is_loopback(environment.get("HOST") or "127.0.0.1") else "0")
        environment.setdefault("LOG_LEVEL", "warning")
    settings = Settings.from_env(environment)
    supervisor = Supervisor(
        settings,
        environment,
        say=say,
        prepare=lambda: None if empty else with_context(settings, prepare),
        opened=lambda: with_context(settings, opened),
    )
    try:
        supervisor.run()
    except (SupervisionError, PortError) as problem:
        raise click.ClickException(str(problem)) from None


def with_context(settings: Settings, action: Callable[[Context], None]) -> None:
    """Call `action` with a context whose connections are given back afterwards."""
    context = make_context(settings, application_name="piecework run")
    try:
        action(context)
    finally:
        context.engine.dispose()


def prepare(context: Context) -> None:
    """A demo market in an empty development database."""
    if context.settings.development:
        begun = time.monotonic()
        if load_demo(context, say):
            say(f"The demo market was made in {time.monotonic() - begun:.0f} seconds.")


def opened(context: Context) -> None:
    """Say what can be opened now."""
    say(f"Piecework is open: {context.settings.public_url}")
    lines = demo.welcome(context) if demo.is_loaded(context) else ["The first operations person: piecework setup"]
    for line in [*lines, "Ctrl-C stops everything; the data is kept."]:
        say(line)


def say(line: str) -> None:
    """Print a line at once; a terminal that was closed meanwhile is no reason to fail."""
    with contextlib.suppress(OSError):
        click.echo(line)
