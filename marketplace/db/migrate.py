"""Migrations by program: upgrade, downgrade, and where a database stands."""

from importlib.util import find_spec
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, make_url, text

from marketplace.db.engine import make_engine
from marketplace.db.errors import DatabaseError
from marketplace.db.grants import apply_grants
from marketplace.db.keyring import KeyRing
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.registry import load_models

MIGRATION_TIMEOUT_SECONDS = 3600


def migrations_folder() -> Path:
    """Where the installed migrations lie."""
    spec = find_spec("migrations")
    if spec is None or spec.origin is None:
        raise DatabaseError("The migrations are not installed; install Piecework again.")
    return Path(spec.origin).parent


def configuration(connection: Connection | None = None) -> Config:
    """Alembic's configuration; there is no alembic.ini, so there is one place for each value."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The newest revision this program knows."""
    revision = ScriptDirectory.from_config(configuration()).get_current_head()
    assert revision is not None, "there are no migrations"
    return revision


def current(engine: Engine) -> str | None:
    """The revision of the database, None when it was never migrated."""
    with engine.connect() as connection:
        if connection.execute(text("SELECT to_regclass('alembic_version')")).scalar_one() is None:
            return None
        revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        return revision


def require_current(engine: Engine) -> None:
    """Raise DatabaseError, saying what to do, unless the database stands where this program expects it."""
    found, expected = current(engine), head()
    if found != expected:
        where = "has no tables yet" if found is None else f"stands at {found}, this version expects {expected}"
        raise DatabaseError(f"The database {where}. Run: piecework db migrate")


def upgrade(owner_url: str | URL, *, app_role: str, revision: str = "head", keys: KeyRing | None = None) -> None:
    """Bring the database to `revision` as the owner, then grant the serving role what it needs.

    All in one transaction under one lock: two who migrate at once follow each other, and a failure leaves the
    database as it was. `keys` are needed where an older release left data that is sealed from now on.
    """
    engine = _engine(owner_url, keys)
    try:
        with engine.begin() as connection:
            _lock(connection)
            command.upgrade(configuration(connection), revision)
            apply_grants(connection, app_role)
    finally:
        engine.dispose()


def downgrade(owner_url: str | URL, *, revision: str, keys: KeyRing | None = None) -> None:
    """Take migrations back to `revision` ("-1" is one step); tables made since are lost with their rows."""
    engine = _engine(owner_url, keys)
    try:
        with engine.begin() as connection:
            _lock(connection)
            command.downgrade(configuration(connection), revision)
    finally:
        engine.dispose()


def differences(engine: Engine) -> list[object]:
    """What `alembic check` would say: where the tables differ from the models; empty is good."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, load_models()))


def refuse_one_role(owner_url: str | URL, app_url: str | URL, *, allow_one_role: bool) -> None:
    """Raise DatabaseError when the program would serve as the owner of its tables, unless that is allowed.

    An owner can drop the triggers and grants that make money and audit rows append-only.
    """
    owner, app = make_url(owner_url).username, make_url(app_url).username
    if owner == app and not allow_one_role:
        raise DatabaseError(
            f"DATABASE_OWNER_URL and DATABASE_URL both sign in as {owner!r}. Give the program a role of its own that "
            "owns no tables (docs/settings.md), or set ALLOW_ONE_ROLE=1 to do without that protection."
        )


def _engine(owner_url: str | URL, keys: KeyRing | None) -> Engine:
    return make_engine(
        owner_url,
        application_name="piecework migrate",
        pool_size=1,
        statement_timeout_seconds=MIGRATION_TIMEOUT_SECONDS,
        keys=keys,
    )


def _lock(connection: Connection) -> None:
    advisory_xact_lock(connection, "piecework migrate")
