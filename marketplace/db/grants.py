"""What the serving role may do: change rows, but never those of append-only tables."""

from sqlalchemy import Connection, Table, text

from marketplace.db.personal import blankable
from marketplace.db.registry import load_models, load_personal

# Of others we could neither give nor withdraw anything.
_TABLES = text(
    "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND pg_has_role(tableowner, 'USAGE')"
)
_VIEWS = text("SELECT viewname FROM pg_views WHERE schemaname = current_schema() AND pg_has_role(viewowner, 'USAGE')")


def apply_grants(connection: Connection, app_role: str) -> None:
    """Give `app_role` exactly what it needs on every table, sequence and function of the schema.

    Append-only tables: SELECT and INSERT, and UPDATE of the columns that erasing a person blanks; tables from which
    rows may be taken away: DELETE too. Others: SELECT, INSERT, UPDATE, DELETE. Views and `alembic_version`: SELECT. Run
    by the owner after each migration, in its transaction; rights given earlier are withdrawn first. A table or
    view that an extension or somebody else put there is left as it is.
    """
    quote = connection.dialect.identifier_preparer.quote
    role = quote(app_role)
    existing, views = set(connection.scalars(_TABLES)), connection.scalars(_VIEWS).all()
    statements = [f"REVOKE ALL ON {quote(name)} FROM {role}" for name in (*existing, *views)]
    statements += [
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO {role}",
    ]
    load_personal()
    for table in load_models().sorted_tables:
        if table.name in existing:
            statements.append(f"GRANT {_rights(table)} ON {quote(table.name)} TO {role}")
            # The trigger of the table lets no other value pass than the blank one.
            if columns := blankable(table):
                statements.append(f"GRANT UPDATE ({', '.join(map(quote, columns))}) ON {quote(table.name)} TO {role}")
    statements += [f"GRANT SELECT ON {quote(view)} TO {role}" for view in views]
    if "alembic_version" in existing:
        statements.append(f"GRANT SELECT ON alembic_version TO {role}")
    for statement in statements:
        connection.exec_driver_sql(statement)


def _rights(table: Table) -> str:
    if table.info.get("append_only"):
        return "SELECT, INSERT"
    return "SELECT, INSERT, DELETE" if table.info.get("delete_only") else "SELECT, INSERT, UPDATE, DELETE"
