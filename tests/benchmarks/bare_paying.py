"""The baseline of paying out: the same rows by set-based statements that check, lock and log nothing."""

from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy import Engine, text

from marketplace.db.engine import transaction
from marketplace.kernel.ids import new_id
from marketplace.rails.models import DESTINATION, PayoutDestination

_PAYEES = """
INSERT INTO person (id, name, email) SELECT id, 'Payee', id || '@example.org'
FROM unnest(CAST(:ids AS uuid[])) id
"""
_ACCOUNTS = """
WITH opened AS (
    INSERT INTO account (code, currency, owner_id) SELECT 2130, 'CNY', id FROM unnest(CAST(:ids AS uuid[])) id
    RETURNING id
)
INSERT INTO account_balance (account_id, balance) SELECT id, 1000000000000 FROM opened
"""
_INSTALLMENTS = """
INSERT INTO installment (id, payee_kind, payee_id, contract_id, due_on, currency, amount, state, due_at)
SELECT uuid7(), 'worker', payee.id, :contract, CAST(market_now() AS date) - (1 + part), 'CNY',
       3500000 + 700 * part, 'due', market_now()
FROM generate_series(0, :each - 1) part
CROSS JOIN unnest(CAST(:ids AS uuid[])) payee (id)
"""
_PREPARE: Final = (
    (
        "INSERT INTO payout_run (id, rail, due_by, prepared_by, prepared_at) "
        "VALUES (%(run)s, 'sandbox', market_now()::date, %(person)s, market_now())"
    ),
    (
        "INSERT INTO payout (id, run_id, payee_kind, payee_id, currency, amount, carried_out, rail, "
        "destination_sealed, created_at) "
        "SELECT uuid7(), %(run)s, 'worker', due.payee_id, due.currency, due.amount / 10000 * 10000, "
        "due.amount %% 10000, 'sandbox', payout_destination.destination_sealed, market_now() "
        "FROM (SELECT payee_id, currency, sum(amount)::bigint AS amount FROM installment WHERE state = 'due' "
        "GROUP BY payee_id, currency) due "
        "JOIN payout_destination ON payout_destination.payee_id = due.payee_id AND rail = 'sandbox'"
    ),
    (
        "INSERT INTO payout_line (payout_id, installment_id, amount) "
        "SELECT payout.id, installment.id, installment.amount FROM installment "
        "JOIN payout ON payout.payee_id = installment.payee_id AND payout.run_id = %(run)s "
        "WHERE installment.state = 'due'"
    ),
    (
        "UPDATE installment SET state = 'in_payout', payout_id = payout.id FROM payout "
        "WHERE payout.payee_id = installment.payee_id AND payout.run_id = %(run)s AND installment.state = 'due'"
    ),
)
_SEND: Final = (
    (
        "CREATE TEMPORARY TABLE going AS SELECT id, payee_id, amount, uuid7() AS journal_id FROM payout "
        "WHERE run_id = %(run)s ORDER BY id LIMIT %(count)s"
    ),
    (
        "UPDATE payout SET state = 'sent', tries = 1, sent_at = market_now(), rail_reference = 'tr_' || payout.id "
        "FROM going WHERE going.id = payout.id"
    ),
    (
        "INSERT INTO payout_event (payout_id, kind, attempt, state_before, state_after) "
        "SELECT id, kind, 1, 'approved', 'sent' FROM going "
        "CROSS JOIN unnest(ARRAY['approved', 'submitted', 'sent']) kind"
    ),
    (
        "WITH opened AS (INSERT INTO account (code, currency, owner_id) SELECT 2300, 'CNY', id FROM going "
        "RETURNING id, owner_id) INSERT INTO account_balance (account_id, balance) "
        "SELECT opened.id, going.amount FROM opened JOIN going ON going.id = opened.owner_id"
    ),
    (
        "INSERT INTO journal (id, kind, key, payload_hash, subject_noun, subject_id, effective_on, actor) "
        "SELECT journal_id, 'J5', 'bench:' || id, ''::bytea, 'payout', id, market_now()::date, 'bench' FROM going"
    ),
    (
        "INSERT INTO posting (journal_id, debit_account_id, credit_account_id, amount, currency) "
        "SELECT journal_id, owed.id, flying.id, amount, 'CNY' FROM going "
        "JOIN account owed ON owed.owner_id = going.payee_id AND owed.code = 2130 "
        "JOIN account flying ON flying.owner_id = going.id AND flying.code = 2300"
    ),
    (
        "UPDATE account_balance SET balance = balance - going.amount FROM going "
        "JOIN account ON account.owner_id = going.payee_id AND account.code = 2130 "
        "WHERE account_balance.account_id = account.id"
    ),
    (
        "INSERT INTO audit_event (id, kind, subject_noun, subject_id, at, recorded_at, organization_ids, person_ids, "
        "body) SELECT uuid7(), 'bench', 'payout', id, market_now(), market_now(), '{}', '{}', "
        "convert_to(repeat('x', 300), 'UTF8') FROM going CROSS JOIN generate_series(1, 3)"
    ),
)
TABLES: Final = ("payout", "payout_line")


def fill(engine: Engine, contract_id: UUID, payees: int, installments: int) -> None:
    """So many workers who can be paid, and due installments of theirs, each worker's on other days."""
    ids = [new_id() for _ in range(payees)]
    with transaction(engine) as session:
        session.execute(text(_PAYEES), {"ids": ids})
        for payee_id in ids:
            row = PayoutDestination(payee_id=payee_id, rail="sandbox", payee_kind="worker")
            DESTINATION.put(session, row, f"acct_{payee_id.hex}")
            session.add(row)
        session.flush()
        session.execute(text(_ACCOUNTS), {"ids": ids})
        values = {"ids": ids, "each": installments // payees, "contract": contract_id}
        session.execute(text(_INSTALLMENTS), values)


def prepare(connection: psycopg.Connection[Any], person_id: UUID) -> UUID:
    """Put all that is due into one run, and commit; returns the run."""
    run_id = new_id()
    for statement in _PREPARE:
        connection.execute(statement, {"run": run_id, "person": person_id})
    connection.commit()
    return run_id


def send(connection: psycopg.Connection[Any], run_id: UUID, count: int) -> None:
    """Write what so many sent payouts of the run leave behind, and commit."""
    for statement in _SEND:
        connection.execute(statement, {"run": run_id, "count": count})
    connection.commit()


def count_rows(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table has that preparing adds to, but for the runs."""
    return {table: _count(connection, table) for table in TABLES}


def _count(connection: psycopg.Connection[Any], table: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert found is not None
    return int(found[0])
