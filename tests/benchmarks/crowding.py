"""A thousand jobs and a history of hundreds of thousands of claims, written straight into the tables.

What the verbs would need hours for: copies of a job made through them, and claims that were decided long ago.
"""

from contextlib import closing
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from marketplace.db.embedded import EmbeddedUrls
from marketplace.db.engine import make_engine, transaction
from marketplace.work.queueing import sort_out
from tests.benchmarks.filling import tidy
from tests.keys import KEYS

_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attgenerated = ''
"""
_HIRE = """
WITH people AS (
    INSERT INTO person (id, name, email)
    SELECT uuid7(), 'Worker ' || number, gen_random_uuid() || '@example.org' FROM generate_series(1, %s) AS number
    RETURNING id
) INSERT INTO worker (person_id, country, languages, adult_confirmed_at)
SELECT id, 'KE', '{en}', market_now() FROM people RETURNING person_id
"""
_FIRST_IN_LINE = "UPDATE batch SET queued_from = queued_from - interval '1 day' WHERE id = ANY(%s)"
_OTHER_COUNTRY = """
UPDATE job SET screening_countries = '{IS}' WHERE id IN (SELECT job_id FROM batch WHERE id = ANY(%s))
"""
_HISTORY = """
WITH taken AS (
    UPDATE seat SET state = 'done'
    WHERE id IN (SELECT id FROM seat WHERE batch_id = %(batch)s AND state = 'open' ORDER BY id LIMIT %(count)s)
    RETURNING id, task_id
), numbered AS (SELECT taken.*, row_number() OVER (ORDER BY id) AS number FROM taken),
tasks AS (UPDATE task SET state = 'done' FROM taken WHERE task.id = taken.task_id)
INSERT INTO claim (id, seat_id, task_id, batch_id, job_id, worker_id, state, price_chain_id, guideline_version,
                   terms_hash, item_count, claimed_at, submitted_at, decided_at)
SELECT uuid7(), numbered.id, numbered.task_id, batch.id, batch.job_id,
       (%(workers)s::uuid[])[1 + numbered.number %% cardinality(%(workers)s::uuid[])], 'decided',
       batch.price_chain_id, job.guideline_version, batch.terms_hash, 1, market_now(), market_now(), market_now()
FROM numbered CROSS JOIN batch JOIN job ON job.id = batch.job_id
WHERE batch.id = %(batch)s
"""


def hire(urls: EmbeddedUrls, count: int) -> list[UUID]:
    """Workers of the open crowd."""
    with closing(psycopg.connect(urls.owner)) as connection, connection:
        return [row[0] for row in connection.execute(_HIRE, (count,))]


def copy_jobs(urls: EmbeddedUrls, batch_id: UUID, count: int) -> list[UUID]:
    """Further open jobs, each like the one of this batch with its contract, items, tasks and seats: their batches."""
    with closing(psycopg.connect(urls.superuser)) as connection, connection:
        connection.execute(
            "CREATE TEMPORARY TABLE copies ON COMMIT DROP AS"
            " SELECT uuid7() AS job_id, uuid7() AS contract_id, uuid7() AS batch_id FROM generate_series(1, %s::int)",
            (count,),
        )
        found = connection.execute("SELECT job_id, contract_id FROM batch WHERE id = %s", (batch_id,)).fetchone()
        assert found is not None, "the batch is there"
        job_id, contract_id = found
        _copy(connection, "job", "id", job_id, {"id": "copies.job_id"})
        _copy(connection, "contract", "id", contract_id, {"id": "copies.contract_id", "job_id": "copies.job_id"})
        ids = {"id": "copies.batch_id", "job_id": "copies.job_id", "contract_id": "copies.contract_id"}
        _copy(connection, "batch", "id", batch_id, ids)
        _copy(connection, "job_rate", "job_id", job_id, {"job_id": "copies.job_id"})
        _copy(connection, "item", "job_id", job_id, {"id": "uuid7()", "job_id": "copies.job_id"})
        ids = {"id": "uuid7()", "job_id": "copies.job_id", "batch_id": "copies.batch_id"}
        _copy(connection, "task", "batch_id", batch_id, ids)
        connection.execute(
            "INSERT INTO seat (batch_id, task_id) SELECT batch_id, id FROM task"
            " WHERE batch_id IN (SELECT batch_id FROM copies)"
        )
        return [row[0] for row in connection.execute("SELECT batch_id FROM copies")]


def _copy(connection: psycopg.Connection[Any], table: str, column: str, value: UUID, ids: dict[str, str]) -> None:
    names = [row[0] for row in connection.execute(_COLUMNS, (table,))]
    values = [sql.SQL(ids[name]) if name in ids else sql.Identifier(table, name) for name in names]
    connection.execute(
        sql.SQL(
            "INSERT INTO {table} ({names}) SELECT {values} FROM {table} CROSS JOIN copies WHERE {column} = {value}"
        ).format(
            table=sql.Identifier(table),
            names=sql.SQL(", ").join(map(sql.Identifier, names)),
            values=sql.SQL(", ").join(values),
            column=sql.Identifier(table, column),
            value=sql.Literal(value),
        )
    )


def offer(urls: EmbeddedUrls, batches: list[UUID], *, offered: bool) -> None:
    """Have these batches stand in line, or none of them."""
    with closing(psycopg.connect(urls.superuser)) as connection, connection:
        connection.execute("UPDATE batch SET claimable = %s WHERE id = ANY(%s)", (offered, batches))
    tidy(urls.superuser)


def exhaust(urls: EmbeddedUrls, batches: list[UUID]) -> None:
    """Let these batches have no open seat; they stay first in line, as they do until the next sweep."""
    with closing(psycopg.connect(urls.superuser)) as connection, connection:
        connection.execute("UPDATE seat SET state = 'claimed' WHERE batch_id = ANY(%s)", (batches,))
        connection.execute(_FIRST_IN_LINE, (batches,))


def close_to_workers(urls: EmbeddedUrls, batches: list[UUID]) -> None:
    """Let the jobs of these batches ask for a country that no worker is from, and be first in line."""
    with closing(psycopg.connect(urls.superuser)) as connection, connection:
        connection.execute(_OTHER_COUNTRY, (batches,))
        connection.execute(_FIRST_IN_LINE, (batches,))


def sweep(urls: EmbeddedUrls) -> None:
    """What the product's sweep does with batches that are exhausted."""
    engine = make_engine(urls.app, application_name="piecework benchmark", keys=KEYS)
    while True:
        with transaction(engine) as session:
            if not sort_out(session, 1_000):
                break
    engine.dispose()


def let_have_done(urls: EmbeddedUrls, batch_id: UUID, workers: list[UUID], claims_each: int) -> None:
    """So many decided claims of each worker in the batch."""
    with closing(psycopg.connect(urls.superuser)) as connection, connection:
        count = len(workers) * claims_each
        connection.execute(_HISTORY, {"batch": batch_id, "workers": workers, "count": count})
    tidy(urls.superuser)
