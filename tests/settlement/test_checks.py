"""Each check finds what breaks its invariant. The damage is done with the rights of the tables' owner."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.ledger.checking import run_checks
from marketplace.settlement.checks import reserves_are_committed
from tests.builders.payouts import execute, make_approved_run, make_due_chain, make_finance, sandbox
from tests.server import Server

DAMAGES = {
    "I2": "UPDATE earning SET amount = amount + 1 WHERE payee_kind = 'worker'",
    "I4": "UPDATE installment SET amount = amount + 1 WHERE state = 'scheduled' AND payee_kind = 'worker'",
    "I7": "UPDATE installment SET state = 'due', payout_id = NULL, paid_at = NULL WHERE payee_kind = 'worker'",
    "I8": "UPDATE payout SET state = 'sent' WHERE payee_kind = 'worker'",
    "I15": "UPDATE installment SET paid_at = paid_at + interval '1 day' WHERE payee_kind = 'worker' AND state = 'paid'",
    "I16": "UPDATE payout_run SET approved_by = (SELECT payee_id FROM payout WHERE payee_kind = 'worker' LIMIT 1)",
    "I19": "UPDATE job_reserve SET committed_amount = committed_amount + 1",
    "E1": "UPDATE installment SET due_on = due_on + 1 WHERE state = 'scheduled'",
    "E3": "UPDATE job_reserve SET allowance_spent_amount = 1",
    "E6": "UPDATE payout SET advance_fee = 1, amount = amount - 1 WHERE payee_kind = 'worker'",
    "E2": "UPDATE payout SET carried_out = carried_out + 1",
}


@pytest.mark.slow
def test_each_check_finds_the_damage_to_its_invariant_and_nothing_before(
    committing_engine: Engine, committing_owner_engine: Engine
) -> None:
    with transaction(committing_engine) as session:
        make_due_chain(session, items=10, items_per_task=5)
        finance = make_finance(session)
        execute(session, finance, sandbox(session), make_approved_run(session, finance))
        assert run_checks(session).holds
    for name, damage in DAMAGES.items():
        with Session(committing_owner_engine) as owner:
            owner.execute(text("ALTER TABLE earning DISABLE TRIGGER USER"))
            owner.execute(text(damage))
            found = {result.check.name for result in run_checks(owner).results if result.findings}
            owner.rollback()
        assert name in found, f"{name} did not find: {damage}"


def _joins(plan: Any) -> Iterator[str]:
    if isinstance(plan, dict):
        yield from [plan["Node Type"]] if "Node Type" in plan else []
        for part in plan.values():
            yield from _joins(part)
    elif isinstance(plan, list):
        for part in plan:
            yield from _joins(part)


def _planned(session: Session, run: Any) -> set[str]:
    """The kinds of node in the plans of everything that is run."""
    seen: set[str] = set()

    def explain(_connection: Any, cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.startswith("-- I19") or "released AS" in statement:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", values)
            plan = cursor.fetchone()[0]
            seen.update(_joins(json.loads(plan) if isinstance(plan, str) else plan))

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", explain)
    try:
        run(session)
    finally:
        event.remove(engine, "before_cursor_execute", explain)
    return seen


def test_statistics_that_call_a_table_empty_lead_no_check_to_walk_it_row_by_row(
    server: Server, committing_database: str, committing_engine: Engine
) -> None:
    """As a vacuum leaves them behind that saw the rows of transactions that were rolled back."""
    with transaction(committing_engine) as session:
        make_due_chain(session, items=10, items_per_task=5)
    url = server.admin_url(committing_database).replace("postgresql://", "postgresql+psycopg://")
    admin = create_engine(url)
    with admin.begin() as connection:
        if not connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
            pytest.skip("The statistics are made up by a superuser.")
        connection.execute(text("UPDATE pg_class SET relpages = 50, reltuples = 0 WHERE relname IN ('task', 'seat')"))
    admin.dispose()
    with Session(committing_engine) as session:
        alone = _planned(session, lambda at: list(reserves_are_committed(at)))
        checked = _planned(session, lambda at: run_checks(at, ["I19"]))
        assert session.scalar(text("SELECT current_setting('enable_nestloop')")) == "on"
    assert "Nested Loop" in alone, "the test does not make up what it is about"
    assert "Nested Loop" not in checked
    assert "Hash Join" in checked or "Merge Join" in checked
