from collections.abc import Iterator

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.identity.models import Person
from marketplace.web.csv_files import csv_file
from marketplace.web.database import db
from tests.builders.identity import make_staff
from tests.builders.web import make_app


def test_a_file_is_of_one_moment_while_others_write(committing_engine: Engine) -> None:
    def lines(session: Session) -> Iterator[str]:
        for _ in range(3):
            yield f"{session.scalar(select(func.count()).select_from(Person))}\n"
            with transaction(committing_engine) as other:
                make_staff(other, "auditor")

    with transaction(committing_engine) as session:
        app = make_app(session, connection=None)
    with app.test_request_context():
        counted = csv_file("people", lines).get_data(as_text=True).split()
        db.engine.dispose()
    assert len(counted) == 3
    assert len(set(counted)) == 1
