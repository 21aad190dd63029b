"""Helpers that migrations share."""

from alembic.operations import Operations


def make_append_only(op: Operations, table: str) -> None:
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
