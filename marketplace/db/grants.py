"""What the serving role may do: change rows, but never those of append-only tables."""

from sqlalchemy import Connection, Table, text

from marketplace.db.registry import load_models


def apply_grants(connection: Connection, app_role: str) -> None:
    """Give `app_role` exactly what it needs on every table, sequence and function of the schema.

    Append-only tables: SELECT and INSERT; those from which rows may be taken away, DELETE too. Others: SELECT, INSERT,
    UPDATE, DELETE. `alembic_version`: SELECT. Run by the owner after each migration, in its transaction; rights given
    earlier are withdrawn first.
    """
    quote = connection.dialect.identifier_preparer.quote
    role = quote(app_role)
    existing = set(
        connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")).scalars()
    )
    statements = [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
    ]
    statements += [
        f"GRANT {_rights(table)} ON {quote(table.name)} TO {role}"
        for table in load_models().sorted_tables
        if table.name in existing
    ]
    if "alembic_version" in existing:
        statements.append(f"GRANT SELECT ON alembic_version TO {role}")
    for statement in statements:
        connection.exec_driver_sql(statement)


def _rights(table: Table) -> str:
    if table.info.get("append_only"):
        return "SELECT, INSERT"
    return "SELECT, INSERT, DELETE" if table.info.get("delete_only") else "SELECT, INSERT, UPDATE, DELETE"
