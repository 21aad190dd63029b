"""Claims whose lease ended, taken up again while nobody else has their place."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.jobs.models import JobReserve
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.settlement.accepting import decide_answers
from marketplace.work import holding, leases
from marketplace.work.claiming import Claimed, claim_next
from marketplace.work.late import LEASE_MAX, take_up
from marketplace.work.models import Batch, Claim, Seat
from marketplace.work.pace import set_time_factor
from marketplace.work.submitting import submit
from tests.builders.work import accept_all, answers_to, make_market, make_worker, open_batch
from tests.work.test_submitting import pass_time

LEASE = 3600


def lose(session: Session, worker: Actor, batch: Batch) -> Claimed:
    """A claim whose lease is over and whose seat is free again."""
    claimed = claim_next(session, worker, batch.id)
    pass_time(session, LEASE + 1)
    assert leases.expire(session) == 1
    return claimed


def committed(session: Session, batch: Batch) -> int:
    return session.scalars(select(JobReserve.committed_amount).where(JobReserve.job_id == batch.job_id)).one()


def test_a_lost_claim_is_taken_up_with_what_was_saved_and_paid_like_any(session: Session) -> None:
    market = make_market(session)
    batch = open_batch(session, market, lease_seconds=LEASE)
    worker, before = make_worker(session), committed(session, batch)
    claimed = claim_next(session, worker, batch.id)
    holding.save_draft(session, worker, claimed.id, {"kept": {"label": "good"}})
    pass_time(session, LEASE + 1)
    leases.expire(session)
    claim = take_up(session, worker, claimed.id)
    assert (claim.state, claim.draft) == ("claimed", {"kept": {"label": "good"}})
    assert session.get_one(Seat, claim.seat_id).state == "claimed"
    assert submit(session, worker, claimed.id, answers_to(claimed), 1).state == "submitted"
    decide_answers(session, market.reviewer, claimed.id, accept_all(session, claimed.id))
    assert session.get_one(Claim, claimed.id, populate_existing=True).state == "decided"
    assert committed(session, batch) < before


def test_the_lease_then_is_short_and_by_ones_own_factor(session: Session) -> None:
    batch = open_batch(session, make_market(session), lease_seconds=LEASE)
    worker = make_worker(session)
    set_time_factor(session, worker, 200)
    claimed = claim_next(session, worker, batch.id)
    pass_time(session, 2 * LEASE + 1)
    leases.expire(session)
    claim = take_up(session, worker, claimed.id)
    body = session.scalars(select(AuditEvent).where(AuditEvent.kind == "claim.taken_up")).one()
    assert claim.lease_until is not None
    assert claim.lease_until - body.at == 2 * LEASE_MAX
    assert (body.at + LEASE_MAX).strftime("%H:%M:%S").encode() in body.body  # what others could read tells no factor


def test_a_lease_that_is_over_is_prolonged_before_the_sweep_comes(session: Session) -> None:
    batch = open_batch(session, make_market(session), lease_seconds=LEASE)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    pass_time(session, LEASE + 1)
    take_up(session, worker, claimed.id)
    assert leases.expire(session) == 0
    submit(session, worker, claimed.id, answers_to(claimed), 1)


def test_a_claim_that_is_held_stays_as_it_is(session: Session) -> None:
    batch = open_batch(session, make_market(session), lease_seconds=LEASE)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    assert take_up(session, worker, claimed.id).lease_until == claimed.lease_until
    assert not session.scalars(select(AuditEvent).where(AuditEvent.kind == "claim.taken_up")).all()


def test_who_came_meanwhile_keeps_the_task(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=1), lease_seconds=LEASE)
    worker = make_worker(session)
    claimed = lose(session, worker, batch)
    other = make_worker(session)
    theirs = claim_next(session, other, batch.id)
    with pytest.raises(DomainError, match="nothing_to_claim"):
        take_up(session, worker, claimed.id)
    assert session.get_one(Claim, claimed.id).state == "expired"
    holding.give_back(session, other, theirs.id)
    assert take_up(session, worker, claimed.id).state == "claimed"


def test_another_free_seat_of_the_task_will_do(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=1, redundancy=2), lease_seconds=LEASE)
    worker = make_worker(session)
    claimed = lose(session, worker, batch)
    own_seat = session.get_one(Claim, claimed.id).seat_id
    other = claim_next(session, make_worker(session), batch.id)
    claim = take_up(session, worker, claimed.id)
    assert {own_seat, session.get_one(Claim, other.id).seat_id, claim.seat_id} == {
        own_seat,
        *session.scalars(select(Seat.id)),
    }


def test_who_claimed_the_task_anew_has_it_once(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=1, redundancy=2), lease_seconds=LEASE)
    worker = make_worker(session)
    claimed = lose(session, worker, batch)
    claim_next(session, worker, batch.id)
    with pytest.raises(DomainError, match="nothing_to_claim"):
        take_up(session, worker, claimed.id)


def test_after_a_day_and_after_three_times_it_is_over(session: Session) -> None:
    batch = open_batch(session, make_market(session), lease_seconds=LEASE)
    worker = make_worker(session)
    claimed = lose(session, worker, batch)
    for _ in range(3):
        take_up(session, worker, claimed.id)
        pass_time(session, LEASE + 1)
    with pytest.raises(DomainError, match="lease_extensions_used"):
        take_up(session, worker, claimed.id)
    leases.expire(session)
    later = lose(session, worker, batch)
    pass_time(session, int(dt.timedelta(days=1).total_seconds()))
    with pytest.raises(DomainError, match="lease_over"):
        take_up(session, worker, later.id)


def test_what_is_not_open_to_the_worker_any_more_is_not_taken_up(session: Session) -> None:
    market = make_market(session)
    batch = open_batch(session, market, lease_seconds=LEASE)
    worker = make_worker(session)
    claimed = lose(session, worker, batch)
    batch.claimable = False
    session.flush()
    with pytest.raises(DomainError):
        take_up(session, worker, claimed.id)


def test_given_back_skipped_and_strangers_claims_stay_what_they_are(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=3), lease_seconds=LEASE)
    worker = make_worker(session)
    returned = claim_next(session, worker, batch.id)
    holding.give_back(session, worker, returned.id)
    with pytest.raises(DomainError, match="state_conflict"):
        take_up(session, worker, returned.id)
    lost = lose(session, worker, batch)
    with pytest.raises(DomainError, match="not_found"):
        take_up(session, make_worker(session), lost.id)


def test_a_place_of_the_workers_that_is_taken_is_left_to_its_claim(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=3), lease_seconds=LEASE)
    worker = make_worker(session)
    lost = claim_next(session, worker, batch.id, held_max=2)
    pass_time(session, LEASE + 1)
    leases.expire(session)
    held = [claim_next(session, worker, batch.id, held_max=2)]
    claim = take_up(session, worker, lost.id, held_max=2)
    assert {claim.place, session.get_one(Claim, held[0].id).place} == {1, 2}
    pass_time(session, LEASE + 1)
    leases.expire(session)
    claim_next(session, worker, batch.id, held_max=1)
    with pytest.raises(DomainError, match="claims_held"):
        take_up(session, worker, lost.id, held_max=1)
