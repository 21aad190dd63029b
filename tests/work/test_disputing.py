import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.identity import directory
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.settlement import appeals
from marketplace.settlement.accepting import decide_answers
from marketplace.work import disputing, media_access, queries, results, review_queries, withdrawing
from marketplace.work.claiming import Claimed
from marketplace.work.dispute_models import Dispute
from marketplace.work.models import Answer
from marketplace.work.verdicts import Verdict
from tests.builders.work import SETUP, Market, claim_and_submit, make_market, make_organization, make_worker, open_batch
from tests.work.test_reviewing import REASONS, answers_of, submitted
from tests.work.test_submitting import pass_time

DAY = 24 * 3600


def rejected(session: Session, items: int = 1) -> tuple[Market, Actor, Claimed, list[Answer]]:
    market, worker, claimed, answers = submitted(session, items)
    decide_answers(session, market.reviewer, claimed.id, [Verdict(a.id, "reject", **REASONS) for a in answers])
    return market, worker, claimed, answers


def decider(session: Session) -> Actor:
    (actor,) = make_organization(session, "platform", "dispute_decider")
    return actor


def test_a_worker_contests_a_rejection_once_and_within_seven_days(session: Session) -> None:
    _, worker, _, answers = rejected(session, 2)
    dispute = disputing.open_dispute(session, worker, answers[0].id, "It was right.")
    assert (dispute.state, (dispute.deadline_at - dispute.opened_at).days) == ("open", 7)
    with pytest.raises(DomainError, match="dispute_exists"):
        disputing.open_dispute(session, worker, answers[0].id, "Still.")
    pass_time(session, 7 * DAY)
    with pytest.raises(DomainError, match="dispute_too_late"):
        disputing.open_dispute(session, worker, answers[1].id, "This one too.")


def test_only_the_worker_contests_and_only_what_was_rejected(session: Session) -> None:
    _, _, _, answers = rejected(session)
    with pytest.raises(DomainError, match="not_found"):
        disputing.open_dispute(session, make_worker(session), answers[0].id, "Mine.")
    _, worker, _, waiting = submitted(session)
    with pytest.raises(DomainError, match="state_conflict"):
        disputing.open_dispute(session, worker, waiting[0].id, "Faster, please.")


@pytest.mark.parametrize(("decision", "state"), [("upheld", "rejected"), ("overturned", "accepted_on_appeal")])
def test_another_side_decides(session: Session, decision: str, state: str) -> None:
    market, worker, claimed, answers = rejected(session)
    dispute = disputing.open_dispute(session, worker, answers[0].id, "It was right.")
    disputing.respond(session, market.reviewer, dispute.id, "See the guideline.")
    appeals.decide_dispute(session, decider(session), dispute.id, decision, "As the guideline says.")
    assert dispute.state == decision
    assert answers_of(session, claimed)[0].state == state
    with pytest.raises(DomainError, match="state_conflict"):
        appeals.decide_dispute(session, decider(session), dispute.id, decision, "Again.")


def test_a_decider_who_is_a_party_is_refused(session: Session) -> None:
    market, worker, _, answers = rejected(session)
    dispute = disputing.open_dispute(session, worker, answers[0].id, "It was right.")
    actor = decider(session)
    directory.add_member(session, SETUP, actor.person, market.reviewer.organization, "requester")
    with pytest.raises(DomainError, match="review_own_answer"):
        appeals.decide_dispute(session, actor, dispute.id, "upheld", "We are right.")
    actor = decider(session)
    himself = Actor(worker.person_id, actor.organization_id, "platform", actor.roles, actor.permissions, "session", "x")
    with pytest.raises(DomainError, match="review_own_answer"):
        appeals.decide_dispute(session, himself, dispute.id, "overturned", "I am right.")


def test_only_the_rejecting_side_responds(session: Session) -> None:
    _, worker, _, answers = rejected(session)
    dispute = disputing.open_dispute(session, worker, answers[0].id, "It was right.")
    (stranger,) = make_organization(session, "subcontractor", "reviewer")
    with pytest.raises(DomainError, match="not_found"):
        disputing.respond(session, stranger, dispute.id, "Hm.")


def test_silence_decides_for_the_worker(session: Session) -> None:
    _, worker, claimed, answers = rejected(session)
    disputing.open_dispute(session, worker, answers[0].id, "It was right.")
    pass_time(session, 7 * DAY - 1)
    assert appeals.overturn_silent(session) == 0
    pass_time(session, 1)
    assert appeals.finalize_rejections(session) == 0
    assert appeals.overturn_silent(session) == 1
    assert answers_of(session, claimed)[0].state == "accepted_on_appeal"
    assert session.scalars(select(Dispute)).one().decided_by_person_id is None


