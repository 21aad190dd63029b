"""Scores of workers: from answers that were compared, once a day, in steps, for a time, and contestable."""

import datetime as dt
import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.protection.decisions import contest_decision, own_decisions
from marketplace.scores.forgetting import forget_score
from marketplace.scores.models import ScoreDue, WorkerScore
from marketplace.scores.queries import Score, own_scores
from marketplace.scores.reckoning import ANSWERS_MIN, FRESH
from marketplace.settlement.accepting import decide_answers
from marketplace.work.claiming import claim_next
from marketplace.work.submitting import submit
from tests.audit.parts import seal_all
from tests.builders.gold import make_gold_market, settle_gold
from tests.builders.jobs import make_party
from tests.builders.scores import compared, score_workers, scored
from tests.builders.screening import days_pass
from tests.builders.work import accept_all, make_worker, open_batch

KIND = "text_classification"


def known(session: Session, worker: Actor) -> list[tuple[int | None, int]]:
    return [(score.percent, score.answers_at_least) for score in own_scores(session, worker)]


def changes(session: Session, worker: Actor) -> list[AuditEvent]:
    wanted = select(AuditEvent).where(AuditEvent.kind == "score.changed", AuditEvent.subject_id == worker.person)
    return list(session.scalars(wanted.order_by(AuditEvent.at)))


def test_a_score_is_the_share_of_answers_that_agree_with_what_most_others_say(session: Session) -> None:
    worker = scored(session, right=18, wrong=6)
    (score,) = own_scores(session, worker)
    assert (score.kind, score.percent, score.answers_at_least) == (KIND, 75, 20)
    assert score.known_until is not None
    assert score.known_until > market_now(session)


def test_with_few_answers_nothing_is_known_and_nobody_is_told_anything(session: Session) -> None:
    worker = scored(session, right=ANSWERS_MIN - 1)
    assert own_scores(session, worker) == []
    assert changes(session, worker) == []


def test_answers_of_today_count_from_tomorrow_on(session: Session) -> None:
    worker = make_worker(session)
    compared(session, worker, right=ANSWERS_MIN)
    assert score_workers(session) == 0
    assert own_scores(session, worker) == []
    days_pass(session, 1)
    assert score_workers(session) == 3, "the worker and the two others"
    assert known(session, worker) == [(100, 20)]
    assert session.scalars(select(ScoreDue)).all() == []


def test_an_item_that_two_answered_says_nothing_of_either(session: Session) -> None:
    worker = make_worker(session)
    compared(session, worker, right=30, others=1)
    days_pass(session, 1)
    score_workers(session)
    assert own_scores(session, worker) == []


def test_it_moves_by_steps_and_not_with_each_answer(session: Session) -> None:
    worker = scored(session, right=20)
    compared(session, worker, right=0, wrong=ANSWERS_MIN - 1)
    days_pass(session, 1)
    score_workers(session)
    assert known(session, worker) == [(100, 20)]
    compared(session, worker, right=0, wrong=1)
    days_pass(session, 1)
    score_workers(session)
    assert known(session, worker) == [(50, 40)]
    assert len(changes(session, worker)) == 2


def test_what_was_sent_back_counts_neither_for_nor_against(session: Session) -> None:
    worker = make_worker(session)
    market = compared(session, worker, right=ANSWERS_MIN)
    days_pass(session, 1)
    assert market.job.redo_max > 0
    redone = (
        "UPDATE answer SET attempt = 2 FROM claim WHERE claim.id = answer.claim_id AND claim.worker_id = :worker_id"
    )
    session.execute(text(redone), {"worker_id": worker.person})
    score_workers(session)
    assert own_scores(session, worker) == []


def test_gold_and_the_consensus_make_one_figure(session: Session) -> None:
    """Ten gold answers, of which five are right, weigh as ten others do, and no number tells how many they were."""
    worker = make_worker(session)
    market = make_gold_market(session, gold=10, items_count=10, allowance="10")
    batch = open_batch(session, market, items_per_task=1)
    for turn in range(10):
        claimed = claim_next(session, worker, batch.id)
        label = "good" if turn % 2 else "bad"
        submit(session, worker, claimed.id, {item.id: {"label": label} for item in claimed.items}, 1)
        decide_answers(session, market.reviewer, claimed.id, accept_all(session, claimed.id))
    assert settle_gold(session) == 10
    compared(session, worker, right=15)
    days_pass(session, 1)
    score_workers(session)
    assert known(session, worker) == [(80, 20)]
    (event,) = changes(session, worker)
    assert json.loads(bytes(event.body))["data"].keys() == {"kind", "percent", "known_until", "words"}
    assert b"80 of 100, from at least 20 answers of yours to work of the kind" in bytes(event.body)


def test_a_score_ends_when_too_few_of_its_answers_are_fresh_and_comes_back_with_new_ones(session: Session) -> None:
    worker = scored(session, right=24)
    days_pass(session, FRESH.days + 1)
    score_workers(session)
    (ended,) = own_scores(session, worker)
    assert (ended.percent, ended.answers_at_least) == (None, 0)
    assert ended.known_until is not None
    assert ended.known_until < market_now(session)
    compared(session, worker, right=10, wrong=10)
    days_pass(session, 1)
    score_workers(session)
    assert known(session, worker) == [(50, 20)]


def test_a_change_is_a_decision_in_words_for_its_worker_alone_and_can_be_contested(session: Session) -> None:
    worker = scored(session, right=16, wrong=4)
    seal_all(session)
    (decision,) = own_decisions(session, worker).data
    assert (decision.kind, decision.by_rule, decision.about_kind) == ("score.changed", True, KIND)
    assert decision.reason == "80 of 100, from at least 20 answers of yours to work of the kind text classification."
    (event,) = changes(session, worker)
    assert event.person_ids == [worker.person]
    assert event.organization_ids == []
    contest_decision(session, worker, decision.event_id, "The others were wrong.")
    operations = make_party(session, "platform", "operations")
    forget_score(session, operations, worker.person, KIND, "They were.")
    assert own_scores(session, worker) == []
    days_pass(session, 1)
    session.add(ScoreDue(worker_id=worker.person, day=market_now(session).date() - dt.timedelta(days=1)))
    session.flush()
    score_workers(session)
    assert own_scores(session, worker) == [], "what was given before counts no more"
    compared(session, worker, right=ANSWERS_MIN)
    days_pass(session, 1)
    score_workers(session)
    assert known(session, worker) == [(100, 20)]


def test_only_operations_forget_a_score_and_only_one_that_there_is(session: Session) -> None:
    worker = scored(session, right=20)
    operations = make_party(session, "platform", "operations")
    with pytest.raises(DomainError, match="forbidden"):
        forget_score(session, make_party(session, "client"), worker.person, KIND, "For a reason.")
    with pytest.raises(DomainError, match="not_found"):
        forget_score(session, operations, worker.person, "cuboids", "For a reason.")
    with pytest.raises(DomainError, match="invalid"):
        forget_score(session, operations, worker.person, KIND, " ")
    assert known(session, worker) == [(100, 20)]


def test_nobody_reads_the_score_of_another(session: Session) -> None:
    worker = scored(session, right=20)
    assert own_scores(session, make_worker(session)) == []
    with pytest.raises(DomainError, match="forbidden"):
        own_scores(session, make_party(session, "client"))
    row = session.get_one(WorkerScore, (worker.person, KIND))
    assert own_scores(session, worker) == [Score(KIND, 100, 20, row.expires_at)]
