"""A closed month is opened again by two people, and the close stays in the record."""

import datetime as dt

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.audit.sealing import seal
from marketplace.kernel.ids import new_id
from marketplace.ledger.checking import run_checks
from marketplace.ledger.period_queries import balance_at_close, period
from marketplace.ledger.periods import approve, propose_reopen
from tests.audit.parts import SIGNER
from tests.builders.identity import make_staff
from tests.builders.payouts import Finance, make_finance
from tests.builders.settlement import move_clock_to
from tests.ledger.parts import cny, deposit, fill
from tests.ledger.test_periods import FEBRUARY, JANUARY, close, fund, refused


def test_two_people_open_a_month_again_and_the_close_stays_in_the_record(session: Session, finance: Finance) -> None:
    client = deposit(new_id())
    fill(session, client, cny("10"))
    move_clock_to(session, dt.date(2027, 2, 2))
    seal(session, SIGNER)
    first = close(session, finance, JANUARY)
    at_close = balance_at_close(session, first.proposal_id)
    assert first.tree_size is not None
    for reason in ("", " ", "x" * 2001):
        assert refused(propose_reopen, session, finance.preparer, first.proposal_id, reason) in ("required", "too_long")
    assert refused(propose_reopen, session, make_staff(session, "operations"), first.proposal_id, "why") == "forbidden"
    wanted = propose_reopen(session, finance.preparer, first.proposal_id, "A statement came late.")
    assert refused(approve, session, finance.preparer, wanted.id) == "period_two_people"
    assert refused(approve, session, finance.approver, wanted.id, action="close") == "state_conflict"
    assert refused(fund, session, client, "still closed", dt.date(2027, 1, 31)) == "period_closed"

    assert approve(session, finance.approver, wanted.id, action="reopen").state == "reopened"

    fund(session, client, "late", dt.date(2027, 1, 31))
    assert [period(session, one).state for one in (first.proposal_id, wanted.id)] == ["reopened", "reopened"]
    assert balance_at_close(session, first.proposal_id) == at_close
    assert refused(propose_reopen, session, finance.preparer, first.proposal_id, "again") == "state_conflict"
    second = close(session, finance, JANUARY)
    assert second.digest != first.digest
    assert refused(fund, session, client, "too late", dt.date(2027, 1, 31)) == "period_closed"
    assert run_checks(session, ["I11"]).holds
    kinds = session.scalars(select(AuditEvent.kind).where(AuditEvent.kind.like("period.%")).order_by(AuditEvent.id))
    proposed_and_closed = ["period.proposed", "period.closed"]
    assert list(kinds) == [*proposed_and_closed, "period.reopening_proposed", "period.reopened", *proposed_and_closed]


def test_a_later_closed_month_is_reopened_first(session: Session, finance: Finance) -> None:
    move_clock_to(session, dt.date(2027, 3, 2))
    january, february = close(session, finance, JANUARY), close(session, finance, FEBRUARY)
    assert refused(propose_reopen, session, finance.preparer, january.proposal_id, "why") == "period_later_closed"
    for closed in (february, january):
        wanted = propose_reopen(session, finance.preparer, closed.proposal_id, "why")
        approve(session, finance.approver, wanted.id)
    close(session, finance, FEBRUARY)
    assert run_checks(session, ["I11"]).holds


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE closed_period_total SET debits = debits + 1 WHERE account_id = (SELECT min(id) FROM account)",
        "DELETE FROM reopened_period",
        "UPDATE reopened_period SET reopened_by = (SELECT min(proposed_by::text)::uuid FROM period_proposal)",
        "UPDATE journal SET recorded_at = recorded_at - interval '1 hour' WHERE key = 'late'",
        "UPDATE closed_period SET tree_size = NULL",
        "DELETE FROM posting WHERE journal_id = (SELECT id FROM journal WHERE key = 'fill')",
    ],
)
def test_altered_rows_of_a_month_that_was_opened_again_are_found(owner_engine: Engine, statement: str) -> None:
    with owner_engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            move_clock_to(session, dt.date(2027, 1, 10))
            client = deposit(new_id())
            fill(session, client, cny("10"))
            seal(session, SIGNER)
            move_clock_to(session, dt.date(2027, 2, 2))
            people = make_finance(session)
            closed = close(session, people, JANUARY)
            wanted = propose_reopen(session, people.preparer, closed.proposal_id, "why")
            approve(session, people.approver, wanted.id)
            fund(session, client, "late", dt.date(2027, 1, 31))
            assert run_checks(session, ["I11"]).holds
            for table in ("journal", "posting", "closed_period", "closed_period_total", "reopened_period"):
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            session.execute(text(statement))
            (result,) = run_checks(session, ["I11"]).results
            assert result.findings
        outer.rollback()
