"""Appeals: one for each dispute, decided by somebody who had no part in it; silence decides for the worker."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.identity import directory
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.settlement import appeals
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.models import Earning
from marketplace.work import appealing, disputing, queries, review_queries
from marketplace.work.dispute_models import Appeal, Dispute
from marketplace.work.models import Answer
from marketplace.work.verdicts import Verdict
from tests.builders.settlement import another
from tests.builders.work import SETUP, Market, make_organization, make_worker
from tests.work.test_breaker import rejected_much
from tests.work.test_disputing import rejected
from tests.work.test_reviewing import REASONS
from tests.work.test_submitting import pass_time

DAY = 24 * 3600


def deciders(session: Session) -> list[Actor]:
    return make_organization(session, "platform", "dispute_decider", "dispute_decider", "dispute_decider")


def decided(session: Session, decision: str) -> tuple[Market, Actor, Dispute, list[Actor]]:
    """A dispute that was decided so, its market, worker, and three deciders of whom the first decided it."""
    market, worker, _, answers = rejected(session)
    people = deciders(session)
    dispute = disputing.open_dispute(session, worker, answers[0].id, "It was right.")
    appeals.decide_dispute(session, people[0], dispute.id, decision, "As the guideline says.")
    return market, worker, dispute, people


def state_of(session: Session, dispute: Dispute) -> str | None:
    return session.scalar(select(Answer.state).where(Answer.id == dispute.answer_id))


def earnings(session: Session) -> int:
    return session.execute(select(func.count()).select_from(Earning)).scalar_one()


def test_a_worker_appeals_once_against_what_was_upheld_and_within_seven_days(session: Session) -> None:
    _, worker, dispute, _ = decided(session, "upheld")
    view = queries.claim_view(session, worker, session.get_one(Answer, dispute.answer_id).claim_id)
    (answer,) = view.answers.values()
    assert dispute.decided_at is not None
    assert answer.appeal_until is not None
    assert (answer.appeal_until - dispute.decided_at).days == 7
    pass_time(session, 7 * DAY - 1)
    assert appeals.finalize_rejections(session) == 0
    appeal = appealing.open_appeal(session, worker, dispute.id, "Nobody looked at the second line.")
    assert (appeal.side, appeal.state, (appeal.deadline_at - appeal.opened_at).days) == ("worker", "open", 7)
    pass_time(session, 1)
    assert appeals.finalize_rejections(session) == 0
    with pytest.raises(DomainError, match="appeal_exists"):
        appealing.open_appeal(session, worker, dispute.id, "Again.")
    assert len(review_queries.disputes(session, worker, waiting=True).data) == 1


def test_an_appeal_comes_too_late_after_seven_days(session: Session) -> None:
    _, worker, dispute, _ = decided(session, "upheld")
    pass_time(session, 7 * DAY)
    with pytest.raises(DomainError, match="appeal_too_late"):
        appealing.open_appeal(session, worker, dispute.id, "Too late.")
    assert appeals.finalize_rejections(session) == 1
    assert state_of(session, dispute) == "rejection_final"


def test_only_the_side_that_lost_appeals(session: Session) -> None:
    market, worker, dispute, _ = decided(session, "upheld")
    with pytest.raises(DomainError, match="state_conflict"):
        appealing.open_appeal(session, market.reviewer, dispute.id, "We won already.")
    (stranger,) = make_organization(session, "subcontractor", "reviewer")
    for other in (stranger, make_worker(session)):
        with pytest.raises(DomainError, match="not_found"):
            appealing.open_appeal(session, other, dispute.id, "I have an opinion too.")
    _, worker, dispute, _ = decided(session, "overturned")
    with pytest.raises(DomainError, match="state_conflict"):
        appealing.open_appeal(session, worker, dispute.id, "I won already.")


@pytest.mark.parametrize(
    ("decision", "state", "paid"), [("granted", "accepted_on_appeal", 1), ("dismissed", "rejection_final", 0)]
)
def test_a_workers_appeal_is_decided_by_another_person_and_pay_follows(
    session: Session, decision: str, state: str, paid: int
) -> None:
    _, worker, dispute, (first, second, _) = decided(session, "upheld")
    appealing.open_appeal(session, worker, dispute.id, "Look again.")
    with pytest.raises(DomainError, match="review_own_answer"), session.begin_nested():
        appeals.decide_appeal(session, first, dispute.id, decision, "I decided already.")
    assert earnings(session) == 0
    appeals.decide_appeal(session, second, dispute.id, decision, "Looked again.")
    assert (state_of(session, dispute), earnings(session)) == (state, paid)
    with pytest.raises(DomainError, match="state_conflict"), session.begin_nested():
        appeals.decide_appeal(session, second, dispute.id, decision, "And again.")


@pytest.mark.parametrize("decision", ["granted", "dismissed"])
def test_an_appeal_of_the_rejecting_side_takes_nothing_back(session: Session, decision: str) -> None:
    market, _, dispute, (_, second, _) = decided(session, "overturned")
    paid = earnings(session)
    appeal = appealing.open_appeal(session, market.reviewer, dispute.id, "The rule says otherwise.")
    assert appeal.side == "rejecting"
    appeals.decide_appeal(session, second, dispute.id, decision, "Looked again.")
    assert (state_of(session, dispute), earnings(session)) == ("accepted_on_appeal", paid)
    assert session.get_one(Appeal, appeal.id).state == decision


@pytest.mark.parametrize(("decided_as", "outcome"), [("upheld", "granted"), ("overturned", "dismissed")])
def test_silence_decides_an_appeal_for_the_worker(session: Session, decided_as: str, outcome: str) -> None:
    market, worker, dispute, _ = decided(session, decided_as)
    who = worker if decided_as == "upheld" else market.reviewer
    appealing.open_appeal(session, who, dispute.id, "Look again.")
    pass_time(session, 7 * DAY - 1)
    assert appeals.decide_silent_appeals(session) == 0
    pass_time(session, 1)
    assert appeals.decide_silent_appeals(session) == 1
    assert appeals.decide_silent_appeals(session) == 0
    assert session.scalars(select(Appeal.state)).one() == outcome
    assert (state_of(session, dispute), earnings(session)) == ("accepted_on_appeal", 1)


def test_rule_14_no_party_decides_a_dispute_or_its_appeal(session: Session) -> None:
    market, worker, dispute, (_, second, third) = decided(session, "upheld")
    appealing.open_appeal(session, worker, dispute.id, "Look again.")
    directory.add_member(session, SETUP, second.person, market.reviewer.organization, "requester")
    himself = Actor(
        worker.person_id, third.organization_id, "platform", third.roles, third.permissions, "session", "worker"
    )
    gone = Actor(
        market.reviewer.person_id, third.organization_id, "platform", third.roles, third.permissions, "session", "gone"
    )
    directory.remove_member(session, SETUP, market.reviewer.person, market.reviewer.organization, "reviewer")
    for party in (second, himself, gone):
        with pytest.raises(DomainError, match="review_own_answer"):
            appeals.decide_appeal(session, party, dispute.id, "dismissed", "We were right.")
    appeals.decide_appeal(session, third, dispute.id, "dismissed", "Looked again.")


def test_rule_14_who_rejected_and_left_does_not_decide_the_dispute(session: Session) -> None:
    market, worker, _, answers = rejected(session)
    dispute = disputing.open_dispute(session, worker, answers[0].id, "It was right.")
    directory.remove_member(session, SETUP, market.reviewer.person, market.reviewer.organization, "reviewer")
    (decider, *_) = deciders(session)
    gone = Actor(
        market.reviewer.person_id,
        decider.organization_id,
        "platform",
        decider.roles,
        decider.permissions,
        "session",
        "",
    )
    with pytest.raises(DomainError, match="review_own_answer"):
        appeals.decide_dispute(session, gone, dispute.id, "upheld", "I was right.")


def test_rule_14_who_confirmed_a_held_rejection_does_not_decide_the_dispute_about_it(session: Session) -> None:
    chain, handed, confirming = rejected_much(session)
    held = session.scalars(select(Answer.id).where(Answer.state == "held").order_by(Answer.ordinal)).all()
    decide_answers(session, confirming, handed.claim_id, [Verdict(held[0], "reject", **REASONS)])
    dispute = disputing.open_dispute(session, handed.worker, held[0], "It was right.")
    assert [line.dispute.id for line in review_queries.disputes(session, chain.reviewer).data] == [dispute.id]
    disputing.respond(session, chain.reviewer, dispute.id, "See the guideline.")
    with pytest.raises(DomainError, match="review_own_answer"):
        appeals.decide_dispute(session, confirming, dispute.id, "upheld", "I was right.")
    with pytest.raises(DomainError, match="review_own_answer"):
        appeals.decide_dispute(
            session, another(session, chain.client, "reviewer", "dispute_decider"), dispute.id, "upheld", "We were."
        )
    (other, *_) = deciders(session)
    appeals.decide_dispute(session, other, dispute.id, "overturned", "It was right.")


def test_several_answers_of_a_claim_are_contested_at_once_all_or_none(session: Session) -> None:
    _, worker, claimed, answers = rejected(session, 4)
    disputing.open_dispute(session, worker, answers[0].id, "It was right.")
    with pytest.raises(DomainError, match="dispute_exists"), session.begin_nested():
        disputing.open_disputes(session, worker, claimed.id, "All were.", [answers[1].id, answers[0].id])
    assert session.scalar(select(func.count()).select_from(Dispute)) == 1
    opened = disputing.open_disputes(session, worker, claimed.id, "These too.")
    assert [dispute.answer_id for dispute in opened] == [answer.id for answer in answers[1:]]
    with pytest.raises(DomainError, match="state_conflict"):
        disputing.open_disputes(session, worker, claimed.id, "Still.")
    with pytest.raises(DomainError, match="not_found"):
        disputing.open_disputes(session, make_worker(session), claimed.id, "Mine.")
    _, _, _, others = rejected(session)
    with pytest.raises(DomainError, match="not_found"):
        disputing.open_disputes(session, worker, claimed.id, "Mine.", [others[0].id])
