"""Many reviewers reject at one moment, with real commits: the breaker counts every rejection once."""

import uuid
from functools import partial

from sqlalchemy import Engine, func, select

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.settlement.accepting import decide_answers
from marketplace.work import breaker
from marketplace.work.models import Answer
from marketplace.work.review_models import AnswerHold, ReviewBreaker
from marketplace.work.verdicts import Verdict
from tests.builders.at_once import at_once
from tests.builders.work import claim_and_submit, make_market, make_worker, open_batch
from tests.work.test_reviewing import REASONS

CLAIMS = 30


def test_of_thirty_rejections_at_one_moment_exactly_the_21st_trips_it_and_nine_are_held(
    committing_engine: Engine,
) -> None:
    with transaction(committing_engine) as session:
        market = make_market(session, items_count=CLAIMS)
        batch = open_batch(session, market, items_per_task=1)
        worker = make_worker(session)
        claims = [claim_and_submit(session, worker, batch)[0].id for _ in range(CLAIMS)]
        breaker.count(session, market.contract.id, market_now(session), decided=160)
        answers = dict(session.execute(select(Answer.claim_id, Answer.id).where(Answer.claim_id.in_(claims))).all())

    def reject(claim_id: uuid.UUID) -> None:
        with transaction(committing_engine) as session:
            verdict = Verdict(answers[claim_id], "reject", **REASONS)
            decide_answers(session, market.reviewer, claim_id, [verdict])

    assert at_once(*(partial(reject, claim_id) for claim_id in claims)) == {"done": CLAIMS}
    with transaction(committing_engine) as session:
        states = dict(session.execute(select(Answer.state, func.count()).group_by(Answer.state)).all())
        assert states == {"rejected": 21, "held": CLAIMS - 21}
        assert session.scalar(select(func.count()).select_from(AnswerHold)) == CLAIMS - 21
        tripped = session.scalars(select(ReviewBreaker)).one()
        assert (tripped.decided, tripped.rejected) == (181, 21)
        events = select(func.count()).where(AuditEvent.kind == "review.breaker_tripped")
        assert session.scalar(events) == 1
        counted = breaker.tally(session, market.contract.id, tripped.tripped_at)
        assert (counted.decided, counted.rejected) == (181, 21)
