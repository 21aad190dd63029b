from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from marketplace.kernel.ids import new_id, public
from marketplace.ledger.checking import Finding, check, run_checks
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.accounts import DatedShare
from marketplace.ledger.recipes.earning import j3_answers_accepted, j4_pay_fell_due
from marketplace.ledger.recipes.funding import j2_job_funded
from tests.ledger.parts import ACTOR, DUE, OWN_CHECKS, cny, deposit, fill


def story(session: Session) -> None:
    """A deposit, a funded job, accepted answers, pay that fell due."""
    client, job = deposit(new_id()), new_id()
    share = DatedShare(new_id(), new_id(), DUE, cny("8.55"))
    fill(session, client, cny("10"))
    funded = j2_job_funded(client.owner_id or job, job, cny("9"))
    post(session, ACTOR, kind="J2", key="fund", pairs=funded, subject=("job", job))
    accepted = j3_answers_accepted(job, fee=cny("0.45"), margins=[], pay=[share])
    post(session, ACTOR, kind="J3", key="accept", pairs=accepted, subject=("claim", new_id()))
    post(session, ACTOR, kind="J4", key="due", pairs=j4_pay_fell_due(share), subject=("installment", new_id()))


@contextmanager
def altered(engine: Engine) -> Iterator[tuple[Session, Connection]]:
    """The story, in a transaction of the owner, in which no constraint or trigger holds; rolled back."""
    with engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint") as session:
            story(session)
            session.flush()
            for table in ("account", "account_balance", "journal", "posting", "audit_event"):
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            connection.execute(text("ALTER TABLE posting DROP CONSTRAINT ck_posting_amount_positive"))
            connection.execute(text("ALTER TABLE account_balance DROP CONSTRAINT ck_account_balance_right_side"))
            yield session, connection
        outer.rollback()


def failures(session: Session) -> dict[str, tuple[Finding, ...]]:
    report = run_checks(session, OWN_CHECKS)
    assert report.holds == (not any(result.findings for result in report.results))
    return {result.check.name: result.findings for result in report.results if result.findings}


def test_all_checks_hold_after_an_ordinary_story(session: Session) -> None:
    story(session)
    assert failures(session) == {}


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("UPDATE posting SET amount = -amount WHERE amount = 450000", {"I1", "I6", "I10", "I12", "I17"}),
        ("UPDATE posting SET amount = amount + 1 WHERE amount = 450000", {"I10", "I12", "I17"}),
        ("UPDATE account_balance SET balance = balance + 1 WHERE balance = 8550000", {"I10"}),
        ("UPDATE account_balance SET balance = -1 WHERE balance = 8550000", {"I5", "I10"}),
        ("DELETE FROM account_balance WHERE balance = 8550000", {"I5"}),
        ("UPDATE journal SET subject_id = uuid7() WHERE kind = 'J3'", {"I12", "I17"}),
        ("UPDATE journal SET subject_noun = 'nothing' WHERE kind = 'J3'", {"I12", "I17"}),
        ("UPDATE journal SET effective_on = effective_on + 1 WHERE kind = 'J3'", {"I12"}),
        ("UPDATE journal SET kind = 'J4' WHERE kind = 'J3'", {"I12", "I17", "R10"}),
        ("DELETE FROM audit_event WHERE kind = 'journal.posted'", {"I12"}),
        ("DELETE FROM posting WHERE amount = 450000", {"I10", "I12", "I17"}),
        ("UPDATE account SET owner_id = uuid7() WHERE code = 2130", {"I12", "I17"}),
        ("UPDATE account SET code = 5010, owner_id = NULL WHERE code = 2130", {"I12", "I13", "I17", "R10"}),
        ("UPDATE account SET code = 1230 WHERE code = 1100", {"I12", "I17", "R10"}),
        ("UPDATE account SET code = 1010 WHERE code IN (1100)", {"I6", "I12", "I17", "R10"}),
        (
            """
            INSERT INTO journal
                (id, kind, key, payload_hash, subject_noun, subject_id, effective_on, actor, reverses_id)
            SELECT uuid7(), 'J10a', 'r', '', subject_noun, subject_id, effective_on, actor, id
            FROM journal WHERE kind = 'J4'
            """,
            {"I12", "I14", "I17"},
        ),
    ],
)
def test_what_a_superuser_alters_is_found(owner_engine: Engine, statement: str, names: set[str]) -> None:
    with altered(owner_engine) as (session, connection):
        assert connection.execute(text(statement)).rowcount >= 1
        assert set(failures(session)) == names


def test_a_finding_names_the_journal(owner_engine: Engine) -> None:
    with altered(owner_engine) as (session, connection):
        connection.execute(text("UPDATE posting SET amount = amount + 1 WHERE amount = 450000"))
        journal_id = connection.execute(text("SELECT id FROM journal WHERE kind = 'J3'")).scalar_one()
        assert failures(session)["I12"][0].subject == public("journal", journal_id)


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match="I1 already"):
        check("I1", "again")(lambda _: iter(()))
