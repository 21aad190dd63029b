"""What the systems left in the database: as many rows as pairs were made, the same in each, and no task twice."""

from dataclasses import asdict, dataclass

import psycopg

from tests.benchmarks.market import Hands

# A claim and a submission of one item: one of each, and an event with its place in the queue for each of the two.
EXPECTED = {
    "claims": 1,
    "submitted_claims": 1,
    "claimed_seats": 1,
    "answers": 1,
    "audit_events": 2,
    "audit_pending": 2,
}
BODY_TOLERANCE = 0.10

_COUNTS = """
WITH claims AS (SELECT * FROM claim WHERE worker_id = ANY(%(workers)s)),
     events AS (SELECT event.* FROM audit_event event JOIN claims ON claims.id = event.subject_id)
SELECT (SELECT count(*) FROM claims),
       (SELECT count(*) FROM claims WHERE state = 'submitted'),
       (SELECT count(DISTINCT seat.id) FROM seat JOIN claims ON claims.seat_id = seat.id WHERE seat.state = 'claimed'),
       (SELECT count(*) FROM answer JOIN claims ON claims.id = answer.claim_id),
       (SELECT count(*) FROM events),
       (SELECT count(*) FROM audit_pending pending JOIN events ON events.id = pending.event_id),
       (SELECT coalesce(avg(octet_length(body)), 0)::float FROM events)
"""
_TWICE = """
SELECT count(*) FROM (SELECT task_id FROM claim GROUP BY task_id HAVING count(*) > 1) twice
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """How many rows a system wrote, and how long its events are on average, in bytes."""

    claims: int
    submitted_claims: int
    claimed_seats: int
    answers: int
    audit_events: int
    audit_pending: int
    event_bytes: float


def count_rows(url: str, hands: Hands) -> Rows:
    """The rows that these workers' claims have led to."""
    with psycopg.connect(url) as connection:
        found = connection.execute(_COUNTS, {"workers": hands.identifiers}).fetchone()
    assert found is not None
    return Rows(*found)


def tasks_given_twice(url: str) -> int:
    """Tasks with more than one claim; every task here has one seat."""
    with psycopg.connect(url) as connection:
        found = connection.execute(_TWICE).fetchone()
    assert found is not None
    return int(found[0])


def differences(name: str, rows: Rows, pairs: int, product: Rows) -> list[str]:
    """What is not as it must be after so many pairs, in words."""
    counts = asdict(rows)
    found = [
        f"{name}: {counts[what]} {what} after {pairs} pairs, expected {each * pairs}"
        for what, each in EXPECTED.items()
        if counts[what] != each * pairs
    ]
    if product.event_bytes and abs(rows.event_bytes / product.event_bytes - 1) > BODY_TOLERANCE:
        found.append(f"{name}: events of {rows.event_bytes:.0f} bytes, the product's have {product.event_bytes:.0f}")
    return found
