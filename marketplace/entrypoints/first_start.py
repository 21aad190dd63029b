"""The demo market of a first start, made once and made whole."""

from collections.abc import Callable

from sqlalchemy import Engine, select, text

from marketplace.db import migrate
from marketplace.db.engine import make_engine
from marketplace.db.keyring import load_keys
from marketplace.entrypoints import databases, demo
from marketplace.entrypoints.context import Context
from marketplace.identity.models import Person

UNDER_WAY = "a demo market is being made here: everything in this database may be thrown away"


def load_demo(context: Context, say: Callable[[str], None]) -> bool:
    """Load the demo into an empty market; a load that was cut short is begun again. Says whether it was loaded now.

    A comment on a table, kept in the database itself, says that a load is under way. It is written only where nobody
    has signed up, and nothing serves before the load is over, so all that is found beside it is a part of the demo.
    """
    urls = databases.urls(context.settings)
    owner = make_engine(urls.owner, application_name="piecework first start", pool_size=1)
    try:
        if _note(owner) == UNDER_WAY:
            say("The demo market was left half made; it is made again ...")
            context.engine.dispose()
            keys = load_keys(context.settings)
            migrate.downgrade(urls.owner, revision="base", keys=keys)
            migrate.upgrade(urls.owner, app_role=urls.app_role, keys=keys)
        elif _somebody_is_here(context):
            return False
        _set_note(owner, UNDER_WAY)
        demo.load(context, say)
        _set_note(owner, None)
    finally:
        owner.dispose()
    return True


def _somebody_is_here(context: Context) -> bool:
    with context.transactions() as session:
        return session.scalar(select(Person.id).limit(1)) is not None


def _note(owner: Engine) -> str | None:
    with owner.connect() as connection:
        note: str | None = connection.scalar(text("SELECT obj_description(CAST('market_clock' AS regclass))"))
        return note


def _set_note(owner: Engine, note: str | None) -> None:
    literal = "NULL" if note is None else f"'{note}'"  # COMMENT takes no parameters; the text is ours
    with owner.begin() as connection:
        connection.execute(text(f"COMMENT ON TABLE market_clock IS {literal}"))
