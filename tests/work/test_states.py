"""Any order of what workers, reviewers, deciders, time and sweeps do keeps seats, claims, answers and money whole."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.jobs.models import JobReserve
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.settlement import appeals
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.sampling import accept_held
from marketplace.work import appealing, breaker, disputing, holding, leases, queries, withdrawing
from marketplace.work.claiming import claim_next
from marketplace.work.dispute_models import Appeal, Dispute
from marketplace.work.models import Answer, Batch, Claim, Seat, Task
from marketplace.work.review_models import AnswerHold, ReviewBreaker
from marketplace.work.states import (
    ANSWER,
    APPEAL,
    BATCH,
    CLAIM,
    CONTESTABLE_ANSWER,
    DISPUTE,
    HOLDING_CLAIM,
    LIVE_CLAIM,
    PAID_ANSWER,
    SEAT,
    TASK,
)
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.payouts import inside
from tests.builders.work import claim_and_submit, make_market, make_organization, make_worker, open_batch
from tests.invariants import check_invariants
from tests.work.test_reviewing import REASONS
from tests.work.test_submitting import pass_time

workers = st.integers(0, 2)
verdicts = st.sampled_from(["accept", "redo", "reject", "pay_not_use"])


@pytest.mark.parametrize(
    "machine", [BATCH, TASK, SEAT, CLAIM, ANSWER, DISPUTE, APPEAL], ids=lambda machine: machine.noun
)
def test_every_state_is_left_or_final_and_says_what_is_allowed(machine: Any) -> None:
    for current in machine.states:
        for target in machine.states:
            if machine.can(current, target):
                machine.check(current, target)
            else:
                with pytest.raises(DomainError, match="state_conflict"):
                    machine.check(current, target)
    assert all(not machine.allowed(state) for state in machine.terminal)


class Work(RuleBasedStateMachine):
    """Two tasks of two items at redundancy two, three workers, one redo, in one transaction that is rolled back."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        session = self.session
        self.market = make_market(session, items_count=4, redundancy=2, redo_max=1)
        self.batch = open_batch(session, self.market, items_per_task=2, lease_seconds=600)
        self.workers = [make_worker(session) for _ in range(3)]
        self.decider, self.second_decider = make_organization(session, "platform", *["dispute_decider"] * 2)
        self.seen: dict[tuple[type, Any], str] = {}
        claim_and_submit(session, self.workers[0], self.batch)

    def teardown(self) -> None:
        check_invariants(self.session)
        self.session.close()
        self.outer.rollback()
        self.connection.close()

    def attempt(self, verb: Any, *arguments: Any) -> None:
        """What the domain refuses changes nothing."""
        try:
            with self.session.begin_nested():
                verb(self.session, *arguments)
        except DomainError:
            self.session.expire_all()

    def claims(self, worker: Actor, *states: str) -> list[Claim]:
        wanted = select(Claim).where(Claim.worker_id == worker.person_id, Claim.state.in_(states)).order_by(Claim.id)
        return list(self.session.scalars(wanted.execution_options(populate_existing=True)))

    @rule(worker=workers)
    def claim(self, worker: int) -> None:
        self.attempt(claim_next, self.workers[worker], self.batch.id)

    @rule(worker=workers, attempt=st.integers(1, 2), label=st.sampled_from(["good", "bad"]))
    def submit(self, worker: int, attempt: int, label: str) -> None:
        actor = self.workers[worker]
        for claim in self.claims(actor, "claimed", "submitted", "expired"):
            items = queries.claim_view(self.session, actor, claim.id).items_to_answer
            self.attempt(submit, actor, claim.id, {item.id: {"label": label} for item in items}, attempt)

    @rule(worker=workers)
    def claim_and_answer(self, worker: int) -> None:
        self.attempt(claim_and_submit, self.workers[worker], self.batch)

    @rule(worker=workers)
    def give_back(self, worker: int) -> None:
        for claim in self.claims(self.workers[worker], "claimed", "submitted")[:1]:
            self.attempt(holding.give_back, self.workers[worker], claim.id)

    @rule(worker=workers, given=st.lists(verdicts, min_size=1, max_size=2))
    def review(self, worker: int, given: list[str]) -> None:
        for claim in self.claims(self.workers[worker], "submitted", "claimed"):
            waiting = self.session.scalars(
                select(Answer.id).where(Answer.claim_id == claim.id, Answer.state == "submitted").order_by(Answer.id)
            ).all()
            chosen = [
                Verdict(answer_id, verdict) if verdict == "accept" else Verdict(answer_id, verdict, **REASONS)
                for answer_id, verdict in zip(waiting, given, strict=False)
            ]
            if chosen:
                self.attempt(decide_answers, self.market.reviewer, claim.id, chosen)

    @rule(verdict=st.sampled_from(["accept", "redo", "reject"]))
    def decide_held(self, verdict: str) -> None:
        for claim_id, answer_id in self.session.execute(select(Answer.claim_id, Answer.id)).all():
            given = Verdict(answer_id, verdict, **(REASONS if verdict != "accept" else {}))
            self.attempt(decide_answers, self.second_decider, claim_id, [given])

    @rule(worker=workers)
    def contest(self, worker: int) -> None:
        for claim in self.claims(self.workers[worker], *HOLDING_CLAIM):
            for answer_id in self.session.scalars(select(Answer.id).where(Answer.claim_id == claim.id)).all():
                self.attempt(disputing.open_dispute, self.workers[worker], answer_id, "It was right.")

    @rule(decision=st.sampled_from(["upheld", "overturned"]))
    def decide(self, decision: str) -> None:
        for dispute_id in self.session.scalars(select(Dispute.id)).all():
            self.attempt(appeals.decide_dispute, self.decider, dispute_id, decision, "As the guideline says.")

    @rule(worker=workers)
    def appeal(self, worker: int) -> None:
        for dispute_id in self.session.scalars(select(Dispute.id)).all():
            self.attempt(appealing.open_appeal, self.workers[worker], dispute_id, "Look again.")
            self.attempt(appealing.open_appeal, self.market.reviewer, dispute_id, "We were right.")

    @rule(decision=st.sampled_from(["granted", "dismissed"]))
    def decide_appeals(self, decision: str) -> None:
        for dispute_id in self.session.scalars(select(Dispute.id)).all():
            self.attempt(appeals.decide_appeal, self.second_decider, dispute_id, decision, "As the guideline says.")

    @rule(hours=st.sampled_from([0, 1, 24 * 4]))
    def time_passes(self, hours: int) -> None:
        pass_time(self.session, hours * 3600)
        self.attempt(leases.expire)
        self.attempt(appeals.overturn_silent)
        accept_held(inside(self.session))
        self.attempt(breaker.end_fallen)
        self.attempt(appeals.decide_silent_appeals)
        self.attempt(appeals.finalize_rejections)

    @precondition(lambda self: self.batch.state == "open" and len(self.seen) > 12)
    @rule()
    def withdraw(self) -> None:
        self.attempt(withdrawing.withdraw, self.market.requester, self.batch.id)

    @rule()
    def finish(self) -> None:
        self.attempt(withdrawing.finish_batches)
        self.session.refresh(self.batch)

    def rows(self, model: Any) -> list[Any]:
        return list(self.session.scalars(select(model).execution_options(populate_existing=True)))

    @invariant()
    def moves_are_those_of_the_tables(self) -> None:
        for model, machine in (
            (Batch, BATCH), (Seat, SEAT), (Claim, CLAIM), (Answer, ANSWER), (Dispute, DISPUTE), (Appeal, APPEAL),
        ):  # fmt: skip
            for row in self.rows(model):
                before = self.seen.get((model, row.id), machine.initial)
                # One step may take several moves: a claim of many answers, a dispute answered and decided.
                assert before == row.state or row.state in reachable(machine, before), (model, before, row.state)
                self.seen[model, row.id] = row.state

    @invariant()
    def seats_and_claims_agree(self) -> None:
        holding_now = Counter(claim.seat_id for claim in self.rows(Claim) if claim.state in HOLDING_CLAIM)
        for seat in self.rows(Seat):
            assert holding_now[seat.id] == (1 if seat.state in {"claimed", "done"} else 0), seat.state
        pairs = [(c.task_id, c.worker_id) for c in self.rows(Claim) if c.state in HOLDING_CLAIM]
        assert len(pairs) == len(set(pairs))

    @invariant()
    def a_claim_stands_where_its_answers_stand(self) -> None:
        states: dict[Any, set[str]] = {}
        for answer in self.rows(Answer):
            states.setdefault(answer.claim_id, set()).add(answer.state)
        for claim in self.rows(Claim):
            of_claim = states.get(claim.id, set())
            if claim.state == "decided":
                assert of_claim
                assert not of_claim & {"submitted", "redo_requested"}
            if claim.state == "submitted":
                assert of_claim & {"submitted", "held"}
                assert "redo_requested" not in of_claim
            if claim.state == "claimed":
                assert bool(of_claim) == (claim.attempt > 1)
                assert not of_claim or "redo_requested" in of_claim

    @invariant()
    def the_committed_reserve_is_that_of_seats_not_settled(self) -> None:
        price = self.batch.price_amount
        finished = Counter(a.state in PAID_ANSWER | {"rejection_final"} for a in self.rows(Answer))[True]
        seats = sum(2 for seat in self.rows(Seat) if seat.state != "withdrawn")
        committed = self.session.get_one(JobReserve, self.market.job.id, populate_existing=True).committed_amount
        assert committed == (seats - finished) * price

    @invariant()
    def a_withdrawn_batch_keeps_open_only_what_somebody_is_at(self) -> None:
        if self.batch.state == "open":
            return
        at_work = {claim.task_id for claim in self.rows(Claim) if claim.state in LIVE_CLAIM}
        assert {task.id for task in self.rows(Task) if task.state == "open"} == at_work

    @invariant()
    def what_is_paid_or_final_agrees_with_its_dispute(self) -> None:
        appealed = {appeal.dispute_id: appeal for appeal in self.rows(Appeal)}
        answers = {answer.id: answer for answer in self.rows(Answer)}
        for dispute in self.rows(Dispute):
            appeal, state = appealed.get(dispute.id), answers[dispute.answer_id].state
            if dispute.state == "overturned" or (appeal is not None and appeal.state == "granted"):
                assert state == "accepted_on_appeal"
            elif appeal is not None and (appeal.side, appeal.state) == ("worker", "dismissed"):
                assert state == "rejection_final"
            elif dispute.state != "upheld" or appeal is not None:
                assert state in CONTESTABLE_ANSWER

    @invariant()
    def an_answer_is_held_while_somebody_is_to_decide_on_it(self) -> None:
        open_holds = Counter(hold.answer_id for hold in self.rows(AnswerHold) if hold.ended_at is None)
        held = {answer.id for answer in self.rows(Answer) if answer.state == "held"}
        assert open_holds == Counter(dict.fromkeys(held, 1))
        open_breakers = [row for row in self.rows(ReviewBreaker) if row.ended_at is None]
        assert len(open_breakers) <= 1

    @invariant()
    def contestable_answers_end(self) -> None:
        assert all(a.decided_at is not None for a in self.rows(Answer) if a.state in CONTESTABLE_ANSWER)


def reachable(machine: Any, state: str) -> set[str]:
    """Every state that some moves lead to."""
    found: set[str] = set()
    waiting = [state]
    while waiting:
        for target in machine.allowed(waiting.pop()) - found:
            found.add(target)
            waiting.append(target)
    return found


@pytest.mark.slow
def test_any_order_of_events_keeps_work_and_money_whole(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "REJECTED_MAX", 1)  # so that four answers are enough to have rejections held
    machine = type("WorkHere", (Work,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
