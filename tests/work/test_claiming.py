import json

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from marketplace.audit.findings import difference
from marketplace.audit.recording import recomputers
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.work import checks, withdrawing
from marketplace.work.claiming import claim_next
from marketplace.work.models import Claim, Seat
from tests.builders.work import make_market, make_organization, make_worker, open_batch


def test_a_claim_freezes_price_chain_guideline_terms_and_lease(session: Session) -> None:
    market = make_market(session, items_count=3)
    batch = open_batch(session, market, items_per_task=2, lease_seconds=600)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    claim = session.get_one(Claim, claimed.id)
    assert (claim.price_chain_id, claim.terms_hash) == (batch.price_chain_id, batch.terms_hash)
    assert claim.guideline_version == market.job.guideline_version == 1
    assert claim.lease_until is not None
    assert (claim.lease_until - claim.claimed_at).total_seconds() == 600
    assert [item.content for item in claimed.items] == [{"text": "Film 1"}, {"text": "Film 2"}]
    assert claimed.pay == batch.pay


def test_seats_are_claimed_in_the_order_they_were_released(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=4))
    worker = make_worker(session)
    assert [claim_next(session, worker, batch.id).items[0].ordinal for _ in range(4)] == [1, 2, 3, 4]


def test_a_worker_never_gets_two_seats_of_one_task(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=2, redundancy=3))
    worker = make_worker(session)
    tasks = {claim_next(session, worker, batch.id).task_id for _ in range(2)}
    assert len(tasks) == 2
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_next(session, worker, batch.id)
    others = [claim_next(session, make_worker(session), batch.id).task_id for _ in range(4)]
    assert set(others) == tasks


def test_a_freed_seat_behind_a_worker_is_found_when_nothing_is_left_ahead(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=3))
    one, other = make_worker(session), make_worker(session)
    first = claim_next(session, one, batch.id)
    claim_next(session, other, batch.id)
    claim_next(session, other, batch.id)
    session.execute(text("UPDATE claim SET state = 'returned', lease_until = NULL WHERE id = :id"), {"id": first.id})
    session.execute(text("UPDATE seat SET state = 'open' WHERE task_id = :id"), {"id": first.task_id})
    assert claim_next(session, other, batch.id).task_id == first.task_id


def test_without_a_batch_the_oldest_with_an_open_seat_is_taken(session: Session) -> None:
    market = make_market(session, items_count=3)
    older = open_batch(session, market, items=1)
    newer = open_batch(session, market, items=2)
    worker = make_worker(session)
    assert [claim_next(session, worker).batch_id for _ in range(3)] == [older.id, newer.id, newer.id]
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_next(session, worker)


def test_a_paused_job_gives_out_nothing(session: Session) -> None:
    market = make_market(session, items_count=2)
    batch = open_batch(session, market)
    withdrawing.set_claimable(session, market.job.id, claimable=False)
    worker = make_worker(session)
    for batch_id in (batch.id, None):
        with pytest.raises(DomainError, match="nothing_to_claim"):
            claim_next(session, worker, batch_id)
    withdrawing.set_claimable(session, market.job.id, claimable=True)
    assert claim_next(session, worker).batch_id == batch.id


def test_only_seats_that_the_reserve_covers_can_be_claimed(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=5, funded="2.50"))
    worker = make_worker(session)
    for _ in range(2):
        claim_next(session, worker, batch.id)
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_next(session, worker, batch.id)
    assert session.scalar(select(func.count()).select_from(Seat)) == 2


def test_who_is_no_worker_cannot_claim(session: Session) -> None:
    batch = open_batch(session, make_market(session))
    (manager,) = make_organization(session, "subcontractor", "manager")
    with pytest.raises(DomainError, match="forbidden"):
        claim_next(session, manager, batch.id)


def test_claims_and_openings_can_be_recomputed_from_the_live_rows(session: Session) -> None:
    market = make_market(session, items_count=5)
    batch = open_batch(session, market, items_per_task=2)
    claimed = claim_next(session, make_worker(session), batch.id)
    logged = {
        subject: json.loads(bytes(body))["data"]
        for subject, body in session.execute(
            text("SELECT subject_id, body FROM audit_event WHERE kind IN ('tasks.opened', 'claim.created')")
        )
    }
    load_recomputers()
    opened = recomputers()["tasks.opened"](session, [batch.id])
    created = recomputers()["claim.created"](session, [claimed.id])
    assert {**opened, **created} == logged


def test_a_claim_turned_over_to_another_worker_differs_from_the_log(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=1))
    claimed, thief = claim_next(session, make_worker(session), batch.id), make_worker(session)
    body = session.scalar(text("SELECT body FROM audit_event WHERE kind = 'claim.created'"))
    altered = session.begin_nested()
    session.execute(text("UPDATE claim SET worker_id = :thief"), {"thief": thief.person})
    load_recomputers()
    live = recomputers()["claim.created"](session, [claimed.id])[claimed.id]
    assert difference(json.loads(bytes(body))["data"], live) is not None
    altered.rollback()


def test_a_seat_altered_behind_our_back_is_found(session: Session) -> None:
    batch = open_batch(session, make_market(session, items_count=2))
    claimed = claim_next(session, make_worker(session), batch.id)
    altered = session.begin_nested()
    session.execute(text("UPDATE seat SET state = 'open' WHERE task_id = :task_id"), {"task_id": claimed.task_id})
    session.execute(text("DELETE FROM seat WHERE state = 'open' AND task_id <> :task_id"), {"task_id": claimed.task_id})
    assert [finding.subject for finding in checks.seats_are_held_once(session)] == [public("task", claimed.task_id)]
    assert [finding.subject for finding in checks.batches_are_counted(session)] == [public("batch", batch.id)]
    altered.rollback()
