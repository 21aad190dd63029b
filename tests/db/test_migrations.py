from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from marketplace.db import migrate
from marketplace.db.engine import make_engine
from marketplace.db.errors import DatabaseError
from marketplace.db.registry import load_models
from tests.server import Server


@pytest.fixture
def empty_database(server: Server) -> Iterator[str]:
    name = server.empty()
    yield server.owner_url(name)
    server.drop(name)


@pytest.fixture
def empty_engine(empty_database: str) -> Iterator[Engine]:
    engine = make_engine(empty_database, application_name="tests of migrations")
    yield engine
    engine.dispose()


def test_an_empty_database_is_brought_to_the_tables_of_the_models(
    server: Server, empty_database: str, empty_engine: Engine
) -> None:
    assert migrate.current(empty_engine) is None
    assert migrate.current(empty_engine) != migrate.head()
    migrate.upgrade(empty_database, app_role=server.app_role)
    assert migrate.current(empty_engine) == migrate.head()
    assert migrate.differences(empty_engine) == []


def test_the_newest_migration_can_be_taken_back_and_made_again(
    server: Server, empty_database: str, empty_engine: Engine
) -> None:
    migrate.upgrade(empty_database, app_role=server.app_role)
    tables = set(inspect(empty_engine).get_table_names())
    migrate.downgrade(empty_database, revision="-1")
    assert migrate.current(empty_engine) != migrate.head()
    migrate.upgrade(empty_database, app_role=server.app_role)
    assert set(inspect(empty_engine).get_table_names()) == tables


def test_every_migration_can_be_taken_back(server: Server, empty_database: str, empty_engine: Engine) -> None:
    migrate.upgrade(empty_database, app_role=server.app_role)
    migrate.downgrade(empty_database, revision="base")
    assert set(inspect(empty_engine).get_table_names()) == {"alembic_version"}
    with empty_engine.connect() as connection:
        left = connection.scalars(text("SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace")).all()
    assert left == []


def test_migrating_twice_changes_nothing(server: Server, empty_database: str, empty_engine: Engine) -> None:
    migrate.upgrade(empty_database, app_role=server.app_role)
    migrate.upgrade(empty_database, app_role=server.app_role)
    assert migrate.current(empty_engine) == migrate.head()


def test_a_view_that_somebody_else_put_there_is_left_alone(
    server: Server, empty_database: str, empty_engine: Engine
) -> None:
    admin = make_engine(server.admin_url(str(empty_engine.url.database)), application_name="tests as administrator")
    with admin.begin() as connection:
        connection.execute(text("CREATE VIEW statistics_of_an_extension AS SELECT 1 AS one"))
    admin.dispose()
    migrate.upgrade(empty_database, app_role=server.app_role)
    readable = text("SELECT has_table_privilege(:role, :view, 'SELECT')")
    with empty_engine.connect() as connection:
        told = {
            view: connection.scalar(readable, {"role": server.app_role, "view": view})
            for view in ("contract_seller_change", "statistics_of_an_extension")
        }
    assert told == {"contract_seller_change": True, "statistics_of_an_extension": False}


def test_one_role_for_owner_and_program_is_refused_unless_allowed() -> None:
    owner, app = "postgresql://one@host/market", "postgresql://one:secret@host/market"
    with pytest.raises(DatabaseError, match="ALLOW_ONE_ROLE"):
        migrate.refuse_one_role(owner, app, allow_one_role=False)
    migrate.refuse_one_role(owner, app, allow_one_role=True)
    migrate.refuse_one_role(owner, "postgresql://other@host/market", allow_one_role=False)


def append_only_tables() -> list[str]:
    return [table.name for table in load_models().sorted_tables if table.info.get("append_only")]


def test_the_serving_role_cannot_change_append_only_tables(engine: Engine) -> None:
    assert {"audit_event", "journal", "posting"} <= set(append_only_tables())
    with engine.connect() as connection:
        for table in append_only_tables():
            for right, expected in {"SELECT": True, "INSERT": True, "UPDATE": False, "DELETE": False}.items():
                held = connection.scalar(
                    text("SELECT has_table_privilege(:table, :right)"), {"table": table, "right": right}
                )
                assert held is expected, f"{right} on {table}"
            assert not connection.scalar(text("SELECT has_table_privilege(:t, 'TRUNCATE')"), {"t": table})


def test_the_owner_is_stopped_by_a_trigger_on_every_append_only_table(owner_engine: Engine) -> None:
    for table in append_only_tables():
        with pytest.raises(DBAPIError, match="never changed"), owner_engine.begin() as connection:
            connection.execute(text(f'TRUNCATE "{table}" CASCADE'))
        with owner_engine.connect() as connection:
            events = connection.scalar(
                text(
                    "SELECT bit_or(tgtype) FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
                    "WHERE tgrelid = CAST(:table AS regclass) "
                    "AND proname IN ('forbid_change', 'forbid_all_but_erasing')"
                ),
                {"table": table},
            )
        assert events is not None, f"{table} has no trigger"
        assert events & 0b111000 == 0b111000, f"{table}: not all of DELETE, UPDATE, TRUNCATE are forbidden"


def test_the_serving_role_owns_nothing(engine: Engine) -> None:
    with engine.connect() as connection:
        assert connection.scalars(text("SELECT tablename FROM pg_tables WHERE tableowner = current_user")).all() == []
        assert not connection.scalar(text("SELECT has_schema_privilege('public', 'CREATE')"))
