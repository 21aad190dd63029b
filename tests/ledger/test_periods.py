import csv
import datetime as dt
import hashlib

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.audit.sealing import seal
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.ledger.balances import trial_balance
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.checking import run_checks
from marketplace.ledger.period_models import ClosedPeriod
from marketplace.ledger.period_queries import balance_at_close, close_csv, period
from marketplace.ledger.periods import approve, month_balance, propose_close, refuse
from marketplace.ledger.posting import Posted, post
from marketplace.ledger.recipes.funding import j2_job_funded
from tests.audit.parts import SIGNER
from tests.builders.identity import make_staff
from tests.builders.payouts import Finance, make_finance
from tests.builders.settlement import move_clock_to
from tests.ledger.parts import ACTOR, cny, deposit, fill

JANUARY, FEBRUARY = "2027-01", "2027-02"


def fund(session: Session, client: AccountRef, key: str, on: dt.date | None = None) -> Posted:
    job = new_id()
    pairs = j2_job_funded(client.owner_id or job, job, cny("1"))
    return post(session, ACTOR, kind="J2", key=key, pairs=pairs, subject=("job", job), effective_on=on)


def close(session: Session, finance: Finance, month: str) -> ClosedPeriod:
    closed = approve(session, finance.approver, propose_close(session, finance.preparer, month).id).closed
    assert closed is not None
    return closed


def refused(doing: object, *values: object, **named: object) -> str:
    with pytest.raises(DomainError) as refusal:
        doing(*values, **named)  # type: ignore[operator]
    return refusal.value.errors[0].code if refusal.value.errors else refusal.value.slug


def test_nothing_is_recorded_any_more_that_is_effective_in_a_closed_month(session: Session, finance: Finance) -> None:
    client = deposit(new_id())
    fill(session, client, cny("10"))
    move_clock_to(session, dt.date(2027, 2, 2))

    close(session, finance, JANUARY)

    for day in (dt.date(2027, 1, 31), dt.date(2026, 7, 1)):
        assert refused(fund, session, client, f"late {day}", day) == "period_closed"
    fund(session, client, "on the first", dt.date(2027, 2, 1))
    assert fund(session, client, "today").effective_on == dt.date(2027, 2, 2)


def test_the_books_at_the_close_are_kept_and_said_in_the_log(session: Session, finance: Finance) -> None:
    client = deposit(new_id())
    fill(session, client, cny("10"))
    at_end = trial_balance(session, ACTOR)
    move_clock_to(session, dt.date(2027, 2, 3))
    fund(session, client, "in February")

    closed = close(session, finance, JANUARY)

    assert balance_at_close(session, closed.proposal_id) == at_end
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "period.closed")).one()
    assert closed.digest.hex() in event.body.decode()
    february_ends = trial_balance(session, ACTOR)
    move_clock_to(session, dt.date(2027, 3, 2))
    assert balance_at_close(session, close(session, finance, FEBRUARY).proposal_id) == february_ends


def test_what_was_posted_before_the_close_is_found_again_by_its_key(session: Session, finance: Finance) -> None:
    client, job = deposit(new_id()), new_id()
    fill(session, client, cny("10"))
    pairs = j2_job_funded(client.owner_id or job, job, cny("1"))
    again = {"kind": "J2", "key": "k", "pairs": pairs, "subject": ("job", job), "effective_on": dt.date(2027, 1, 10)}
    first = post(session, ACTOR, **again)  # type: ignore[arg-type]
    move_clock_to(session, dt.date(2027, 2, 2))
    close(session, finance, JANUARY)
    found = post(session, ACTOR, **again)  # type: ignore[arg-type]
    assert (found.journal_id, found.replayed) == (first.journal_id, True)


def test_two_people_close_a_month_and_only_finance_may(session: Session, finance: Finance) -> None:
    move_clock_to(session, dt.date(2027, 2, 2))
    assert refused(propose_close, session, make_staff(session, "operations"), JANUARY) == "forbidden"
    proposal = propose_close(session, finance.preparer, JANUARY)
    assert refused(approve, session, make_staff(session, "auditor"), proposal.id) == "forbidden"
    assert refused(approve, session, finance.preparer, proposal.id) == "period_two_people"
    assert refused(approve, session, finance.approver, new_id()) == "not_found"
    approve(session, finance.approver, proposal.id)
    assert refused(approve, session, finance.approver, proposal.id) == "state_conflict"


def test_only_what_was_seen_is_approved(session: Session, finance: Finance) -> None:
    client = deposit(new_id())
    fill(session, client, cny("10"))
    move_clock_to(session, dt.date(2027, 2, 2))
    first = propose_close(session, finance.preparer, JANUARY)
    fund(session, client, "late but in time", dt.date(2027, 1, 31))
    assert refused(approve, session, finance.approver, first.id) == "period_changed"
    second = propose_close(session, finance.preparer, JANUARY)
    assert refused(approve, session, finance.approver, first.id) == "state_conflict"
    assert [period(session, one.id).state for one in (first, second)] == ["superseded", "proposed"]
    approve(session, finance.approver, second.id)
    assert period(session, second.id).state == "closed"


