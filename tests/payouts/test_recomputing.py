"""The log's word against the live rows: every altered amount is named."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.audit.verifying import verify
from marketplace.entrypoints.recomputing import load_recomputers
from tests.audit.parts import SIGNER, seal_all
from tests.builders.payouts import Finance, execute, make_approved_run, sandbox
from tests.builders.settlement import Chain

ALTERATIONS = {
    "installment": "UPDATE installment SET amount = amount + 1 WHERE state = 'paid' AND payee_kind = 'worker'",
    "payout": "UPDATE payout SET rail_reference = 'tr_other' WHERE payee_kind = 'worker'",
    "payout_run": "UPDATE payout_run SET due_by = due_by + 1",
}


@pytest.mark.usefixtures("chain")
def test_a_true_log_verifies_and_each_alteration_is_named(session: Session, finance: Finance) -> None:
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    load_recomputers()
    seal_all(session)
    assert verify(session, SIGNER.verifier).ok
    for table, alteration in ALTERATIONS.items():
        with session.begin_nested() as before:
            session.execute(text(alteration))
            report = verify(session, SIGNER.verifier)
            before.rollback()
        assert report.finding is not None
        assert report.finding.table == table


def test_a_booking_is_recomputed_from_its_earnings(session: Session, chain: Chain) -> None:
    load_recomputers()
    seal_all(session)
    report = verify(session, SIGNER.verifier)
    assert report.ok, report.finding
    assert chain.workers
