"""A sealed log on a clone of its own, open to a superuser whose tampering is rolled back after each test."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from marketplace.db.engine import make_engine
from marketplace.kernel.ids import new_id
from tests.audit.parts import SIZE, Log, note, seal_all
from tests.server import Server


@pytest.fixture(scope="module")
def superuser_session(server: Server) -> Iterator[Session]:
    name = server.clone()
    engine = make_engine(server.admin_url(name), application_name="tests as superuser")
    with Session(engine) as session:
        yield session
    engine.dispose()
    server.drop(name)


@pytest.fixture
def log(superuser_session: Session) -> Iterator[Log]:
    session = superuser_session
    try:
        session.execute(text("SET LOCAL session_replication_role = replica"))
    except DatabaseError:
        session.rollback()
        pytest.skip("only a superuser can switch the triggers off; this server's owner is none")
    subjects = [new_id() for _ in range(SIZE + 2)]
    events = [note(session, f"note {number}", subject_id=subject) for number, subject in enumerate(subjects[:SIZE])]
    seal_all(session, batch_size=3)
    events += [note(session, "waits", subject_id=subject) for subject in subjects[SIZE:]]
    yield Log(session, events, subjects)
    session.rollback()