@pytest.mark.parametrize(
    ("month", "code"),
    [
        ("2027-02", "month_not_over"),
        ("2027-13", "month_syntax"),
        ("2027-1", "month_syntax"),
        ("soon", "month_syntax"),
        ("2026-12", "month_closed"),
        ("2027-01", "month_closed"),
    ],
)
def test_a_month_is_closed_once_over_and_once(session: Session, finance: Finance, month: str, code: str) -> None:
    move_clock_to(session, dt.date(2027, 2, 2))
    close(session, finance, JANUARY)
    assert refused(propose_close, session, finance.preparer, month) == code


def test_on_the_day_after_its_end_a_month_cannot_be_closed_yet(session: Session, finance: Finance) -> None:
    move_clock_to(session, dt.date(2027, 2, 1))
    assert refused(propose_close, session, finance.preparer, JANUARY) == "month_not_over"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE closed_period_total SET debits = debits + 1 WHERE account_id = (SELECT min(id) FROM account)",
        "DELETE FROM closed_period_total WHERE account_id = (SELECT min(id) FROM account)",
        "UPDATE closed_period SET digest = sha256('other')",
        "UPDATE journal SET effective_on = '2027-01-31' WHERE key = 'in February'",
        "UPDATE journal SET effective_on = '2027-02-01' WHERE key = 'fill'",
        "UPDATE posting SET amount = amount + 1 WHERE journal_id = (SELECT id FROM journal WHERE key = 'fill')",
        "DELETE FROM closed_period_total; DELETE FROM closed_period",
        "UPDATE closed_period SET closed_by = (SELECT proposed_by FROM period_proposal)",
    ],
)
def test_altered_rows_of_a_closed_month_are_found(owner_engine: Engine, statement: str) -> None:
    with owner_engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            move_clock_to(session, dt.date(2027, 1, 10))
            client = deposit(new_id())
            fill(session, client, cny("10"))
            move_clock_to(session, dt.date(2027, 2, 2))
            fund(session, client, "in February")
            close(session, make_finance(session), JANUARY)
            assert run_checks(session, ["I11"]).holds
            for table in ("journal", "posting", "closed_period", "closed_period_total"):
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
            for part in statement.split("; "):
                session.execute(text(part))
            (result,) = run_checks(session, ["I11"]).results
            assert result.findings
        outer.rollback()


def test_the_program_may_not_change_what_was_closed(session: Session, finance: Finance) -> None:
    move_clock_to(session, dt.date(2027, 2, 2))
    close(session, finance, JANUARY)
    for table in ("period_proposal", "closed_period", "closed_period_total"):
        assert not session.scalar(text(f"SELECT has_table_privilege('{table}', 'UPDATE, DELETE')"))


def test_a_proposal_is_refused_or_taken_back_with_a_reason(session: Session, finance: Finance) -> None:
    move_clock_to(session, dt.date(2027, 2, 2))
    first = propose_close(session, finance.preparer, JANUARY)
    assert refused(refuse, session, finance.approver, first.id, "") == "required"
    assert refused(refuse, session, make_staff(session, "auditor"), first.id, "no") == "forbidden"
    view = refuse(session, finance.approver, first.id, "A statement is missing.")
    assert view.state == "refused"
    assert view.refusal is not None
    assert refused(approve, session, finance.approver, first.id) == "state_conflict"
    own = propose_close(session, finance.preparer, JANUARY)
    assert refuse(session, finance.preparer, own.id, "My mistake.").state == "refused"
    closed = close(session, finance, JANUARY)
    assert refused(refuse, session, finance.approver, closed.proposal_id, "late") == "state_conflict"


def test_whoever_has_the_file_of_a_close_reckons_its_digest(session: Session, finance: Finance) -> None:
    client = deposit(new_id())
    fill(session, client, cny("10"))
    move_clock_to(session, dt.date(2027, 2, 2))
    seal(session, SIGNER)
    closed = close(session, finance, JANUARY)
    head, *rows = csv.reader("".join(close_csv(session, ACTOR, closed.proposal_id)).splitlines(keepends=True))
    accounts = [dict(zip(head, row, strict=True)) for row in rows if "/" in row[0]]
    lines = "\n".join(f"{row['account']} {row['debits_units']} {row['credits_units']}" for row in accounts)
    said = {row[0]: row[1] for row in rows if "/" not in row[0]}
    assert hashlib.sha256(lines.encode()).hexdigest() == said["sha256"] == closed.digest.hex()
    assert (said["month"], said["checkpoint_tree_size"]) == (JANUARY, str(closed.tree_size))
    assert said["checkpoint"].startswith(f"{SIGNER.name}\n{closed.tree_size}\n")
    assert {row["balance"] for row in accounts if row["code"] == "2010"} == {"10.00"}


def test_what_a_month_holds_is_what_a_proposal_to_close_it_is_of(session: Session, finance: Finance) -> None:
    client = deposit(new_id())
    fill(session, client, cny("10"))
    at_end = trial_balance(session, ACTOR)
    move_clock_to(session, dt.date(2027, 2, 2))
    fund(session, client, "in February")
    found = month_balance(session, ACTOR, JANUARY)
    assert list(found.lines) == at_end
    assert found.digest == propose_close(session, finance.preparer, JANUARY).digest
    assert not month_balance(session, ACTOR, "2026-12").lines
    assert refused(month_balance, session, ACTOR, "9999-13") == "month_syntax"
