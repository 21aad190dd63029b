"""I18 in the rows: who is told of a price by the log is a party to it."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from marketplace.ledger.checking import run_checks
from tests.builders.identity import make_organization
from tests.provenance.sold import Sold

TOLD = "UPDATE audit_event SET organization_ids = organization_ids || '{stranger}'::uuid WHERE kind LIKE '{kind}'"


@pytest.mark.parametrize(
    "statement",
    [
        *(
            TOLD.replace("{kind}", kind)
            for kind in (
                "contract.offered",
                "contract.accepted",
                "amendment.proposed",
                "tasks.opened",
                "installment.due",
                "payout.settled",
                "journal.posted",
                "payout_run.prepared",
            )
        ),
        "INSERT INTO audit_reader SELECT '{stranger}', number FROM audit_leaf WHERE number < 3",
        "UPDATE audit_event SET person_ids = person_ids || '{stranger}'::uuid WHERE kind = 'tasks.opened'",
    ],
)
def test_a_price_that_is_told_to_a_stranger_is_found(owner_engine: Engine, statement: str) -> None:
    with owner_engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            Sold(session, "finance_only")
            stranger = make_organization(session, "subcontractor").id
            session.flush()
            assert run_checks(session, ["I18"]).holds
            session.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
            altered = session.execute(text(statement.replace("{stranger}", str(stranger))))
            assert altered.rowcount > 0  # type: ignore[attr-defined]
            (result,) = run_checks(session, ["I18"]).results
            assert result.findings
        outer.rollback()
