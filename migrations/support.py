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


def permit_erasing(op: Executes, table: str, *columns: str) -> None:
    """Let these texts of an append-only table be blanked, and nothing else of it be changed, by anybody.

    `forbid_all_but_erasing` lets a row pass in which nothing changed but some of them, which became what
    `marketplace.db.personal.ERASED` says: words can be taken away, never altered.
    """
    _set_change_trigger(op, table, f"forbid_all_but_erasing({', '.join(repr(column) for column in columns)})")


def forbid_erasing(op: Executes, table: str) -> None:
    """Take `permit_erasing` back."""
    _set_change_trigger(op, table, "forbid_change()")


def _set_change_trigger(op: Executes, table: str, function: str) -> None:
    op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}"
    )