def test_a_rejection_nobody_contests_becomes_final(session: Session) -> None:
    market, _, claimed, _ = rejected(session)
    pass_time(session, 7 * DAY - 1)
    assert appeals.finalize_rejections(session) == 0
    assert not queries.all_seats_done(session, market.job.id)
    pass_time(session, 1)
    assert appeals.finalize_rejections(session) == 1
    assert answers_of(session, claimed)[0].state == "rejection_final"
    assert withdrawing.finish_batches(session) == 1
    assert queries.all_seats_done(session, market.job.id)
    assert appeals.finalize_rejections(session) == 0


def test_disputes_are_seen_by_their_sides_only(session: Session) -> None:
    market, worker, _, answers = rejected(session)
    disputing.open_dispute(session, worker, answers[0].id, "It was right.")
    (stranger,) = make_organization(session, "subcontractor", "reviewer")
    seen = [
        len(review_queries.disputes(session, actor, waiting=True).data)
        for actor in (worker, market.reviewer, decider(session), make_worker(session), stranger)
    ]
    assert seen == [1, 1, 1, 0, 0]


def test_the_client_gets_no_content_that_is_not_paid_for(session: Session) -> None:
    market, _, claimed, answers = submitted(session, 4)
    verdicts = [
        Verdict(answers[0].id, "accept"),
        Verdict(answers[1].id, "pay_not_use", "not_needed", "There is one already."),
        Verdict(answers[2].id, "reject", **REASONS),
    ]
    decide_answers(session, market.reviewer, claimed.id, verdicts)
    pass_time(session, 7 * DAY)
    appeals.finalize_rejections(session)
    page = results.results(session, market.requester, market.job.id)
    content = {"label": "good"}
    assert [(r.state, r.used, r.content) for r in page.data] == [
        ("accepted", True, content),
        ("paid_not_used", False, content),
        ("rejection_final", False, None),
        ("submitted", False, None),
    ]


def test_progress_counts_what_there_is(session: Session) -> None:
    market = make_market(session, items_count=4, funded="3.00")
    batch = open_batch(session, market)
    claimed, _ = claim_and_submit(session, make_worker(session), batch)
    progress = results.progress(session, market.requester, market.job.id)
    assert (progress.items, progress.tasks, progress.seats_wanted, progress.seats_released) == (4, 4, 4, 3)
    assert (progress.seats_open, progress.seats_taken, progress.waiting_for_review) == (2, 1, 1)
    assert progress.answers == {"submitted": 1}
    decide_answers(
        session, market.reviewer, claimed.id, [Verdict(a.id, "accept") for a in answers_of(session, claimed)]
    )
    assert results.progress(session, market.requester, market.job.id).tasks_done == 1
    (stranger,) = make_organization(session, "client", "requester")
    with pytest.raises(DomainError, match="not_found"):
        results.progress(session, stranger, market.job.id)
    with pytest.raises(DomainError, match="not_found"):
        results.results(session, stranger, market.job.id)


def test_media_are_seen_by_who_holds_reviews_or_owns_the_item(session: Session) -> None:
    market, worker, claimed, answers = submitted(session)
    item_id = claimed.items[0].id
    (auditor,) = make_organization(session, "platform", "auditor")
    (stranger,) = make_organization(session, "client", "requester")
    actors = (worker, market.requester, market.reviewer, auditor, make_worker(session), stranger)
    assert [media_access.may_see(session, actor, item_id) for actor in actors] == [True] * 4 + [False] * 2
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answers[0].id, "accept")])
    assert not media_access.may_see(session, worker, item_id)


def test_a_client_that_reviews_no_longer_sees_what_it_finally_rejected(session: Session) -> None:
    market, worker, claimed, answers = rejected(session)
    item_id = answers[0].item_id
    dispute = disputing.open_dispute(session, worker, answers[0].id, "It was right.")
    content = {"label": "good"}
    assert review_queries.review_view(session, market.reviewer, claimed.id).answers[item_id].content == content
    appeals.decide_dispute(session, decider(session), dispute.id, "upheld", "As the guideline says.")
    pass_time(session, 7 * DAY)
    assert appeals.finalize_rejections(session) == 1
    assert review_queries.review_view(session, market.reviewer, claimed.id).answers[item_id].content is None
    assert review_queries.get_dispute(session, market.reviewer, dispute.id).content is None
    assert review_queries.get_dispute(session, decider(session), dispute.id).content == content
    assert queries.claim_view(session, worker, claimed.id).answers[item_id].content == content
