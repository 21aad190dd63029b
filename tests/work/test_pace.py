"""Who needs more time has it, and no organization can see that they do."""

import datetime as dt
import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import DomainError
from marketplace.settlement.accepting import decide_answers
from marketplace.work import holding, pace
from marketplace.work.claiming import claim_next, claim_several
from marketplace.work.models import Answer, Claim
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.work import Market, answers_to, make_market, make_worker, open_batch
from tests.work.test_reviewing import REASONS

LEASE = 600


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session, items_count=6)


@pytest.fixture
def slow(session: Session) -> Actor:
    worker = make_worker(session)
    assert pace.set_time_factor(session, worker, 300) == 300
    return worker


def lease_of(session: Session, worker: Actor) -> float:
    session.expire_all()
    claim = session.scalars(select(Claim).where(Claim.worker_id == worker.person, Claim.state == "claimed")).one()
    assert claim.lease_until is not None
    now: dt.datetime = session.execute(text("SELECT market_now()")).scalar_one()
    return (claim.lease_until - now).total_seconds()


def test_a_lease_is_multiplied_when_it_begins_anew_and_in_a_redo(session: Session, market: Market, slow: Actor) -> None:
    batch = open_batch(session, market, lease_seconds=LEASE)
    claimed = claim_next(session, slow, batch.id)
    assert claimed.lease_until - claimed.claimed_at == dt.timedelta(seconds=3 * LEASE)
    pace.set_time_factor(session, slow, 150)
    assert lease_of(session, slow) > 2.5 * LEASE  # a lease that runs stays as it is
    holding.extend(session, slow, claimed.id)
    assert LEASE < lease_of(session, slow) <= 1.5 * LEASE
    submit(session, slow, claimed.id, answers_to(claimed), 1)
    answer_id = session.scalars(select(Answer.id).where(Answer.claim_id == claimed.id)).one()
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answer_id, "redo", **REASONS)])
    assert LEASE < lease_of(session, slow) <= 1.5 * LEASE
    other = claim_next(session, make_worker(session), batch.id)
    assert other.lease_until - other.claimed_at == dt.timedelta(seconds=LEASE)


def test_shares_of_several_are_multiplied_too(session: Session, market: Market, slow: Actor) -> None:
    batch = open_batch(session, market, lease_seconds=LEASE)
    taken = claim_several(session, slow, 2, batch.id)
    assert [(one.lease_until - one.claimed_at).total_seconds() for one in taken] == [3 * LEASE, 6 * LEASE]


def test_no_event_tells_when_a_lease_of_ones_own_ends(session: Session, market: Market, slow: Actor) -> None:
    """What a lease gives everybody is all that follows from the log, whoever reads it."""
    batch = open_batch(session, market, lease_seconds=LEASE)
    claimed = claim_next(session, slow, batch.id)
    holding.extend(session, slow, claimed.id)
    submit(session, slow, claimed.id, answers_to(claimed), 1)
    answer_id = session.scalars(select(Answer.id).where(Answer.claim_id == claimed.id)).one()
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answer_id, "redo", **REASONS)])
    told = [
        json.loads(body)
        for body in session.scalars(text("SELECT convert_from(body, 'UTF8') FROM audit_event ORDER BY recorded_at"))
    ]
    timed = [event for event in told if "lease_until" in event["data"]]
    leases = {event["kind"]: (event["at"], event["data"]["lease_until"]) for event in timed}
    assert set(leases) == {"claim.created", "claim.extended", "claim.redo_requested"}
    for at, until in leases.values():
        begun = dt.datetime.fromisoformat(at)
        assert until == instant(begun + dt.timedelta(seconds=LEASE))
    assert "time_factor" not in json.dumps(told)


@pytest.mark.parametrize("percent", [99, 301, 0, -100])
def test_more_time_is_bounded(session: Session, slow: Actor, percent: int) -> None:
    with pytest.raises(DomainError, match="invalid") as refused:
        pace.set_time_factor(session, slow, percent)
    assert [error.pointer for error in refused.value.errors] == ["/time_factor_percent"]
    assert pace.time_factor(session, slow) == 300


def test_only_a_worker_chooses_their_own_time(session: Session, market: Market, slow: Actor) -> None:
    with pytest.raises(DomainError, match="forbidden"):
        pace.time_factor(session, market.requester)
    with pytest.raises(DomainError, match="forbidden"):
        pace.set_time_factor(session, market.requester, 200)
    assert pace.time_factor(session, make_worker(session)) == 100
