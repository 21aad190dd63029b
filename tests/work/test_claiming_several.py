"""Claiming a given task, claiming several, under the terms one was shown, and never more than one may hold."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.drafts import GuidelineDraft
from marketplace.jobs.guidelines import add_version
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.settlement.accepting import decide_answers
from marketplace.work import holding
from marketplace.work.claiming import SEVERAL_MAX, Claimed, claim_next, claim_several, claim_task
from marketplace.work.models import Answer, Claim, Seat, Task
from marketplace.work.queries import claim_view
from marketplace.work.refusing import ShownTerms
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.work import Market, answers_to, make_market, make_worker, open_batch
from tests.work.test_reviewing import REASONS


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session, items_count=12)


@pytest.fixture
def worker(session: Session) -> Actor:
    return make_worker(session)


def shown_of(claimed: Claimed) -> ShownTerms:
    return ShownTerms(claimed.pay, claimed.terms_hash, claimed.guideline_version)


def held(session: Session, worker: Actor) -> int:
    return len(
        session.scalars(select(Claim.id).where(Claim.worker_id == worker.person, Claim.state == "claimed")).all()
    )


def test_a_given_task_is_claimed_and_not_twice_by_one_worker(session: Session, market: Market, worker: Actor) -> None:
    batch = open_batch(session, market, items=4)
    wanted = session.scalars(select(Task.id).where(Task.batch_id == batch.id, Task.position == 2)).one()
    claimed = claim_task(session, worker, wanted)
    assert (claimed.task_id, [item.ordinal for item in claimed.items]) == (wanted, [3])
    for someone in (worker, make_worker(session)):
        with pytest.raises(DomainError, match="nothing_to_claim"):
            claim_task(session, someone, wanted)
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_task(session, worker, new_id())


def test_several_tasks_are_claims_of_their_own_and_the_later_ones_have_more_time(
    session: Session, market: Market, worker: Actor
) -> None:
    batch = open_batch(session, market, items=8, items_per_task=2, lease_seconds=600)
    taken = claim_several(session, worker, 3, batch.id)
    assert len({claimed.id for claimed in taken}) == len({claimed.task_id for claimed in taken}) == 3
    assert [claimed.lease_until - claimed.claimed_at for claimed in taken] == [
        dt.timedelta(seconds=seconds) for seconds in (600, 1200, 1800)
    ]
    assert len(claim_several(session, worker, 3, batch.id)) == 1  # what is left
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_several(session, worker, 3, batch.id)


def test_no_share_of_a_lease_is_longer_than_the_longest_lease(session: Session, market: Market, worker: Actor) -> None:
    batch = open_batch(session, market, lease_seconds=3 * 24 * 3600)
    taken = claim_several(session, worker, 4, batch.id)
    assert [(claimed.lease_until - claimed.claimed_at).days for claimed in taken] == [3, 6, 7, 7]


@pytest.mark.parametrize("count", [0, SEVERAL_MAX + 1])
def test_how_many_are_claimed_together_is_bounded(session: Session, market: Market, worker: Actor, count: int) -> None:
    open_batch(session, market)
    with pytest.raises(DomainError, match="invalid") as refused:
        claim_several(session, worker, count)
    assert [error.pointer for error in refused.value.errors] == ["/count"]


def test_a_worker_holds_at_most_so_many_claims_at_once(session: Session, market: Market, worker: Actor) -> None:
    batch = open_batch(session, market)
    taken = claim_several(session, worker, 5, batch.id, held_max=3)
    assert len(taken) == 3
    for batch_id in (batch.id, None):
        with pytest.raises(DomainError, match="claims_held") as refused:
            claim_next(session, worker, batch_id, held_max=3)
        assert refused.value.data == {"held_max": 3}
    submit(session, worker, taken[0].id, answers_to(taken[0]), 1)
    claim_next(session, worker, batch.id, held_max=3)
    holding.give_back(session, worker, taken[1].id)
    claim_next(session, worker, batch.id, held_max=3)
    assert held(session, worker) == 3
    claim_next(session, make_worker(session), batch.id, held_max=3)


def test_a_job_may_let_a_worker_hold_fewer(session: Session, market: Market, worker: Actor) -> None:
    market.job.claims_held_max = 2
    batch, other = open_batch(session, market), open_batch(session, make_market(session, items_count=3))
    assert len(claim_several(session, worker, 5, batch.id)) == 2
    with pytest.raises(DomainError, match="claims_held") as refused:
        claim_next(session, worker, batch.id)
    assert refused.value.data == {"held_max": 2}
    assert claim_next(session, worker).batch_id == other.id
    assert claim_next(session, make_worker(session)).batch_id == batch.id


def test_a_draft_lives_on_when_the_lease_is_prolonged(session: Session, market: Market, worker: Actor) -> None:
    batch = open_batch(session, market, lease_seconds=600)
    claimed = claim_next(session, worker, batch.id)
    draft = {public("item", claimed.items[0].id): {"label": "bad"}}
    holding.save_draft(session, worker, claimed.id, draft)
    assert holding.extend(session, worker, claimed.id).draft == draft
    seen = claim_view(session, worker, claimed.id)
    assert seen.claim.draft == draft


def test_what_is_sent_back_takes_no_place(session: Session, market: Market, worker: Actor) -> None:
    batch = open_batch(session, market)
    market.job.claims_held_max = 1
    claimed = claim_next(session, worker, batch.id, held_max=1)
    submit(session, worker, claimed.id, answers_to(claimed), 1)
    second = claim_next(session, worker, batch.id, held_max=1)
    answer_id = session.scalars(select(Answer.id).where(Answer.claim_id == claimed.id)).one()
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answer_id, "redo", **REASONS)])
    assert held(session, worker) == 2
    submit(session, worker, second.id, answers_to(second), 1)
    claim_next(session, worker, batch.id, held_max=1)


def test_a_claim_is_made_under_the_terms_that_were_shown_or_not_at_all(
    session: Session, market: Market, worker: Actor
) -> None:
    """Rule 4: what was changed after the worker saw it does not slip into the claim."""
    batch = open_batch(session, market, pay="0.50")
    shown = shown_of(claim_next(session, make_worker(session), batch.id))
    assert shown_of(claim_next(session, worker, batch.id, shown=shown)) == shown
    add_version(session, market.requester, market.job.id, GuidelineDraft("Read it twice.", (("G1", "As before."),)))
    stale = [shown, replace(shown, guideline_version=2, pay=Money.parse("0.60", "USD")), ShownTerms(terms_hash=b"x")]
    before = session.scalars(select(Seat.state).order_by(Seat.id)).all()
    for named in stale:
        with pytest.raises(DomainError, match="terms_stale") as refused:
            claim_several(session, worker, 2, batch.id, shown=named)
        assert refused.value.data["guideline_version"] == 2
        assert refused.value.data["pay"] == {"amount": "0.50", "currency": "USD"}
    session.expire_all()
    assert session.scalars(select(Seat.state).order_by(Seat.id)).all() == before
    assert held(session, worker) == 1
    present = replace(shown, guideline_version=2)
    assert len(claim_several(session, worker, 2, batch.id, shown=present)) == 2
