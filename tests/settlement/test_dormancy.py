"""Money that its payee does not fetch for years."""

import datetime as dt

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.recipes.accounts import held, pay_due
from marketplace.rails.methods import keep_destination
from marketplace.rails.models import PayoutDestination
from marketplace.settlement.dormancy import note_dormant, return_claimed
from marketplace.settlement.maturing import release_cured
from marketplace.settlement.models import Installment
from marketplace.settlement.queries import owed
from marketplace.settlement.states import BANK_REFUSED
from marketplace.settlement.stopping import hold_stopped
from tests.books import books_hold
from tests.builders.payees import move_to
from tests.builders.payouts import execute, make_approved_run, make_due_chain, make_finance, mature, payout_of, sandbox
from tests.builders.settlement import accept, hand_in, make_chain, move_clock_to
from tests.builders.work import make_worker
from tests.payouts.test_returning import it_comes_back, the_worker_is_paid

AFTER = dt.timedelta(days=1095)
UNCLAIMED = AccountRef(Code.UNCLAIMED, "CNY")


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


@pytest.fixture
def worker(session: Session) -> Actor:
    """A worker who has not said where to be paid, and half of whose one answer is held for that."""
    found = make_worker(session)
    chain = make_chain(session)
    accept(session, chain, hand_in(session, chain, found))
    mature(session)
    return found


def theirs(session: Session, worker: Actor) -> Installment:
    wanted = select(Installment).where(Installment.payee_id == worker.person).order_by(Installment.due_on).limit(1)
    return session.scalars(wanted.execution_options(populate_existing=True)).one()


def days_pass(session: Session, days: int) -> int:
    """Time passes, and the sweep runs until nothing is due."""
    move_clock_to(session, market_now(session) + dt.timedelta(days=days))
    done = 0
    while count := note_dormant(session, AFTER):
        done += count
    return done


def notices(session: Session) -> int:
    kind = AuditEvent.kind == "installment.dormancy_noticed"
    return session.scalar(select(func.count()).select_from(AuditEvent).where(kind)) or 0


def test_after_two_notices_and_three_years_it_is_set_apart(session: Session, worker: Actor) -> None:
    assert days_pass(session, 900) == 0
    days_pass(session, 20)
    assert (notices(session), theirs(session, worker).state) == (1, "held")
    days_pass(session, 150)
    assert (notices(session), theirs(session, worker).state) == (2, "held")
    days_pass(session, 24)
    assert theirs(session, worker).state == "held"

    days_pass(session, 10)

    row = theirs(session, worker)
    assert (row.state, balance(session, UNCLAIMED)) == ("unclaimed", cny("0.175"))
    assert balance(session, held(worker.person, "no_payout_method", "CNY")) == cny("0")
    (line,) = owed(session, worker)
    assert line.held == cny("0.175"), "it stays theirs"


def test_when_the_clock_leaps_notices_come_first_and_their_time_is_kept(session: Session, worker: Actor) -> None:
    days_pass(session, 2_000)
    assert (notices(session), theirs(session, worker).state) == (1, "held")
    days_pass(session, 149)
    assert notices(session) == 1
    days_pass(session, 2)
    assert (notices(session), theirs(session, worker).state) == (2, "held")
    days_pass(session, 29)
    assert theirs(session, worker).state == "held"
    days_pass(session, 2)
    assert theirs(session, worker).state == "unclaimed"


def test_when_the_payee_comes_it_is_due_and_paid(session: Session, worker: Actor) -> None:
    for _ in range(3):
        days_pass(session, 1_000)
    assert theirs(session, worker).state == "unclaimed"
    assert return_claimed(session) == 0

    keep_destination(session, worker, "sandbox", f"acct_{worker.person.hex}")
    assert return_claimed(session) == 1
    assert return_claimed(session) == 0

    assert (balance(session, UNCLAIMED), theirs(session, worker).state) == (cny("0"), "due")
    assert balance(session, pay_due(worker.person, "CNY")) == cny("0.175")
    finance = make_finance(session)
    release_cured(session)
    run = make_approved_run(session, finance)
    execute(session, finance, sandbox(session), run)
    assert payout_of(session, run, worker).state in {"settled", "reconciled"}


def test_a_payee_who_comes_in_time_loses_nothing_and_a_later_hold_begins_anew(session: Session, worker: Actor) -> None:
    days_pass(session, 1_000)
    keep_destination(session, worker, "sandbox", f"acct_{worker.person.hex}")
    release_cured(session)

    days_pass(session, 1_000)

    assert theirs(session, worker).state == "due"
    assert balance(session, UNCLAIMED) == cny("0")


def test_what_a_later_payout_paid_a_part_of_is_never_set_apart_as_a_whole(session: Session) -> None:
    """Half a fen of the first half went with the second; then the first came back, and no bank takes it any more."""
    chain = make_due_chain(session, items=1, items_per_task=1, pay="0.35")
    worker, rail = chain.workers[0], sandbox(session)
    first = the_worker_is_paid(session, rail, chain)
    mature(session)
    the_worker_is_paid(session, rail, chain)
    it_comes_back(session, rail, first)
    move_to(session, worker, "acct_other")
    release_cured(session)
    session.execute(update(PayoutDestination).values(stopped_at=func.market_now()))
    assert hold_stopped(session) == 1
    aside = held(worker.person, BANK_REFUSED, "CNY")
    assert (theirs(session, worker).money, balance(session, aside)) == (cny("0.175"), cny("0.17"))

    for _ in range(3):
        days_pass(session, 1_000)

    assert notices(session) == 2
    assert (theirs(session, worker).state, balance(session, aside)) == ("held", cny("0.17"))


def test_a_tampered_installment_is_found(session: Session, worker: Actor) -> None:
    with session.begin_nested() as undone:
        session.execute(
            text("UPDATE installment SET state = 'unclaimed' WHERE payee_id = :worker AND state = 'held'"),
            {"worker": worker.person},
        )
        with pytest.raises(AssertionError, match="E5"):
            books_hold(session)
        undone.rollback()
