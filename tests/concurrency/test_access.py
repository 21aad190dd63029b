"""Access rules made and ended while workers claim, with real commits."""

from functools import partial

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.contracts.access import end_rule
from marketplace.contracts.models import AccessRuleEnd
from marketplace.db.engine import transaction
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.work.claiming import claim_next
from marketplace.work.models import Batch, Claim, Seat
from tests.builders.at_once import at_once
from tests.builders.screening import allow, block
from tests.builders.work import Market, make_market, make_worker, open_batch

ROUNDS = 8


def set_up(engine: Engine) -> tuple[Market, Batch, Actor]:
    with transaction(engine) as session:
        market = make_market(session, items_count=ROUNDS)
        return market, open_batch(session, market), make_worker(session)


def claim_it(engine: Engine, worker: Actor, batch: Batch) -> None:
    with transaction(engine) as session:
        claim_next(session, worker, batch.id)


def whole(session: Session, worker: Actor) -> int:
    """How many claims the worker has; each has its seat and its event, and no seat is taken without one."""
    claims = session.scalars(select(Claim).where(Claim.worker_id == worker.person)).all()
    taken = set(session.scalars(select(Seat.id).where(Seat.state == "claimed")))
    events = set(session.scalars(select(AuditEvent.subject_id).where(AuditEvent.kind == "claim.created")))
    assert taken == {claim.seat_id for claim in claims}
    assert events == {claim.id for claim in claims}
    return len(claims)


def test_a_claim_and_a_block_at_one_moment_come_in_either_order_and_whole(committing_engine: Engine) -> None:
    market, batch, _ = set_up(committing_engine)
    for _ in range(ROUNDS):
        with transaction(committing_engine) as session:
            worker = make_worker(session)

        def block_it(worker: Actor = worker) -> None:
            with transaction(committing_engine) as session:
                block(session, market.requester, worker)

        came = at_once(partial(claim_it, committing_engine, worker, batch), block_it)
        assert came in ({"done": 2}, {"done": 1, "worker_blocked": 1})
        with transaction(committing_engine) as session:
            mine = len(session.scalars(select(Claim).where(Claim.worker_id == worker.person)).all())
            assert mine == came["done"] - 1
        with pytest.raises(DomainError, match="worker_blocked"):
            claim_it(committing_engine, worker, batch)


def test_claims_while_an_allow_list_comes_and_goes_leave_nothing_half_done(committing_engine: Engine) -> None:
    market, batch, worker = set_up(committing_engine)
    with transaction(committing_engine) as session:
        other = make_worker(session)

    def come_and_go() -> None:
        for _ in range(3):
            with transaction(committing_engine) as session:
                made = allow(session, market.requester, other)
            with transaction(committing_engine) as session:
                end_rule(session, market.requester, made.id, reason="Done.")

    came = at_once(come_and_go, *[partial(claim_it, committing_engine, worker, batch)] * ROUNDS)
    assert set(came) <= {"done", "worker_not_allowed", "nothing_to_claim"}
    with transaction(committing_engine) as session:
        assert whole(session, worker) == came["done"] - 1


def test_a_rule_that_many_end_at_once_ends_once(committing_engine: Engine) -> None:
    market, _, worker = set_up(committing_engine)
    with transaction(committing_engine) as session:
        made = block(session, market.requester, worker)

    def end_it() -> None:
        with transaction(committing_engine) as session:
            end_rule(session, market.requester, made.id, reason="Enough.")

    assert at_once(*[end_it] * 8) == {"done": 1, "state_conflict": 7}
    with transaction(committing_engine) as session:
        assert len(session.scalars(select(AccessRuleEnd)).all()) == 1
