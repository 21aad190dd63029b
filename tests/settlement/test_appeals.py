import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.jobs import reserve
from marketplace.jobs.models import Job
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.appeals import decide_dispute, finalize_rejections, overturn_silent
from marketplace.settlement.bulk_accepting import auto_accept
from marketplace.settlement.models import Earning
from marketplace.work import disputing
from marketplace.work.dispute_models import Dispute
from marketplace.work.models import Answer
from marketplace.work.verdicts import Verdict
from tests.builders.jobs import make_party
from tests.builders.payouts import inside
from tests.builders.settlement import Chain, Handed, another, hand_in, make_chain, move_clock_to, redo, reject

WEEK = dt.timedelta(days=7, minutes=1)


@pytest.fixture
def chain(session: Session) -> Chain:
    return make_chain(session, items=2, items_per_task=2, funds="1.80")


@pytest.fixture
def rejected(session: Session, chain: Chain) -> Handed:
    handed = hand_in(session, chain)
    verdicts = [Verdict(handed.answer_ids[0], "accept"), reject(handed.answer_ids[1])]
    decide_answers(session, chain.reviewer, handed.claim_id, verdicts)
    return handed


def free(session: Session, chain: Chain) -> Money:
    session.expire_all()
    return reserve.free(session, session.get_one(Job, chain.job.id))


def earners(session: Session) -> set[object]:
    return set(session.scalars(select(Earning.answer_id)))


def dispute_it(session: Session, rejected: Handed) -> Dispute:
    return disputing.open_dispute(session, rejected.worker, rejected.answer_ids[1], "It is a car.")


def later(session: Session, time: dt.timedelta) -> None:
    move_clock_to(session, market_now(session) + time)


def test_a_dispute_decided_for_the_worker_pays_the_whole_chain(
    session: Session, chain: Chain, rejected: Handed
) -> None:
    dispute = dispute_it(session, rejected)
    decide_dispute(session, make_party(session, "platform", "dispute_decider"), dispute.id, "overturned", "It is.")
    assert earners(session) == set(rejected.answer_ids)
    assert session.get_one(Answer, rejected.answer_ids[1]).state == "accepted_on_appeal"
    assert free(session, chain).is_zero


def test_a_rejection_upheld_frees_its_reserve_once_nobody_can_appeal_and_pays_nobody(
    session: Session, chain: Chain, rejected: Handed
) -> None:
    dispute = dispute_it(session, rejected)
    decide_dispute(session, make_party(session, "platform", "dispute_decider"), dispute.id, "upheld", "A bus it is.")
    assert free(session, chain).is_zero
    assert finalize_rejections(session) == 0
    later(session, WEEK)
    assert finalize_rejections(session) == 1
    assert earners(session) == {rejected.answer_ids[0]}
    assert free(session, chain) == Money.parse("0.90", "CNY")


def test_the_rejecting_side_does_not_decide(session: Session, chain: Chain, rejected: Handed) -> None:
    dispute = dispute_it(session, rejected)
    party = another(session, chain.layers[-1][0], "reviewer", "dispute_decider")
    with pytest.raises(DomainError, match="review_own_answer"):
        decide_dispute(session, party, dispute.id, "upheld", "We said so.")


def test_silence_past_the_deadline_pays_the_worker(session: Session, chain: Chain, rejected: Handed) -> None:
    dispute_it(session, rejected)
    assert overturn_silent(session) == 0
    later(session, WEEK)
    assert overturn_silent(session) == 1
    assert overturn_silent(session) == 0
    assert earners(session) == set(rejected.answer_ids)


def test_a_rejection_nobody_contests_becomes_final_and_frees_its_reserve(
    session: Session, chain: Chain, rejected: Handed
) -> None:
    assert finalize_rejections(session) == 0
    later(session, WEEK)
    assert finalize_rejections(session) == 1
    assert free(session, chain) == Money.parse("0.90", "CNY")
    assert earners(session) == {rejected.answer_ids[0]}


def test_what_nobody_reviews_is_accepted_by_the_clock(session: Session, chain: Chain) -> None:
    handed = hand_in(session, chain)
    assert auto_accept(inside(session)) == 0
    later(session, WEEK)
    assert auto_accept(inside(session)) == 1
    assert earners(session) == set(handed.answer_ids)
    assert auto_accept(inside(session)) == 0


def test_the_clock_does_not_accept_what_was_sent_back(session: Session, chain: Chain) -> None:
    handed = hand_in(session, chain)
    decide_answers(session, chain.reviewer, handed.claim_id, [redo(handed.answer_ids[0])])
    later(session, WEEK)
    assert auto_accept(inside(session)) == 0
    assert earners(session) == set()
