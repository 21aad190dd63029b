import datetime as dt
from collections.abc import Callable

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.models import Account, Journal, Posting
from marketplace.ledger.posting import Pair, Posted, hold, post
from marketplace.ledger.recipes.accounts import DatedShare, held, in_flight, pay_due, rail_available
from marketplace.ledger.recipes.earning import j3_answers_accepted, j4_pay_fell_due
from marketplace.ledger.recipes.funding import j2_job_funded
from marketplace.ledger.recipes.paying import j5_submitted
from tests.ledger.parts import ACTOR, DUE, cny, deposit, fill, pending, reserve


def test_a_journal_moves_money_and_can_be_read_back(session: Session) -> None:
    client = deposit(new_id())

    posted = fill(session, client, cny("900"))

    journal = session.get_one(Journal, posted.journal_id)
    assert (journal.kind, journal.key, journal.actor, posted.replayed) == ("J1", "fill", "system:test", False)
    assert journal.effective_on == session.execute(select(func.date(func.market_now()))).scalar_one()
    assert balance(session, client) == cny("900")
    assert balance(session, pending()) == cny("0")
    assert balance(session, rail_available("sandbox", "CNY")) == cny("900")


def fund_pay(session: Session, share: DatedShare) -> None:
    """A worker's deferred pay, through all that comes before it."""
    client, job = deposit(new_id()), new_id()
    fill(session, client, share.amount)
    funded = j2_job_funded(client.owner_id or job, job, share.amount)
    post(session, ACTOR, kind="J2", key="fund", pairs=funded, subject=("job", job))
    accepted = j3_answers_accepted(job, fee=cny("0"), margins=[], pay=[share])
    post(session, ACTOR, kind="J3", key="accept", pairs=accepted, subject=("claim", job))


def test_an_account_that_never_had_a_posting_holds_nothing(session: Session) -> None:
    assert balance(session, deposit(new_id())) == cny("0")
    assert balance(session, AccountRef(Code.CAPITAL, "CNY")) == cny("0")


def test_the_same_key_and_content_post_once(session: Session) -> None:
    client, job = deposit(new_id()), new_id()
    fill(session, client, cny("10"))
    pairs = [Pair(client, reserve(job), cny("10"))]

    first = post(session, ACTOR, kind="J2", key="fund", pairs=pairs, subject=("job", job))
    # The account is empty now: a replay is recognized before any balance is looked at.
    again = post(session, ACTOR, kind="J2", key="fund", pairs=pairs, subject=("job", job))

    assert again == Posted(first.journal_id, first.effective_on, replayed=True)
    assert balance(session, reserve(job)) == cny("10")


def test_the_same_key_with_another_content_is_refused(session: Session) -> None:
    client = deposit(new_id())
    fill(session, client, cny("10"))

    with pytest.raises(DomainError) as refusal:
        fill(session, client, cny("11"))

    assert refusal.value.slug == "journal_key_reused"
    assert balance(session, client) == cny("10")


def test_an_account_never_falls_below_zero_and_a_refusal_leaves_nothing_behind(session: Session) -> None:
    client, job = deposit(new_id()), new_id()
    fill(session, client, cny("10"))
    pairs = [Pair(client, reserve(job), cny("10.000001"))]

    with pytest.raises(DomainError) as refusal:
        post(session, ACTOR, kind="J2", key="fund", pairs=pairs, subject=("job", job))

    assert refusal.value.slug == "balance_insufficient"
    assert "client's deposit" in refusal.value.detail
    assert "10.000001 CNY" in refusal.value.detail
    assert balance(session, client) == cny("10")
    assert session.scalars(select(Journal).where(Journal.key == "fund")).all() == []


