"""Claims against a small model, with the database as the judge: what may happen to a seat, and what may not."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.kernel.errors import DomainError
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import accept_claims
from marketplace.work import holding, leases, withdrawing
from marketplace.work.claiming import claim_next
from marketplace.work.models import Answer, Claim, Seat, Task
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.work import make_market, make_worker, open_batch
from tests.invariants import check_invariants
from tests.work.test_submitting import pass_time

TASKS, SEATS, LEASE, REDOS, EXTENSIONS = 3, 2, 600, 1, 2
NOBODY = UUID(int=0)
workers = st.integers(0, 2)
which = st.integers(0, 5)


@dataclass(slots=True)
class Held:
    """What the model knows of a claim: `left` are the seconds of its lease, `given` what was answered, by attempt."""

    worker: int
    task: UUID
    item: UUID
    state: str = "claimed"
    attempt: int = 1
    left: int = LEASE
    extensions: int = 0
    given: dict[int, str] = field(default_factory=dict)

    def end(self, state: str) -> None:
        """It ends without an answer: a redo lapses, and nothing else of the claim waits."""
        self.state = state if self.attempt == 1 else "decided"

    @property
    def keeps(self) -> bool:
        """Whether it keeps its seat, and its worker from another seat of the task."""
        return self.state in {"claimed", "submitted", "decided"}

    @property
    def runs(self) -> bool:
        """Whether it is claimed and its lease not over."""
        return self.state == "claimed" and self.left > 0


class Claims(RuleBasedStateMachine):
    """Three tasks of one item at redundancy two, three workers, in one transaction that is rolled back."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        self.market = make_market(self.session, items_count=TASKS, redundancy=SEATS, redo_max=REDOS)
        self.batch = open_batch(self.session, self.market, lease_seconds=LEASE)
        self.people = [make_worker(self.session) for _ in range(3)]
        self.tasks = list(self.session.scalars(select(Task.id)))
        self.known: dict[UUID, Held] = {}
        self.withdrawn = self.halted = False

    def teardown(self) -> None:
        check_invariants(self.session)
        self.session.close()
        self.outer.rollback()
        self.connection.close()

    def does(self, expected: bool, verb: Callable[[], Any]) -> Any:
        """The verb succeeds exactly where the model says so; what is refused changes nothing."""
        try:
            with self.session.begin_nested():
                done = verb()
        except DomainError as refusal:
            self.session.expire_all()
            refused: DomainError | None = refusal
            done = None
        else:
            refused = None
        assert (refused is None) == expected, f"the model says {expected}, and it was {refused or 'done'}"
        return done

    def one(self, worker: int, at: int) -> tuple[UUID, Held | None]:
        """One of the worker's claims, if there is any."""
        own = sorted(claim_id for claim_id, held in self.known.items() if held.worker == worker)
        return (own[at % len(own)], self.known[own[at % len(own)]]) if own else (NOBODY, None)

    def free(self, task: UUID) -> int:
        return SEATS - sum(held.keeps for held in self.known.values() if held.task == task)

    def mine(self, worker: int, task: UUID) -> bool:
        return any(held.keeps for held in self.known.values() if (held.worker, held.task) == (worker, task))

    @rule(worker=workers)
    def claim(self, worker: int) -> None:
        open_to = {task for task in self.tasks if self.free(task) and not self.mine(worker, task)}
        possible = bool(open_to) and not self.withdrawn and not self.halted
        claimed = self.does(possible, lambda: claim_next(self.session, self.people[worker], self.batch.id))
        if claimed is not None:
            assert claimed.task_id in open_to
            self.known[claimed.id] = Held(worker, claimed.task_id, claimed.items[0].id)

    @rule(worker=workers, at=which, attempt=st.integers(1, 2), label=st.sampled_from(["good", "bad"]))
    def answer(self, worker: int, at: int, attempt: int, label: str) -> None:
        claim_id, held = self.one(worker, at)
        if held is None:
            return
        now = held.runs and attempt == held.attempt
        # What was submitted may come again, and changes nothing.
        again = not now and held.given.get(attempt) == label
        given = {held.item: {"label": label}}
        done = self.does(now or again, lambda: submit(self.session, self.people[worker], claim_id, given, attempt))
        assert done is None or done.replayed == again
        if now:
            held.state, held.given[attempt] = "submitted", label

    @rule(thief=workers, worker=workers, at=which)
    def touch_that_of_another(self, thief: int, worker: int, at: int) -> None:
        claim_id, held = self.one(worker, at)
        if held is None or thief == worker:
            return
        other = self.people[thief]
        self.does(False, lambda: submit(self.session, other, claim_id, {held.item: {"label": "bad"}}, held.attempt))
        self.does(False, lambda: holding.extend(self.session, other, claim_id))
        self.does(False, lambda: holding.give_back(self.session, other, claim_id))

    @rule(worker=workers, at=which)
    def extend(self, worker: int, at: int) -> None:
        claim_id, held = self.one(worker, at)
        if held is None:
            return
        possible = held.runs and held.extensions < EXTENSIONS
        self.does(possible, lambda: holding.extend(self.session, self.people[worker], claim_id))
        if possible:
            held.left, held.extensions = LEASE, held.extensions + 1

    @rule(worker=workers, at=which)
    def give_back(self, worker: int, at: int) -> None:
        claim_id, held = self.one(worker, at)
        if held is None:
            return
        possible = held.state == "claimed"
        self.does(possible, lambda: holding.give_back(self.session, self.people[worker], claim_id))
        if possible:
            held.end("returned")

    @rule(steps=st.integers(1, 4))
    def time_passes(self, steps: int) -> None:
        pass_time(self.session, steps * LEASE // 3)
        for held in self.known.values():
            held.left -= steps * LEASE // 3

    @rule()
    def expire(self) -> None:
        over = [held for held in self.known.values() if held.state == "claimed" and held.left <= 0]
        with self.session.begin_nested():
            assert leases.expire(self.session) == len(over)
        for held in over:
            held.end("expired")

    @rule(worker=workers, at=which)
    def accept(self, worker: int, at: int) -> None:
        claim_id, held = self.one(worker, at)
        if held is None:
            return
        with self.session.begin_nested():
            done = accept_claims(self.session, self.market.reviewer, [claim_id])
        assert list(done.accepted) == ([claim_id] if held.state == "submitted" else [])
        if held.state == "submitted":
            held.state = "decided"

    @rule(worker=workers, at=which)
    def send_back(self, worker: int, at: int) -> None:
        claim_id, held = self.one(worker, at)
        answer_id = self.session.scalar(select(Answer.id).where(Answer.claim_id == claim_id))
        if held is None or answer_id is None:
            return
        possible = held.state == "submitted" and held.attempt <= REDOS
        verdict = Verdict(answer_id, "redo", "imprecise", "Look again.")
        self.does(possible, lambda: decide_answers(self.session, self.market.reviewer, claim_id, [verdict]))
        if possible:
            held.state, held.attempt, held.left, held.extensions = "claimed", held.attempt + 1, LEASE, 0

    @rule()
    def halt_or_go_on(self) -> None:
        self.halted = not self.halted
        withdrawing.set_claimable(self.session, self.market.job.id, claimable=not self.halted)

    @precondition(lambda self: not self.withdrawn and len(self.known) > 3)
    @rule()
    def withdraw(self) -> None:
        with self.session.begin_nested():
            withdrawing.withdraw(self.session, self.market.requester, self.batch.id)
        self.withdrawn = True

    @invariant()
    def the_database_says_the_same(self) -> None:
        rows = self.session.execute(select(Claim.id, Claim.state, Claim.attempt, Claim.lease_until)).all()
        assert {row.id: (row.state, row.attempt) for row in rows} == {
            claim_id: (held.state, held.attempt) for claim_id, held in self.known.items()
        }
        assert all((row.lease_until is not None) == (row.state == "claimed") for row in rows)
        seats = Counter(self.session.scalars(select(Seat.state)))
        kept = sum(held.keeps for held in self.known.values())
        assert seats["claimed"] + seats["done"] == kept
        assert seats["open"] == (0 if self.withdrawn else TASKS * SEATS - kept)

    @invariant()
    def what_was_answered_last_stands(self) -> None:
        kept = self.session.execute(select(Answer.claim_id, Answer.content)).all()
        assert {row.claim_id: row.content["label"] for row in kept} == {
            claim_id: held.given[max(held.given)] for claim_id, held in self.known.items() if held.given
        }


@pytest.mark.slow
def test_claims_do_what_the_model_says_in_any_order(engine: Engine) -> None:
    machine = type("ClaimsHere", (Claims,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
