"""The baseline of accepting in bulk: the same rows for a hundred claims, by statements that check and look up nothing.

Everything is known beforehand: ids, amounts, accounts. Nothing is locked but by writing it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from marketplace.kernel.ids import new_id

_MOVE = (
    "UPDATE answer SET state = 'accepted', decided_at = %(now)s WHERE id = ANY(%(answers)s)",
    "UPDATE claim SET state = 'decided', decided_at = %(now)s WHERE id = ANY(%(claims)s)",
    "UPDATE seat SET state = 'done' WHERE id = ANY(%(seats)s)",
    "UPDATE task SET state = 'done' WHERE id = ANY(%(tasks)s)",
    (
        "INSERT INTO review "
        "(id, answer_id, attempt, verdict, reviewer_person_id, reviewer_organization_id, created_at) "
        "SELECT uuid7(), id, 1, 'accept', %(reviewer)s, %(organization)s, %(now)s FROM unnest(%(answers)s::uuid[]) id"
    ),
    "UPDATE job_reserve SET committed_amount = committed_amount - %(price)s WHERE job_id = %(job)s",
    "UPDATE review_count SET decided = decided + %(count)s WHERE contract_id = %(contract)s",
)
_BOOK = (
    (
        "UPDATE installment SET amount = installment.amount + given.amount "
        "FROM unnest(%(installments)s::uuid[], %(grown)s::bigint[]) given (id, amount) WHERE installment.id = given.id"
    ),
    (
        "INSERT INTO journal (id, kind, key, payload_hash, subject_noun, subject_id, effective_on, actor) "
        "VALUES (%(journal)s, 'J3', %(key)s, %(hash)s, 'batch', %(batch)s, %(now)s::date, 'bench')"
    ),
    (
        "INSERT INTO posting (journal_id, debit_account_id, credit_account_id, amount, currency) "
        "SELECT %(journal)s, debit, credit, amount, 'CNY' "
        "FROM unnest(%(debits)s::bigint[], %(credits)s::bigint[], %(amounts)s::bigint[]) given (debit, credit, amount)"
    ),
    (
        "UPDATE account_balance SET balance = balance + given.amount "
        "FROM unnest(%(changed)s::bigint[], %(changes)s::bigint[]) given (id, amount) WHERE account_id = given.id"
    ),
    (
        "INSERT INTO earning "
        "(id, answer_id, payee_kind, payee_id, contract_id, amount, currency, accepted_on, journal_id) "
        "SELECT id, answer, kind, payee, contract, amount, 'CNY', %(now)s::date, %(journal)s "
        "FROM unnest(%(e_ids)s::uuid[], %(e_answers)s::uuid[], %(e_kinds)s::text[], %(e_payees)s::uuid[], "
        "%(e_contracts)s::uuid[], %(e_amounts)s::bigint[]) given (id, answer, kind, payee, contract, amount)"
    ),
    (
        "INSERT INTO earning_share (earning_id, installment_id, amount) "
        "SELECT * FROM unnest(%(s_earnings)s::uuid[], %(s_installments)s::uuid[], %(s_amounts)s::bigint[])"
    ),
)
_RECORD = (
    "INSERT INTO audit_event (id, kind, subject_noun, subject_id, at, recorded_at, organization_ids, person_ids, body) "
    "VALUES (%(id)s, 'bench', 'batch', %(batch)s, %(now)s, %(now)s, '{}', '{}', %(body)s)"
)
_PENDING = "INSERT INTO audit_pending (recorded_at, event_id) VALUES (%(now)s, %(id)s)"
TABLES = ("review", "earning", "earning_share", "posting", "journal", "audit_event", "audit_pending")


@dataclass(frozen=True, slots=True)
class Template:
    """What one acceptance of so many claims wrote, by which the next ones are written: each by the same workers."""

    values: dict[str, Any]
    by_worker: dict[UUID, list[tuple[str, UUID, UUID, int, list[tuple[UUID, int]]]]]
    bodies: list[bytes]


def read_template(connection: psycopg.Connection[Any], job_id: UUID, batch_id: UUID, events: int) -> Template:
    """From the newest J3, of the batch, whose acceptance left so many events."""
    (journal,) = _one(connection, "SELECT id FROM journal WHERE kind = 'J3' ORDER BY id DESC LIMIT 1")
    postings = connection.execute(
        "SELECT debit_account_id, credit_account_id, amount FROM posting WHERE journal_id = %s ORDER BY id", (journal,)
    ).fetchall()
    shares = connection.execute(
        "SELECT e.id, c.worker_id, e.payee_kind, e.payee_id, e.contract_id, e.amount, s.installment_id, s.amount "
        "FROM earning e JOIN earning_share s ON s.earning_id = e.id JOIN answer a ON a.id = e.answer_id "
        "JOIN claim c ON c.id = a.claim_id WHERE e.journal_id = %s ORDER BY e.answer_id, e.id",
        (journal,),
    ).fetchall()
    by_worker: dict[UUID, dict[tuple[str, UUID, UUID, int], dict[UUID, int]]] = {}
    grown: dict[UUID, int] = {}
    for _, worker, kind, payee, contract, amount, installment, share in shares:
        by_worker.setdefault(worker, {}).setdefault((kind, payee, contract, amount), {})[installment] = share
        grown[installment] = grown.get(installment, 0) + share
    changes: dict[int, int] = {}
    for debit, credit, amount in postings:
        changes[debit] = changes.get(debit, 0) - amount
        changes[credit] = changes.get(credit, 0) + amount
    reviewer, organization, contract = _one(
        connection,
        "SELECT r.reviewer_person_id, r.reviewer_organization_id, b.contract_id FROM review r "
        "JOIN answer a ON a.id = r.answer_id JOIN claim c ON c.id = a.claim_id JOIN batch b ON b.id = c.batch_id "
        "WHERE b.id = %s LIMIT 1",
        batch_id,
    )
    bodies = connection.execute("SELECT body FROM audit_event ORDER BY id DESC LIMIT %s", (events,)).fetchall()
    values = {
        "debits": [row[0] for row in postings],
        "credits": [row[1] for row in postings],
        "amounts": [row[2] for row in postings],
        "changed": list(changes),
        "changes": list(changes.values()),
        "installments": list(grown),
        "grown": list(grown.values()),
        "price": sum(row[2] for row in postings),
        "job": job_id,
        "batch": batch_id,
        "contract": contract,
        "reviewer": reviewer,
        "organization": organization,
    }
    payees = {
        worker: [(*payee, list(parts.items())) for payee, parts in of_worker.items()]
        for worker, of_worker in by_worker.items()
    }
    return Template(values, payees, [bytes(row[0]) for row in bodies])


def prepare(connection: psycopg.Connection[Any], claim_ids: Sequence[UUID]) -> list[tuple[Any, ...]]:
    """What the statements are told of these claims: (claim, seat, task, worker, answer)."""
    return connection.execute(
        "SELECT c.id, c.seat_id, c.task_id, c.worker_id, a.id FROM claim c JOIN answer a ON a.claim_id = c.id "
        "WHERE c.id = ANY(%s) ORDER BY c.id",
        (list(claim_ids),),
    ).fetchall()


def accept(connection: psycopg.Connection[Any], template: Template, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write it all and commit."""
    cursor = connection.cursor()
    (now,) = cursor.execute("SELECT market_now()").fetchone() or (None,)
    answers = [row[4] for row in rows]
    earned = [
        (new_id(), row[4], kind, payee, contract, amount, parts)
        for row in rows
        for kind, payee, contract, amount, parts in template.by_worker[row[3]]
    ]
    shares = [(earning[0], installment, amount) for earning in earned for installment, amount in earning[6]]
    digest = hashlib.sha256(b"".join(answer.bytes for answer in answers)).digest()
    values = template.values | {
        "now": now,
        "count": len(rows),
        "claims": [row[0] for row in rows],
        "seats": [row[1] for row in rows],
        "tasks": [row[2] for row in rows],
        "answers": answers,
        "journal": new_id(),
        "key": f"bench:{digest.hex()}",
        "hash": digest,
        **{
            f"e_{name}": [earning[at] for earning in earned]
            for at, name in enumerate(("ids", "answers", "kinds", "payees", "contracts", "amounts"))
        },
        **{
            f"s_{name}": [share[at] for share in shares]
            for at, name in enumerate(("earnings", "installments", "amounts"))
        },
    }
    for statement in (*_MOVE, *_BOOK):
        cursor.execute(statement, values)
    for body in template.bodies:
        event = {"id": new_id(), "batch": values["batch"], "now": now, "body": body}
        cursor.execute(_RECORD, event)
        cursor.execute(_PENDING, event)
    connection.commit()


def count_rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table has that an acceptance adds to."""
    return {table: _one(connection, f"SELECT count(*) FROM {table}")[0] for table in TABLES}


def _one(connection: psycopg.Connection[Any], statement: str, *values: Any) -> tuple[Any, ...]:
    found: tuple[Any, ...] | None = connection.execute(statement, values).fetchone()
    assert found is not None
    return found
