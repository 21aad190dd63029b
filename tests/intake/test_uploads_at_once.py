from __future__ import annotations

from functools import partial
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.jobs.items import add_items
from marketplace.jobs.models import Item, JobRate
from marketplace.kernel.actor import Actor
from tests.builders.at_once import at_once
from tests.builders.jobs import make_job, make_party, text_rows

ROWS: Final = 300


def send(engine: Engine, client: Actor, job_id: UUID) -> None:
    with transaction(engine) as session:
        add_items(session, client, job_id, text_rows(ROWS))


def test_the_same_rows_sent_six_times_at_once_are_there_once(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        client = make_party(session)
        job_id = make_job(session, client).id
    assert at_once(*[partial(send, committing_engine, client, job_id)] * 6) == {"done": 6}
    with Session(committing_engine) as session:
        ordinals = session.scalars(select(Item.ordinal).order_by(Item.ordinal)).all()
        assert ordinals == list(range(1, ROWS + 1))
        assert session.scalars(select(JobRate.item_count)).all() == [ROWS]
        assert session.scalar(select(func.count(Item.external_id.distinct()))) == ROWS
