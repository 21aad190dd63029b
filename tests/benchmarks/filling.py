"""Claims and answers in numbers, written straight into the tables: what would take an hour through the verbs.

The rows are as the verbs leave them, but for their audit events.
"""

from collections.abc import Sequence
from contextlib import closing
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from marketplace.db.engine import transaction
from tests.builders.settlement import Chain, make_chain
from tests.builders.work import make_worker

_CLAIM = """
WITH taken AS (
    UPDATE seat SET state = 'claimed'
    WHERE id IN (SELECT id FROM seat WHERE batch_id = %(batch)s AND state = 'open' ORDER BY id LIMIT %(count)s)
    RETURNING id, task_id
), numbered AS (SELECT taken.*, row_number() OVER (ORDER BY id) AS number FROM taken)
INSERT INTO claim (id, seat_id, task_id, batch_id, job_id, worker_id, state, price_chain_id, guideline_version,
                   terms_hash, item_count, claimed_at, lease_until, submitted_at)
SELECT uuid7(), numbered.id, numbered.task_id, batch.id, batch.job_id,
       (%(workers)s::uuid[])[1 + numbered.number %% cardinality(%(workers)s::uuid[])], %(state)s, batch.price_chain_id,
       job.guideline_version, batch.terms_hash, task.item_count, market_now(),
       CASE %(state)s WHEN 'claimed' THEN market_now() + batch.lease_seconds * interval '1 second' END,
       CASE %(state)s WHEN 'submitted' THEN market_now() END
FROM numbered
JOIN task ON task.id = numbered.task_id
JOIN batch ON batch.id = task.batch_id
JOIN job ON job.id = batch.job_id
RETURNING id
"""
ANSWER = """
INSERT INTO answer (id, claim_id, item_id, job_id, ordinal, price_chain_id, content, submitted_at)
SELECT uuid7(), claim.id, item.id, claim.job_id, item.ordinal, claim.price_chain_id, '{"label": "car"}', market_now()
FROM claim
JOIN task ON task.id = claim.task_id
JOIN batch ON batch.id = claim.batch_id
CROSS JOIN LATERAL unnest(task.ordinals) AS run
JOIN item ON item.job_id = claim.job_id AND item.rate_code = batch.rate_code
     AND item.ordinal >= lower(run) AND item.ordinal < upper(run)
WHERE claim.id = ANY(%(claims)s)
"""


def open_chains(engine: Engine, count: int, items: int, **overrides: Any) -> list[Chain]:
    """So many jobs through two layers, each with one batch of tasks of one item, everything open."""
    chains = []
    for _ in range(count):
        with transaction(engine) as session:
            chains.append(make_chain(session, items=items, funds=f"{items}.00", **overrides))
    return chains


def hire_plainly(engine: Engine, count: int) -> list[UUID]:
    """New workers."""
    with transaction(engine) as session:
        return [make_worker(session, f"Worker {number}").person for number in range(count)]


def claim(owner_url: str, batch_id: UUID, workers: Sequence[UUID], count: int, state: str = "claimed") -> list[UUID]:
    """Claims of the next open seats, by the workers in turn; those that are submitted with an answer to each item."""
    with closing(psycopg.connect(owner_url)) as connection, connection:
        values = {"batch": batch_id, "count": count, "workers": list(workers), "state": state}
        claims = [row[0] for row in connection.execute(_CLAIM, values)]
        assert len(claims) == count, f"{len(claims)} of {count} seats were open"
        if state == "submitted":
            connection.execute(ANSWER, {"claims": claims})
    return claims


def tidy(superuser_url: str) -> None:
    """Leave no work of making it behind for what is measured."""
    with closing(psycopg.connect(superuser_url, autocommit=True)) as connection:
        connection.execute("VACUUM (ANALYZE)")
        connection.execute("CHECKPOINT")
