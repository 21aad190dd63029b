"""Every automatic decision that touches a worker is told in words and can be contested; none touches earned pay."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.audit.events import all_kinds
from marketplace.contracts.access import RuleDraft, make_rule
from marketplace.db.clock import market_now
from marketplace.entrypoints import sweeps, wsgi  # noqa: F401 - reach every package, and so declare every kind
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.protection.decisions import (
    EXPLAINED,
    Decision,
    answer_contest,
    contest_decision,
    own_decisions,
    waiting_contests,
)
from marketplace.settlement.queries import owed
from marketplace.work.claiming import claim_next
from marketplace.work.leases import expire
from marketplace.work.pausing import pause_batch
from tests.audit.parts import seal_all
from tests.builders.jobs import make_party
from tests.builders.settlement import accept, hand_in, make_chain, move_clock_to, payable_worker


def decisions(session: Session, worker: Actor) -> list[Decision]:
    seal_all(session)
    return own_decisions(session, worker).data


def expired(session: Session) -> tuple[Actor, Decision]:
    chain = make_chain(session, items=2)
    worker = payable_worker(session)
    claimed = claim_next(session, worker, chain.batch.id)
    move_clock_to(session, claimed.lease_until + dt.timedelta(minutes=1))
    while expire(session):
        pass
    (decision,) = decisions(session, worker)
    return worker, decision


def test_every_kind_that_is_explained_exists_and_has_words_and_a_remedy() -> None:
    assert set(EXPLAINED) <= {kind.kind for kind in all_kinds()}
    for explained in EXPLAINED.values():
        assert explained.words.endswith(".")
        assert explained.remedy.endswith(".")


def test_a_lease_that_ended_is_a_decision_in_words_for_its_worker_alone(session: Session) -> None:
    worker, decision = expired(session)
    assert decision.by_rule
    assert "time for a task was over" in decision.words
    assert "no effect on your skills" in decision.remedy
    assert decisions(session, payable_worker(session)) == []
    assert [own.event_id for own in decisions(session, worker)] == [decision.event_id]


def test_a_pause_by_a_rule_is_told_to_those_who_worked_at_it_with_what_was_found(session: Session) -> None:
    chain = make_chain(session, items=2)
    worker = hand_in(session, chain).worker
    pause_batch(session, system_actor("guard_wages"), chain.batch.id, "wage_floor", "They earned 1.00.", country="KE")
    (decision,) = decisions(session, worker)
    assert (decision.kind, decision.reason) == ("batch.paused", "They earned 1.00.")


def test_a_ban_has_scope_reason_and_end_is_told_and_never_touches_earned_pay(session: Session) -> None:
    chain = make_chain(session, items=2)
    handed = hand_in(session, chain)
    accept(session, chain, handed)
    before = owed(session, handed.worker)
    layer = chain.layers[-1][0]
    ends = market_now(session) + dt.timedelta(days=7)
    make_rule(session, layer, RuleDraft("block", "all", "Rude.", worker_id=handed.worker.person, expires_at=ends))
    assert owed(session, handed.worker) == before
    (decision,) = decisions(session, handed.worker)
    assert (decision.kind, decision.by_rule) == ("access_rule.made", False)


def test_a_decision_is_contested_once_and_answered_once_and_the_worker_reads_the_answer(session: Session) -> None:
    worker, decision = expired(session)
    contest_decision(session, worker, decision.event_id, "The power was gone.")
    with pytest.raises(DomainError, match="state_conflict"):
        contest_decision(session, worker, decision.event_id, "Again.")
    operations = make_party(session, "platform", "operations")
    ((contest, told),) = waiting_contests(session, operations).data
    assert (contest.reason, told.kind) == ("The power was gone.", decision.kind)
    answer_contest(session, operations, decision.event_id, worker.person, "It has no effect on you.")
    assert waiting_contests(session, operations).data == []
    with pytest.raises(DomainError, match="state_conflict"):
        answer_contest(session, operations, decision.event_id, worker.person, "Twice.")
    own = decisions(session, worker)[0].contest
    assert own is not None
    assert own.outcome == "It has no effect on you."


def test_nobody_contests_what_is_not_about_them_and_nobody_else_answers(session: Session) -> None:
    worker, decision = expired(session)
    with pytest.raises(DomainError, match="not_found"):
        contest_decision(session, payable_worker(session), decision.event_id, "Me too.")
    with pytest.raises(DomainError, match="invalid"):
        contest_decision(session, worker, decision.event_id, "  ")
    with pytest.raises(DomainError, match="forbidden"):
        waiting_contests(session, make_party(session, "client"))
