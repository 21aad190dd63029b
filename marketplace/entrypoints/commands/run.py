"""`piecework run`: everything on this machine."""

import contextlib
import os
import signal

import click

from marketplace.db.children import end_with_parent
from marketplace.entrypoints.listening import PortError
from marketplace.entrypoints.supervisor import SupervisionError, Supervisor
from marketplace.settings import Settings, is_loopback


@click.command()
@click.option("--local", is_flag=True, help="A market for trying out: demo, development pages, ends with its terminal.")
def command(*, local: bool) -> None:
    """Start database, web server and scheduler, and stop them together."""
    environment = dict(os.environ)
    if local:
        end_with_parent(signal.SIGTERM)
        environment.setdefault("DEVELOPMENT", "1" if is_loopback(environment.get("HOST") or "127.0.0.1") else "0")
        environment.setdefault("LOG_LEVEL", "warning")
    settings = Settings.from_env(environment)
    supervisor = Supervisor(settings, environment, say=say, prepare=lambda: None, opened=lambda: opened(settings))
    try:
        supervisor.run()
    except (SupervisionError, PortError) as problem:
        raise click.ClickException(str(problem)) from None


def opened(settings: Settings) -> None:
    """Say what can be opened now."""
    say(f"Piecework is open: {settings.public_url}")


def say(line: str) -> None:
    """Print a line at once; a terminal that was closed meanwhile is no reason to fail."""
    with contextlib.suppress(OSError):
        click.echo(line)
