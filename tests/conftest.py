"""Fixtures: one server a run, a template database migrated once, a clone for each worker process.

`session` is what most tests want: the serving role's session in a transaction that is rolled back. Tests of
concurrency take `committing_engine`, a database of their own with real commits.
"""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace.db.engine import make_engine
from tests.invariants import check_invariants
from tests.keys import KEYS
from tests.rolled_back import rolled_back
from tests.server import RunServer, Server

# How long an example takes says how busy the machine is, never whether the code is right.
settings.register_profile("piecework", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("piecework")

URLS_KEY = "piecework_server"
_started: list[RunServer] = []


def pytest_configure_node(node: object) -> None:
    """In the controller of a parallel run, before a worker starts: one server for all of them."""
    node.workerinput[URLS_KEY] = _server_of_this_process().dump()  # type: ignore[attr-defined]


def pytest_sessionfinish() -> None:
    while _started:
        _started.pop().stop()


def _server_of_this_process() -> Server:
    if not _started:
        _started.append(RunServer())
    return _started[0].server


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Server:
    """The PostgreSQL of this run, with the migrated template made."""
    workerinput = getattr(request.config, "workerinput", None)
    found = Server.load(workerinput[URLS_KEY]) if workerinput is not None else _server_of_this_process()
    found.ensure_template()
    return found


@pytest.fixture(scope="session")
def database(server: Server) -> Iterator[str]:
    """The name of this worker's own clone."""
    name = server.clone()
    yield name
    server.drop(name)


@pytest.fixture(scope="session")
def database_url(server: Server, database: str) -> str:
    """The serving role's URL of this worker's clone."""
    return server.app_url(database)


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """The serving role's engine on this worker's clone. Do not commit through it: see `committing_engine`."""
    made = make_engine(database_url, application_name="tests", keys=KEYS)
    yield made
    made.dispose()


@pytest.fixture(scope="session")
def owner_engine(server: Server, database: str) -> Iterator[Engine]:
    """The owner's engine on this worker's clone."""
    made = make_engine(server.owner_url(database), application_name="tests as owner", keys=KEYS)
    yield made
    made.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """The serving role's session; everything is rolled back at the end, after the invariants of money are checked."""
    with rolled_back(engine) as made:
        yield made


@pytest.fixture
def committing_database(server: Server) -> Iterator[str]:
    """The name of a fresh clone for one test with real commits; the invariants are checked at its end."""
    name = server.clone()
    yield name
    engine = make_engine(server.app_url(name), application_name="tests", keys=KEYS)
    try:
        with Session(engine) as made:
            check_invariants(made)
    finally:
        engine.dispose()
        server.drop(name)


@pytest.fixture
def committing_engine(server: Server, committing_database: str) -> Iterator[Engine]:
    """The serving role's engine on a fresh clone, for tests of concurrency with real commits."""
    made = make_engine(server.app_url(committing_database), application_name="tests", pool_size=40, keys=KEYS)
    yield made
    made.dispose()


@pytest.fixture
def committing_owner_engine(server: Server, committing_database: str) -> Iterator[Engine]:
    """The owner's engine on the same fresh clone as `committing_engine`."""
    made = make_engine(server.owner_url(committing_database), application_name="tests as owner", keys=KEYS)
    yield made
    made.dispose()
