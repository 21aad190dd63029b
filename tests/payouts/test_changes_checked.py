"""What is kept of a change is proved: by check X1, and by the log."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.audit.verifying import verify
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.rates import Rate
from marketplace.payouts.checks import changes_are_at_their_rates
from marketplace.payouts.models import PayoutRun
from tests.audit.parts import SIGNER, seal_all
from tests.builders.payouts import (
    Finance,
    execute,
)
from tests.builders.quotes import a_rate, hours_pass

TAMPERED = {
    "more than quoted": "UPDATE payout SET paid_amount = paid_amount + 10000 WHERE paid_currency IS NOT NULL",
    "more taken than it buys": "UPDATE payout SET amount = amount + 2, carried_out = carried_out - 2 "
    "WHERE paid_currency IS NOT NULL",
    "another rate": "UPDATE payout SET rate_id = (SELECT id FROM exchange_rate ORDER BY id DESC LIMIT 1) "
    "WHERE paid_currency IS NOT NULL",
    "as if the rail had changed it": "UPDATE payout SET cost = amount WHERE paid_currency IS NOT NULL",
}


@pytest.mark.parametrize("how", list(TAMPERED))
def test_the_check_sees_a_payout_that_differs_from_its_quote(
    session: Session, finance: Finance, rail: SandboxRail, changed: PayoutRun, how: str
) -> None:
    rail.script_rate(Rate.parse("18.0537", "CNY", "KES"), changes=False)
    execute(session, finance, rail, changed)
    a_rate(session, "18.1", by=finance.preparer)
    assert not list(changes_are_at_their_rates(session))

    with session.begin_nested() as before:
        session.execute(text(TAMPERED[how]))
        assert list(changes_are_at_their_rates(session))
        before.rollback()


def test_the_log_recomputes_what_was_quoted_and_paid(
    session: Session, finance: Finance, rail: SandboxRail, changed: PayoutRun
) -> None:
    hours_pass(session, 25)
    a_rate(session, "18.5", by=finance.preparer)
    execute(session, finance, rail, changed)
    load_recomputers()
    seal_all(session)
    report = verify(session, SIGNER.verifier)
    assert report.ok, report.finding
    for column in ("paid_amount", "cost"):
        with session.begin_nested() as before:
            session.execute(text(f"UPDATE payout SET {column} = {column} + 10000 WHERE paid_currency IS NOT NULL"))
            assert not verify(session, SIGNER.verifier).ok, column
            before.rollback()
