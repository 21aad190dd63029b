import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.jobs.item_rows import ItemRow
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.appeals import finalize_rejections
from marketplace.work.claiming import claim_next
from marketplace.work.models import Answer
from marketplace.work.queries import claim_view
from marketplace.work.results import progress, results
from marketplace.work.review_queries import review_view
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.settlement import move_clock_to, reject
from tests.builders.work import Market, answers_to, make_market, make_worker, open_batch

GOOD: dict[str, Any] = {"answer": {"label": "good"}, "model": "critic", "confidence_ppm": 700_000}


def prelabeled(session: Session, count: int = 2, plain: int = 1, **overrides: Any) -> Market:
    """Items with a proposal, then some without."""
    rows = [
        ItemRow(n, f"text-{n}", "standard", {"text": f"Film {n}"}, prelabel=GOOD if n <= count else None)
        for n in range(1, count + plain + 1)
    ]
    return make_market(session, items_count=count + plain, rows=rows, **overrides)


def test_a_claim_brings_the_proposals_and_shows_them_until_it_ends(session: Session) -> None:
    market = prelabeled(session)
    worker = make_worker(session)
    claimed = claim_next(session, worker, open_batch(session, market, items_per_task=3).id)
    assert [item.prelabel for item in claimed.items] == [GOOD, GOOD, None]
    assert [item.prelabel for item in claim_view(session, worker, claimed.id).items] == [GOOD, GOOD, None]


def test_an_answer_records_whether_it_was_changed_and_progress_counts_it_apart(session: Session) -> None:
    market = prelabeled(session)
    worker = make_worker(session)
    claimed = claim_next(session, worker, open_batch(session, market, items_per_task=3).id)
    answers = {**answers_to(claimed, "good"), claimed.items[1].id: {"label": "bad"}}
    submit(session, worker, claimed.id, answers, 1)
    found = session.scalars(select(Answer.prelabel_changed).order_by(Answer.ordinal)).all()
    assert list(found) == [False, True, None]
    seen = progress(session, market.requester, market.job.id)
    assert (seen.items, seen.items_prelabeled, seen.answers_as_prelabeled, seen.answers_unlike_prelabel) == (3, 2, 1, 1)
    assert seen.answers == {"submitted": 3}


def test_results_say_it_only_of_what_is_paid_for(session: Session) -> None:
    market = prelabeled(session, plain=0)
    worker = make_worker(session)
    claimed = claim_next(session, worker, open_batch(session, market, items_per_task=2).id)
    submit(session, worker, claimed.id, answers_to(claimed), 1)
    first, _ = session.scalars(select(Answer.id).order_by(Answer.ordinal))
    decide_answers(session, market.reviewer, claimed.id, [Verdict(first, "accept")])
    found = results(session, market.requester, market.job.id).data
    assert [(one.state, one.prelabel_changed) for one in found] == [("accepted", False), ("submitted", None)]


def test_a_reviewer_reads_it_and_the_client_not_of_what_was_finally_rejected(session: Session) -> None:
    market = prelabeled(session, count=1, plain=0)
    worker = make_worker(session)
    claimed = claim_next(session, worker, open_batch(session, market).id)
    submit(session, worker, claimed.id, answers_to(claimed), 1)
    (seen,) = review_view(session, market.reviewer, claimed.id).answers.values()
    assert seen.prelabel_changed is False
    decide_answers(session, market.reviewer, claimed.id, [reject(seen.answer.id)])
    move_clock_to(session, market_now(session) + dt.timedelta(days=8))
    assert finalize_rejections(session) == 1
    session.expire_all()
    (hidden,) = review_view(session, market.reviewer, claimed.id).answers.values()
    assert (hidden.answer.state, hidden.content, hidden.prelabel_changed) == ("rejection_final", None, None)


def test_a_redo_records_it_anew(session: Session) -> None:
    market = prelabeled(session, count=1, plain=0)
    worker = make_worker(session)
    claimed = claim_next(session, worker, open_batch(session, market).id)
    submit(session, worker, claimed.id, answers_to(claimed, "good"), 1)
    answer_id = session.scalars(select(Answer.id)).one()
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answer_id, "redo", "wrong_label", "Look again.")])
    submit(session, worker, claimed.id, answers_to(claimed, "bad"), 2)
    assert session.get_one(Answer, answer_id, populate_existing=True).prelabel_changed is True
