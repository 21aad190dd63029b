"""Helpers that migrations share."""

from typing import Any, Protocol


class Executes(Protocol):
    """The part of `alembic.op` that is used here; a module, as mypy sees it."""

    def execute(self, sqltext: Any) -> None:
        """Run one statement."""


def make_append_only(op: Executes, table: str) -> None:
    """Refuse UPDATE, DELETE and TRUNCATE on `table` for everybody, its owner included.

    Only a superuser who first disables the trigger gets past; the audit log is there to notice that.
    """
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION forbid_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION forbid_change()"
    )