def test_what_counts_is_the_balance_after_the_whole_journal(session: Session) -> None:
    worker, contract = new_id(), new_id()
    share = DatedShare(worker, contract, DUE, cny("5"))
    fund_pay(session, share)
    # What is due is credited and debited by one journal; only the difference must be there.
    pairs = [
        Pair(pay_due(worker, "CNY"), held(worker, "a reason", "CNY"), cny("5")),
        Pair(in_flight(worker, "CNY"), pay_due(worker, "CNY"), cny("5")),
    ]
    post(session, ACTOR, kind="J4", key="due", pairs=j4_pay_fell_due(share), subject=("installment", worker))
    submitted = j5_submitted(worker, pay_due(worker, "CNY"), cny("5"))
    post(session, ACTOR, kind="J5", key="submit", pairs=submitted, subject=("payout", worker))

    post(session, ACTOR, kind="J7", key="through", pairs=pairs, subject=("payout", worker))

    assert balance(session, pay_due(worker, "CNY")) == cny("0")
    assert balance(session, held(worker, "a reason", "CNY")) == cny("5")


def test_zero_amounts_are_dropped_and_equal_routes_are_summed(session: Session) -> None:
    client, other = deposit(new_id()), deposit(new_id())
    pairs = [
        Pair(pending(), client, cny("1")),
        Pair(pending(), other, cny("0")),
        Pair(pending(), client, cny("2")),
        Pair(rail_available("sandbox", "CNY"), pending(), cny("3")),
    ]

    posted = post(session, ACTOR, kind="J1", key="k", pairs=pairs, subject=("deposit", new_id()))

    amounts = session.scalars(select(Posting.amount).where(Posting.journal_id == posted.journal_id)).all()
    assert amounts == [cny("3").amount, cny("3").amount]
    assert session.scalars(select(Account).where(Account.owner_id == other.owner_id)).all() == []


def test_each_journal_moves_money_only_between_its_own_accounts(session: Session) -> None:
    client, worker = deposit(new_id()), new_id()
    fill(session, client, cny("5"))
    pairs = [Pair(client, pay_due(worker, "CNY"), cny("5"))]

    for kind in ("J2", "J99"):
        with pytest.raises(ValueError, match=f"{kind} 2010/2130"):
            post(session, ACTOR, kind=kind, key="k", pairs=pairs, subject=("job", worker))


def test_a_journal_is_reversed_by_its_mirror_alone_and_once(session: Session) -> None:
    client, job = deposit(new_id()), new_id()
    fill(session, client, cny("5"))
    forth = [Pair(client, reserve(job), cny("5"))]
    back = [Pair(reserve(job), client, cny("5"))]
    first = post(session, ACTOR, kind="J2", key="k", pairs=forth, subject=("job", job)).journal_id

    with pytest.raises(ValueError, match="only its mirror"):
        post(session, ACTOR, kind="J10a", key="r", pairs=forth, subject=("job", job), reverses=first)
    post(session, ACTOR, kind="J10a", key="r", pairs=back, subject=("job", job), reverses=first)
    assert balance(session, client) == cny("5")
    post(session, ACTOR, kind="J2", key="k2", pairs=forth, subject=("job", job))
    with pytest.raises(IntegrityError, match="uq_journal_reverses_id"), session.begin_nested():
        post(session, ACTOR, kind="J10a", key="r2", pairs=back, subject=("job", job), reverses=first)


def test_a_journal_that_moves_nothing_is_an_error(session: Session) -> None:
    with pytest.raises(ValueError, match="moves nothing"):
        fill(session, deposit(new_id()), cny("0"))


def test_a_negative_amount_or_two_currencies_or_one_account_are_no_posting() -> None:
    client = deposit(new_id())
    for debit, credit, amount in (
        (pending(), client, -cny("1")),
        (pending("USD"), client, cny("1")),
        (pending(), client, Money.parse("1", "USD")),
        (client, client, cny("1")),
    ):
        with pytest.raises(ValueError, match="posting"):
            Pair(debit, credit, amount)


def test_an_account_has_just_the_dimensions_of_its_chart_line() -> None:
    with pytest.raises(ValueError, match="contract, due, owner"):
        AccountRef(Code.PAY_DEFERRED, "CNY", owner_id=new_id())
    with pytest.raises(ValueError, match="none"):
        AccountRef(Code.PLATFORM_FEE, "CNY", owner_id=new_id())
    with pytest.raises(DomainError, match="money_invalid"):
        AccountRef(Code.PLATFORM_FEE, "XXX")


