"""The mass-rejection breaker: rejections beyond a share are held for another side, and silence accepts them."""

import datetime as dt
import uuid
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.identity import directory
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import auto_accept
from marketplace.settlement.sampling import accept_held
from marketplace.work import breaker, queries, review_queries, review_queue
from marketplace.work.models import Answer
from marketplace.work.parties import side_above
from marketplace.work.review_models import AnswerHold, ReviewBreaker
from marketplace.work.verdicts import Decisions, Verdict
from tests.builders.payouts import inside
from tests.builders.settlement import Chain, Handed, another, hand_in, make_chain
from tests.builders.work import SETUP, make_organization
from tests.work.test_reviewing import REASONS, answers_of, submitted
from tests.work.test_submitting import pass_time

DAY = 24 * 3600


def chain_of(session: Session, items: int, **overrides: object) -> tuple[Chain, Handed]:
    """Layers 1 and 2 below a client; layer 2 opened one task of that many items, and all of it is answered."""
    chain = make_chain(session, items=items, items_per_task=items, auto_accept_seconds=60 * DAY, **overrides)  # type: ignore[arg-type]
    return chain, hand_in(session, chain)


def give(session: Session, actor: Actor, handed: Handed, answers: Sequence[uuid.UUID], verdict: str) -> Decisions:
    reasons = {} if verdict == "accept" else REASONS
    return decide_answers(session, actor, handed.claim_id, [Verdict(a, verdict, **reasons) for a in answers])


def platform(session: Session) -> Actor:
    (actor,) = make_organization(session, "platform", "dispute_decider")
    return actor


def kinds(session: Session, kind: str) -> int:
    return session.execute(select(func.count()).where(AuditEvent.kind == kind)).scalar_one()


def test_the_21st_rejection_of_a_day_trips_it_and_later_ones_are_held(session: Session) -> None:
    chain, handed = chain_of(session, 200)
    ids = handed.answer_ids
    give(session, chain.reviewer, handed, ids[:150], "accept")
    done = give(session, chain.reviewer, handed, ids[150:170], "reject")
    assert (len(done.rejected), done.held) == (20, [])
    done = give(session, chain.reviewer, handed, ids[170:175], "reject")
    assert (len(done.rejected), len(done.held)) == (1, 4)
    tripped = breaker.open_breaker(session, chain.batch.contract_id)
    assert tripped is not None
    assert (tripped.decided, tripped.rejected) == (171, 21)
    assert kinds(session, "review.breaker_tripped") == 1
    assert give(session, chain.reviewer, handed, ids[175:176], "reject").rejected == []
    assert give(session, chain.reviewer, handed, ids[176:177], "accept").held == []
    assert kinds(session, "review.breaker_tripped") == 1
    held = session.scalars(select(Answer.state).where(Answer.id.in_(ids[171:176]))).all()
    assert set(held) == {"held"}


def test_more_than_15_percent_of_20_decisions_or_more_trips_it(session: Session) -> None:
    chain, handed = chain_of(session, 30)
    ids = handed.answer_ids
    assert len(give(session, chain.reviewer, handed, ids[:10], "reject").rejected) == 10  # too few decisions to tell
    give(session, chain.reviewer, handed, ids[10:19], "accept")
    assert breaker.open_breaker(session, chain.batch.contract_id) is None
    done = give(session, chain.reviewer, handed, ids[19:21], "reject")
    assert (len(done.rejected), len(done.held)) == (1, 1)


def test_of_verdicts_given_together_those_that_reject_nothing_count_first(session: Session) -> None:
    chain, handed = chain_of(session, 24)
    ids = handed.answer_ids
    verdicts = [Verdict(a, "reject", **REASONS) for a in ids[:4]] + [Verdict(a, "accept") for a in ids[4:]]
    assert len(decide_answers(session, chain.reviewer, handed.claim_id, verdicts).rejected) == 4


def test_the_layer_above_decides_what_is_held(session: Session) -> None:
    chain, handed = held_one(session)
    (upper, _), (_, _) = chain.layers
    reviewer = another(session, upper, "reviewer")
    answer = handed.answer_ids[-1]
    strangers = (chain.reviewer, another(session, chain.client, "reviewer"), platform(session))
    for stranger in strangers:
        with pytest.raises(DomainError, match=r"held_for_another|not_found"):
            give(session, stranger, handed, [answer], "accept")
        assert review_queue.queue(session, stranger, held=True).data == []
    assert [line.id for line in review_queue.queue(session, reviewer, held=True).data] == [handed.claim_id]
    view = review_queries.review_view(session, reviewer, handed.claim_id)
    (hold,) = [found.hold for found in view.answers.values() if found.hold is not None]
    assert (hold.category, hold.rule) == (REASONS["category"], REASONS["rule"])
    done = give(session, reviewer, handed, [answer], "accept")
    assert [a.id for a in done.payable] == [answer]
    assert review_queue.queue(session, reviewer, held=True).data == []
    assert len(review_queries.review_view(session, reviewer, handed.claim_id).answers) == len(handed.answer_ids)


def held_one(session: Session) -> tuple[Chain, Handed]:
    """Four of twenty answers rejected, and so the fifth rejection held: it is the last answer."""
    chain, handed = chain_of(session, 21)
    give(session, chain.reviewer, handed, handed.answer_ids[:16], "accept")
    assert len(give(session, chain.reviewer, handed, handed.answer_ids[16:], "reject").held) == 1
    return chain, handed


