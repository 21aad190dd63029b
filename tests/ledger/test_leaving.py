"""Who proposed to close or reopen a month stays until that is decided, and no longer."""

import datetime as dt

from sqlalchemy.orm import Session

from marketplace.identity.departures import open_acts
from marketplace.kernel.actor import Actor
from marketplace.ledger.periods import approve, propose_close, propose_reopen, refuse
from tests.builders.payouts import Finance
from tests.builders.settlement import move_clock_to
from tests.ledger.test_periods import FEBRUARY, JANUARY, close


def kept(session: Session, actor: Actor) -> bool:
    assert actor.person_id is not None
    return "the close of a month" in open_acts(session, actor.person_id)


def test_whoever_proposed_a_reopening_or_to_close_it_again_stays_until_it_is_decided(
    session: Session, finance: Finance
) -> None:
    move_clock_to(session, dt.date(2027, 2, 2))
    closed = close(session, finance, JANUARY)
    assert not kept(session, finance.preparer)
    reopening = propose_reopen(session, finance.preparer, closed.proposal_id, "why")
    assert kept(session, finance.preparer)
    approve(session, finance.approver, reopening.id)
    assert not kept(session, finance.preparer)
    again = propose_close(session, finance.preparer, JANUARY)
    assert kept(session, finance.preparer)
    approve(session, finance.approver, again.id)
    assert not kept(session, finance.preparer)


def test_a_proposal_that_was_refused_or_superseded_keeps_nobody(session: Session, finance: Finance) -> None:
    move_clock_to(session, dt.date(2027, 3, 2))
    refused = propose_close(session, finance.preparer, JANUARY)
    assert kept(session, finance.preparer)
    refuse(session, finance.approver, refused.id, "A statement is missing.")
    assert not kept(session, finance.preparer)
    propose_close(session, finance.preparer, JANUARY)
    propose_close(session, finance.approver, FEBRUARY)
    assert (kept(session, finance.preparer), kept(session, finance.approver)) == (False, True)
