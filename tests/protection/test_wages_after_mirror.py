"""A wage floor and what was accepted by mistake: the workers were paid for it, so nothing of that is missing."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.ledger.checking import run_checks
from marketplace.ledger.treasury import put_in_capital
from marketplace.work.models import Answer
from tests.builders.settlement import make_chain
from tests.protection.test_wages import cny, figure, guard, set_floor, topped, work
from tests.settlement.test_mirroring import PLATFORM, confirmed


def test_pay_that_stays_with_the_worker_is_no_missing_pay(session: Session) -> None:
    chain = make_chain(session, items=9)
    for _ in range(3):
        work(session, chain, 5)
    put_in_capital(session, PLATFORM, cny("10"))
    confirmed(session, session.scalars(select(Answer).where(Answer.state == "accepted").limit(1)).one())
    set_floor(session, "4.20", minutes=5)

    guard(session)

    assert topped(session) == []
    assert figure(session).lower_amount == cny("4.20").amount
    assert run_checks(session).holds