@pytest.mark.parametrize(("acceptance_by", "above"), [("layer", 0), ("parent", "client"), ("client", None)])
def test_the_next_side_above_the_rejecting_one_decides_or_else_the_platform(
    session: Session, acceptance_by: str, above: int | str | None
) -> None:
    chain, _ = chain_of(session, 1, acceptance_by=acceptance_by)
    contract = session.get_one(Contract, chain.batch.contract_id)
    side = breaker.reviewing_side(chain.job, contract)
    expected = None
    if above == "client":
        expected = chain.client.organization
    elif isinstance(above, int):
        expected = chain.layers[above][0].organization
    assert side_above(session, contract.id, side) == expected


def rejected_much(session: Session) -> tuple[Chain, Handed, Actor]:
    """The client opened tasks itself and rejected so much that the last five are held for the platform."""
    chain = make_chain(
        session, items=26, items_per_task=26, prices=(), pay="0.35", acceptance_by="client", auto_accept_seconds=DAY
    )
    handed = hand_in(session, chain)
    give(session, chain.reviewer, handed, handed.answer_ids, "reject")
    return chain, handed, platform(session)


@pytest.mark.parametrize(
    ("verdict", "state"), [("accept", "accepted"), ("redo", "redo_requested"), ("reject", "rejected")]
)
def test_where_no_side_is_above_the_platform_decides_what_is_held(session: Session, verdict: str, state: str) -> None:
    _, handed, decider = rejected_much(session)
    held = session.scalars(select(Answer.id).where(Answer.state == "held").order_by(Answer.ordinal)).all()
    assert len(held) == 6  # 20 decisions are enough to tell, and all of them were rejections
    give(session, decider, handed, held[:1], verdict)
    assert session.scalar(select(Answer.state).where(Answer.id == held[0])) == state
    with pytest.raises(DomainError, match="state_conflict"):
        give(session, decider, handed, held[1:2], "pay_not_use")


def test_nobody_decides_what_is_held_who_is_a_member_of_the_rejecting_side_too(session: Session) -> None:
    chain, handed, decider = rejected_much(session)
    directory.add_member(session, SETUP, decider.person, chain.client.organization, "requester")
    held = session.scalars(select(Answer.id).where(Answer.state == "held").limit(1)).all()
    with pytest.raises(DomainError, match="review_own_answer"):
        give(session, decider, handed, held, "reject")


def test_silence_accepts_what_is_held_and_the_timer_leaves_it_alone(session: Session) -> None:
    _, handed, _ = rejected_much(session)
    pass_time(session, 2 * DAY)
    assert auto_accept(inside(session)) == 0
    assert accept_held(inside(session)) == 0
    pass_time(session, 5 * DAY)
    assert accept_held(inside(session)) == 6
    assert accept_held(inside(session)) == 0
    found = session.scalars(select(Answer.state).where(Answer.claim_id == handed.claim_id)).all()
    assert sorted(found) == ["accepted"] * 6 + ["rejected"] * 20
    assert session.scalar(select(func.count()).where(AnswerHold.ended_at.is_(None))) == 0


def test_a_worker_sees_until_when_a_held_rejection_is_decided(session: Session) -> None:
    _, handed, _ = rejected_much(session)
    view = queries.claim_view(session, handed.worker, handed.claim_id)
    holds = [found.hold for found in view.answers.values() if found.hold is not None]
    assert {hold.deadline_at - hold.held_at for hold in holds} == {dt.timedelta(days=7)}


def test_it_ends_when_the_counts_fall_back(session: Session) -> None:
    chain, _, _ = rejected_much(session)
    assert breaker.end_fallen(session) == 0
    pass_time(session, DAY + 60)
    assert breaker.end_fallen(session) == 1
    assert breaker.open_breaker(session, chain.batch.contract_id) is None
    assert session.scalars(select(ReviewBreaker.ended_because)).all() == ["fell"]
    assert kinds(session, "review.breaker_ended") == 1


def test_the_side_that_decides_lifts_it_and_the_rejecting_one_cannot(session: Session) -> None:
    chain, handed, decider = rejected_much(session)
    contract_id = chain.batch.contract_id
    with pytest.raises(DomainError, match="breaker_not_yours"):
        breaker.lift(session, chain.reviewer, contract_id, "We are right.")
    (stranger,) = make_organization(session, "subcontractor", "reviewer")
    with pytest.raises(DomainError, match="not_found"):
        breaker.lift(session, stranger, contract_id, "Who knows.")
    with pytest.raises(DomainError, match="invalid"):
        breaker.lift(session, decider, contract_id, " ")
    lifted = breaker.lift(session, decider, contract_id, "The answers were machine made.")
    assert (lifted.ended_because, lifted.lifted_by_person_id) == ("lifted", decider.person_id)
    with pytest.raises(DomainError, match="not_found"):
        breaker.lift(session, decider, contract_id, "Again.")
    assert session.scalar(select(func.count()).where(Answer.state == "held")) == 6
    held = session.scalars(select(Answer.id).where(Answer.state == "held")).all()
    assert len(give(session, decider, handed, held, "reject").rejected) == 6


def test_verdicts_of_the_timer_are_not_counted(session: Session) -> None:
    _, _, claimed, _ = submitted(session, 25, auto_accept_seconds=60)
    pass_time(session, 61)
    assert auto_accept(inside(session)) == 1
    contract = session.scalars(select(Contract.id)).one()
    assert breaker.tally(session, contract, market_now(session)).decided == 0
    assert {answer.state for answer in answers_of(session, claimed)} == {"accepted"}
