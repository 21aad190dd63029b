"""Journals that come while a month is closed or opened again: each is in the totals, or finds the month closed."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, text

from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.kernel.ids import new_id
from marketplace.ledger.chart import AccountRef
from marketplace.ledger.checking import run_checks
from marketplace.ledger.period_models import PeriodProposal
from marketplace.ledger.periods import approve, propose_close, propose_reopen
from marketplace.ledger.posting import Posted, hold, post
from marketplace.ledger.recipes.funding import j2_job_funded
from tests.builders.payouts import Finance, make_finance
from tests.builders.settlement import move_clock_to
from tests.ledger.parts import ACTOR, OWN_CHECKS, cny, deposit, fill
from tests.ledger.test_periods import JANUARY, close, fund, refused


def waits_for_the_door(engine: Engine) -> None:
    """Return once somebody waits for an advisory lock."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with engine.connect() as connection:
        while not connection.execute(waiting).scalar_one():
            connection.rollback()


def waits_for_an_account(engine: Engine) -> None:
    """Return once somebody waits for another's row."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted")
    with engine.connect() as connection:
        while not connection.execute(waiting).scalar_one():
            connection.rollback()


def market_in_february(engine: Engine) -> tuple[AccountRef, Finance, PeriodProposal]:
    client = deposit(new_id())
    with transaction(engine) as session:
        move_clock_to(session, dt.date(2027, 1, 10))
        fill(session, client, cny("10"))
        finance = make_finance(session)
    with transaction(engine) as session:
        move_clock_to(session, dt.date(2027, 2, 2))
        proposal = propose_close(session, finance.preparer, JANUARY)
    return client, finance, proposal


def test_a_journal_under_way_is_waited_for_and_makes_another_proposal_necessary(committing_engine: Engine) -> None:
    client, finance, proposal = market_in_february(committing_engine)

    def decide() -> None:
        with transaction(committing_engine) as session:
            approve(session, finance.approver, proposal.id)

    with ThreadPoolExecutor(1) as pool:
        with transaction(committing_engine) as session:
            fund(session, client, "late", dt.date(2027, 1, 31))
            closing = pool.submit(decide)
            waits_for_the_door(committing_engine)
        assert refused(closing.result) == "period_changed"
    with transaction(committing_engine) as session:
        close(session, finance, JANUARY)


def test_a_journal_that_comes_while_the_month_is_closed_waits_and_finds_it_closed(committing_engine: Engine) -> None:
    client, finance, proposal = market_in_february(committing_engine)

    def late() -> None:
        with transaction(committing_engine) as session:
            fund(session, client, "late", dt.date(2027, 1, 31))

    def today() -> Posted:
        with transaction(committing_engine) as session:
            return fund(session, client, "today")

    with ThreadPoolExecutor(2) as pool:
        with transaction(committing_engine) as session:
            approve(session, finance.approver, proposal.id)
            too_late, in_time = pool.submit(late), pool.submit(today)
            waits_for_the_door(committing_engine)
        assert refused(too_late.result) == "period_closed"
        assert in_time.result().effective_on == dt.date(2027, 2, 2)


def test_who_posts_twice_gets_past_who_waits_to_close_the_month(committing_engine: Engine) -> None:
    client, finance, proposal = market_in_february(committing_engine)
    held = threading.Event()

    def decide() -> None:
        with transaction(committing_engine) as session:
            approve(session, finance.approver, proposal.id)

    def other() -> None:
        # It has the account and waits at the door, behind who closes.
        held.wait()
        with transaction(committing_engine) as session:
            fund(session, client, "other")

    with ThreadPoolExecutor(2) as pool:
        with transaction(committing_engine) as session:
            fill(session, deposit(new_id()), cny("1"), key="first")
            closing = pool.submit(decide)
            waits_for_the_door(committing_engine)
            others = pool.submit(other)
            held.set()
            while session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")) < 2:
                pass
            fund(session, client, "second")
        closing.result()
        others.result()
    with transaction(committing_engine) as session:
        assert market_now(session).date() == dt.date(2027, 2, 2)
        assert run_checks(session, OWN_CHECKS).holds


def test_who_began_before_a_month_was_reopened_is_refused_and_may_come_again(committing_engine: Engine) -> None:
    client, finance, proposal = market_in_february(committing_engine)
    job = new_id()
    pairs = j2_job_funded(client.owner_id or job, job, cny("1"))
    with transaction(committing_engine) as session:
        approve(session, finance.approver, proposal.id)
    with transaction(committing_engine) as session:
        # so that the accounts are there, and one statement does it
        post(session, ACTOR, kind="J2", key="early", pairs=pairs, subject=("job", job))
        wanted = propose_reopen(session, finance.preparer, proposal.id, "A statement came late.")

    def late() -> None:
        day = dt.date(2027, 1, 31)
        with transaction(committing_engine) as session:
            post(session, ACTOR, kind="J2", key="late", pairs=pairs, subject=("job", job), effective_on=day)

    with ThreadPoolExecutor(1) as pool:
        with transaction(committing_engine) as session:
            hold(session, [client])
            early = pool.submit(late)
            waits_for_an_account(committing_engine)
            approve(session, finance.approver, wanted.id)
        assert refused(early.result) == "period_closed"
    late()
    with transaction(committing_engine) as session:
        assert run_checks(session, OWN_CHECKS).holds