def test_program_and_database_make_the_same_key_of_an_account(session: Session) -> None:
    refs = [
        AccountRef(Code.PAY_DEFERRED, "CNY", owner_id=new_id(), contract_id=new_id(), due_on=dt.date(1999, 12, 30)),
        AccountRef(Code.MARGIN_DEFERRED, "CNY", owner_id=new_id(), contract_id=new_id(), due_on=dt.date(2027, 7, 31)),
        AccountRef(Code.HELD, "CNY", owner_id=new_id(), label="payee cannot be paid / for a reason"),
        AccountRef(Code.UNCLAIMED, "CNY"),
    ]

    hold(session, refs)

    stored = set(session.scalars(select(Account.key)).all())

    assert {ref.key for ref in refs} <= stored


def test_the_audit_log_holds_the_journal_as_it_was_posted(session: Session) -> None:
    client = deposit(new_id())
    posted = fill(session, client, cny("0.045"))

    event = session.scalars(select(AuditEvent).where(AuditEvent.subject_id == posted.journal_id)).one()

    assert event.kind == "journal.posted"
    assert b'"amount":{"amount":"0.045","currency":"CNY"}' in event.body
    assert (event.organization_ids, event.person_ids) == ([], [])


def test_accounts_can_be_held_before_they_have_a_posting(session: Session) -> None:
    client = deposit(new_id())

    hold(session, [client, pending()])

    assert balance(session, client) == cny("0")


@pytest.mark.parametrize(
    "statement", ["UPDATE posting SET amount = amount + 1", "DELETE FROM posting", "TRUNCATE posting"]
)
def test_the_program_may_not_change_postings(session: Session, statement: str) -> None:
    fill(session, deposit(new_id()), cny("1"))
    with pytest.raises(ProgrammingError, match="permission denied"), session.begin_nested():
        session.execute(text(statement))


@pytest.mark.parametrize(("table", "column"), [("account", "code"), ("journal", "kind"), ("posting", "amount")])
def test_not_even_the_owner_changes_books(
    committing_owner_engine: Engine, committing_engine: Engine, table: str, column: str
) -> None:
    with Session(committing_engine) as session, session.begin():
        fill(session, deposit(new_id()), cny("1"))
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE", f"UPDATE {table} SET {column} = {column}"):
        with committing_owner_engine.connect() as connection, pytest.raises(DBAPIError, match="never changed"):
            connection.execute(text(statement))


def refused_by_the_database(session: Session, statement: str) -> str:
    with pytest.raises(IntegrityError) as refusal, session.begin_nested():
        session.execute(text(statement))
    return str(refusal.value)


def test_the_database_itself_refuses_a_bad_posting(session: Session) -> None:
    client = deposit(new_id())
    posted = fill(session, client, cny("1"))
    fill(session, deposit(new_id(), "USD"), Money.parse("1", "USD"), key="usd")
    ids = dict(session.execute(select(Account.key, Account.id)).all())
    ours, theirs = ids[client.key], ids[pending("USD").key]
    insert: Callable[[int, int, int], str] = lambda debit, credit, amount: (  # noqa: E731
        "INSERT INTO posting (journal_id, debit_account_id, credit_account_id, amount, currency) "
        f"VALUES ('{posted.journal_id}', {debit}, {credit}, {amount}, 'CNY')"
    )

    assert "ck_posting_amount_positive" in refused_by_the_database(session, insert(ids[pending().key], ours, 0))
    assert "ck_posting_two_accounts" in refused_by_the_database(session, insert(ours, ours, 1))
    assert "fk_posting_debit_account" in refused_by_the_database(session, insert(theirs, ours, 1))
    assert "ck_account_balance_right_side" in refused_by_the_database(
        session, f"UPDATE account_balance SET balance = -1 WHERE account_id = {ours}"
    )
