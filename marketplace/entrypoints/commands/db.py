"""`piecework db`: the database by hand."""

import shutil
import subprocess
import sys

import click
from sqlalchemy import make_url

from marketplace.db import migrate, programs
from marketplace.db.engine import make_engine
from marketplace.db.errors import DatabaseError
from marketplace.db.keyring import load_keys
from marketplace.entrypoints import databases
from marketplace.settings import Settings


@click.group()
def command() -> None:
    """Migrate, check and open the database."""


@command.command("migrate")
@click.option("--revision", default="head", show_default=True, help="How far to go.")
def migrate_command(revision: str) -> None:
    """Bring the tables to this version, and give the serving role its rights."""
    settings = Settings.from_env()
    with databases.running(settings) as urls:
        migrate.upgrade(urls.owner, app_role=urls.app_role, revision=revision, keys=load_keys(settings))
        engine = make_engine(urls.owner, application_name="piecework migrate", pool_size=1)
        click.echo(f"The database stands at {migrate.current(engine)}.")
        engine.dispose()


@command.command("check")
def check_command() -> None:
    """Say whether the database stands where this version expects it; exit code 1 when not."""
    settings = Settings.from_env()
    with databases.running(settings) as urls:
        engine = make_engine(urls.owner, application_name="piecework check", pool_size=1)
        try:
            migrate.require_current(engine)
            different = migrate.differences(engine)
            for difference in different:
                click.echo(f"differs from the models: {difference}")
            if different:
                raise DatabaseError("The tables are not those of this version.")
            click.echo(f"The database stands at {migrate.head()}, as it should.")
        finally:
            engine.dispose()


@command.command("shell", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def shell_command(arguments: tuple[str, ...]) -> None:
    """Open psql, on the embedded server as superuser; ARGUMENTS go to psql."""
    settings = Settings.from_env()
    with databases.running(settings) as urls:
        if databases.is_embedded(settings):
            psql = str(programs.find_programs(settings.data_dir / "postgres").bin / "psql")
        else:
            found = shutil.which("psql")
            if found is None:
                raise DatabaseError("psql was not found. On Debian and Ubuntu: apt-get install postgresql-client")
            psql = found
        url = make_url(urls.shell).set(drivername="postgresql").render_as_string(hide_password=False)
        ended = subprocess.run([psql, url, *arguments], check=False)
    sys.exit(ended.returncode)
