"""Answers that come when somebody else has the seat: paid by a job that wants them, else kept."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.jobs.models import JobReserve
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.settlement.accepting import decide_answers
from marketplace.work import holding, leases
from marketplace.work.claiming import Claimed, claim_next
from marketplace.work.late import take_up
from marketplace.work.late_keeping import save_late, submit_late
from marketplace.work.models import Answer, Batch, Seat, Task
from marketplace.work.submitting import submit
from tests.builders.settlement import make_chain
from tests.builders.work import Market, accept_all, answers_to, make_market, make_worker, open_batch
from tests.invariants import check_invariants
from tests.work.test_submitting import pass_time

LEASE = 3600
WEEK = 7 * 86_400


def market_with_free_reserve(session: Session, **overrides: object) -> Market:
    """A job of one item, with money for three answers."""
    return make_market(session, items_count=1, funded="3.00", **overrides)  # type: ignore[arg-type]


def lost(session: Session, market: Market, batch: Batch | None = None) -> tuple[Actor, Claimed, Batch, Actor, Claimed]:
    """A claim whose lease ended and whose task somebody else has: worker, claim, batch, other, their claim."""
    batch = batch or open_batch(session, market, lease_seconds=LEASE)
    worker, other = make_worker(session), make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    pass_time(session, LEASE + 1)
    assert leases.expire(session) >= 1
    return worker, claimed, batch, other, claim_next(session, other, batch.id)


def committed(session: Session, market: Market) -> int:
    wanted = select(JobReserve.committed_amount).where(JobReserve.job_id == market.job.id)
    return session.scalars(wanted).one()


def of_kind(session: Session, kind: str) -> int:
    return session.scalars(select(func.count()).where(AuditEvent.kind == kind)).one()


def test_a_job_that_pays_for_late_answers_gives_one_a_seat_of_its_own_and_both_are_paid(session: Session) -> None:
    market = market_with_free_reserve(session, late_answers_max=1)
    worker, claimed, batch, other, theirs = lost(session, market)
    before = committed(session, market)
    claim = take_up(session, worker, claimed.id)
    assert committed(session, market) == before + batch.price_amount
    assert session.get_one(Seat, claim.seat_id).late
    assert of_kind(session, "claim.seat_added") == 1
    check_invariants(session)
    submit(session, other, theirs.id, answers_to(theirs), 1)
    decide_answers(session, market.reviewer, theirs.id, accept_all(session, theirs.id))
    assert session.scalars(select(Task.state)).one() == "open"  # the late one is not decided yet
    submit(session, worker, claimed.id, answers_to(claimed), 1)
    decide_answers(session, market.reviewer, claimed.id, accept_all(session, claimed.id))
    assert session.scalars(select(Task.state), execution_options={"populate_existing": True}).one() == "done"
    assert session.scalars(select(Answer.state)).all() == ["accepted", "accepted"]
    assert committed(session, market) == before - batch.price_amount
    check_invariants(session)


@pytest.mark.parametrize("how", ["expire", "return"])
def test_such_a_seat_goes_with_its_claim_and_the_money_is_free_again(session: Session, how: str) -> None:
    market = market_with_free_reserve(session, late_answers_max=1)
    worker, claimed, batch, other, theirs = lost(session, market)
    before = committed(session, market)
    submit(session, other, theirs.id, answers_to(theirs), 1)
    take_up(session, worker, claimed.id)
    decide_answers(session, market.reviewer, theirs.id, accept_all(session, theirs.id))
    if how == "return":
        holding.give_back(session, worker, claimed.id)
    else:
        pass_time(session, LEASE + 1)
        leases.expire(session)
    assert committed(session, market) == before - batch.price_amount
    assert sorted(session.scalars(select(Seat.state))) == ["done", "withdrawn"]
    assert session.scalars(select(Task.state), execution_options={"populate_existing": True}).one() == "done"
    check_invariants(session)


def test_an_open_task_of_an_open_batch_stays_open_when_such_a_seat_goes(session: Session) -> None:
    market = market_with_free_reserve(session, late_answers_max=1)
    worker, claimed, _, other, theirs = lost(session, market)
    take_up(session, worker, claimed.id)
    holding.give_back(session, other, theirs.id)
    holding.give_back(session, worker, claimed.id)
    assert session.scalars(select(Task.state), execution_options={"populate_existing": True}).one() == "open"
    assert sorted(session.scalars(select(Seat.state))) == ["open", "withdrawn"]
    assert claim_next(session, other).task_id == theirs.task_id
    check_invariants(session)


def test_no_more_are_paid_for_than_the_client_agreed_to(session: Session) -> None:
    market = make_market(session, items_count=2, funded="9.00", late_answers_max=1)
    worker, claimed, batch, other, theirs = lost(session, market)
    take_up(session, worker, claimed.id)
    submit(session, worker, claimed.id, answers_to(claimed), 1)
    submit(session, other, theirs.id, answers_to(theirs), 1)
    second, its_claim, _, _, _ = lost(session, market, batch)
    with pytest.raises(DomainError, match="nothing_to_claim"):
        take_up(session, second, its_claim.id)


def test_a_job_that_did_not_agree_to_late_answers_pays_for_none(session: Session) -> None:
    market = market_with_free_reserve(session)
    worker, claimed, _, _, _ = lost(session, market)
    with pytest.raises(DomainError, match="nothing_to_claim"):
        take_up(session, worker, claimed.id)
    assert not session.scalars(select(Seat).where(Seat.late)).all()


def test_where_the_reserve_does_not_cover_one_more_it_is_refused(session: Session) -> None:
    market = make_market(session, items_count=1, late_answers_max=1)
    worker, claimed, _, _, _ = lost(session, market)
    with pytest.raises(DomainError, match="nothing_to_claim"):
        take_up(session, worker, claimed.id)
    check_invariants(session)


def test_a_task_that_is_done_stays_as_it_is(session: Session) -> None:
    market = market_with_free_reserve(session, late_answers_max=1)
    worker, claimed, _, other, theirs = lost(session, market)
    submit(session, other, theirs.id, answers_to(theirs), 1)
    decide_answers(session, market.reviewer, theirs.id, accept_all(session, theirs.id))
    with pytest.raises(DomainError, match="nothing_to_claim"):
        take_up(session, worker, claimed.id)


def test_each_layer_earns_by_a_late_answer_as_by_any(session: Session) -> None:
    chain = make_chain(session, items=1, funds="1.80", lease_seconds=LEASE, late_answers_max=1)
    worker, other = make_worker(session), make_worker(session)
    claimed = claim_next(session, worker, chain.batch.id)
    pass_time(session, LEASE + 1)
    leases.expire(session)
    claim_next(session, other, chain.batch.id)
    claim = take_up(session, worker, claimed.id)
    assert claim.price_chain_id == chain.batch.price_chain_id
    check_invariants(session)
    submit(session, worker, claimed.id, answers_to(claimed, "car"), 1)
    decide_answers(session, chain.reviewer, claimed.id, accept_all(session, claimed.id))
    check_invariants(session)


def test_what_comes_when_the_seat_is_gone_is_kept_and_nothing_is_tied_for_it(session: Session) -> None:
    market = market_with_free_reserve(session)
    before = committed(session, market)
    worker, claimed, batch, _, _ = lost(session, market)
    claim = submit_late(session, worker, claimed.id, answers_to(claimed), 1)
    assert (claim.state, claim.kept_at is None) == ("expired", False)
    assert claim.draft == {public("item", key): content for key, content in answers_to(claimed).items()}
    assert committed(session, market) == before + batch.price_amount  # the other's
    assert submit_late(session, worker, claimed.id, answers_to(claimed), 1).kept_at == claim.kept_at
    assert of_kind(session, "claim.kept") == 1
    others = {item_id: {"label": "bad"} for item_id in answers_to(claimed)}
    with pytest.raises(DomainError, match="attempt_closed"):
        submit_late(session, worker, claimed.id, others, 1)
    assert not session.scalars(select(Answer)).all()


def test_what_breaks_a_rule_is_not_kept(session: Session) -> None:
    worker, claimed, _, _, _ = lost(session, market_with_free_reserve(session))
    with pytest.raises(DomainError, match="answers_invalid"):
        submit_late(session, worker, claimed.id, {}, 1)
    with pytest.raises(DomainError, match="attempt_closed"):
        submit_late(session, worker, claimed.id, answers_to(claimed), 2)
    with pytest.raises(DomainError, match="not_found"):
        submit_late(session, make_worker(session), claimed.id, answers_to(claimed), 1)
    pass_time(session, 86_400)
    with pytest.raises(DomainError, match="lease_over"):
        submit_late(session, worker, claimed.id, answers_to(claimed), 1)


def test_while_the_seat_is_free_late_answers_are_submitted(session: Session) -> None:
    market = market_with_free_reserve(session)
    worker, claimed, _, other, theirs = lost(session, market)
    holding.give_back(session, other, theirs.id)
    assert submit_late(session, worker, claimed.id, answers_to(claimed), 1).state == "submitted"


def test_parts_are_kept_until_the_whole_is_and_no_longer(session: Session) -> None:
    worker, claimed, _, _, _ = lost(session, market_with_free_reserve(session))
    assert save_late(session, worker, claimed.id, {"one": {}}).draft == {"one": {}}
    submit_late(session, worker, claimed.id, answers_to(claimed), 1)
    with pytest.raises(DomainError, match="lease_over"):
        save_late(session, worker, claimed.id, {"two": {}})
