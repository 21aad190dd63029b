"""Each check finds what breaks its invariant. The damage is done with the rights of the tables' owner."""

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.ledger.checking import run_checks
from tests.builders.payouts import execute, make_approved_run, make_due_chain, make_finance, sandbox

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
    "E2": "UPDATE payout SET carried_out = carried_out + 1",
}


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
