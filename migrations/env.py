"""Alembic's environment: online only, on the connection that `marketplace.db.migrate` hands in."""

from alembic import context
from sqlalchemy import Connection

from marketplace.db.registry import load_models

LOCK_TIMEOUT = "5s"


def run() -> None:
    connection: Connection = context.config.attributes["connection"]
    # A migration that cannot get its lock gives up, instead of making every later request wait behind it.
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    context.configure(
        connection=connection,
        target_metadata=load_models(),
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
