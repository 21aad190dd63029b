"""Any order of answers that agree or not, verdicts, sweeps and withdrawals keeps money and workers apart from harm."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import JobReserve
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.checking import run_checks
from marketplace.ledger.recipes.accounts import job_reserve
from marketplace.lifecycle import cancelling, completing, costs, funding, pausing, raising
from marketplace.settlement import appeals
from marketplace.settlement.accepting import decide_answers
from marketplace.work import holding, leases, withdrawing
from marketplace.work.claiming import claim_next
from marketplace.work.models import Answer, Batch, Claim
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.overlap import make_overlap_market, sweep
from tests.builders.payouts import inside
from tests.builders.work import make_worker, open_batch
from tests.invariants import check_invariants
from tests.work.test_reviewing import REASONS
from tests.work.test_submitting import pass_time

workers = st.integers(0, 4)
labels = st.sampled_from(["good", "bad"])
ANSWERS_MAX = 4


class Overlapping(RuleBasedStateMachine):
    """Five items in tasks of two, two first answers and at most four, five workers, money for most of it at first."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        self.market = make_overlap_market(
            self.session, items_count=5, answers_max=ANSWERS_MAX, funded="16", wait_seconds=60
        )
        open_batch(self.session, self.market, items_per_task=2, lease_seconds=600)
        self.workers = [make_worker(self.session) for _ in range(5)]

    def teardown(self) -> None:
        check_invariants(self.session)
        self.session.close()
        self.outer.rollback()
        self.connection.close()

    def attempt(self, verb: Any, *arguments: Any) -> Any:
        """What the domain refuses changes nothing."""
        try:
            with self.session.begin_nested():
                return verb(self.session, *arguments)
        except DomainError:
            self.session.expire_all()
            return None

    @rule(worker=workers, first=labels, second=labels)
    def claim_and_answer(self, worker: int, first: str, second: str) -> None:
        claimed = self.attempt(claim_next, self.workers[worker])
        if claimed is not None:
            given = dict(zip([item.id for item in claimed.items], [{"label": first}, {"label": second}], strict=False))
            submit(self.session, self.workers[worker], claimed.id, given, 1)

    @rule(given=st.lists(labels, min_size=2, max_size=5))
    def several_answer_and_all_is_accepted(self, given: list[str]) -> None:
        for worker, label in zip(self.workers, given, strict=False):
            claimed = self.attempt(claim_next, worker)
            if claimed is not None:
                submit(self.session, worker, claimed.id, {item.id: {"label": label} for item in claimed.items}, 1)
        self.review("accept")
        sweep(self.session)

    @rule(worker=workers, back=st.booleans())
    def claim_and_leave(self, worker: int, back: bool) -> None:
        claimed = self.attempt(claim_next, self.workers[worker])
        if claimed is not None and back:
            holding.give_back(self.session, self.workers[worker], claimed.id)

    @rule(verdict=st.sampled_from(["accept", "accept", "accept", "reject", "pay_not_use"]))
    def review(self, verdict: str) -> None:
        for claim_id in self.session.scalars(select(Claim.id).where(Claim.state == "submitted").limit(5)).all():
            waiting = self.session.scalars(
                select(Answer.id).where(Answer.claim_id == claim_id, Answer.state == "submitted")
            )
            reasons = {} if verdict == "accept" else REASONS
            given = [Verdict(answer_id, verdict, **reasons) for answer_id in waiting.all()]
            self.attempt(decide_answers, self.market.reviewer, claim_id, given)

    @rule(seconds=st.sampled_from([30, 600, 10 * 86_400]))
    def time_passes(self, seconds: int) -> None:
        pass_time(self.session, seconds)
        self.attempt(leases.expire)
        self.attempt(appeals.finalize_rejections)

    @rule()
    def compare_and_gather(self) -> None:
        sweep(self.session)

    @rule()
    def finish(self) -> None:
        withdrawing.finish_batches(self.session)
        completing.complete_jobs(inside(self.session))

    @rule()
    def fund(self) -> None:
        self.attempt(funding.fund_job, self.market.requester, self.market.job.id, Money.parse("2", "USD"))

    @rule()
    def pause_for_a_while(self) -> None:
        for verb in (pausing.pause_job, pausing.resume_job):
            self.attempt(verb, self.market.requester, self.market.job.id)
            sweep(self.session)

    @rule()
    def raise_redundancy(self) -> None:
        job = lock_job(self.session, self.market.job.id)
        self.attempt(raising.raise_redundancy, self.market.requester, job.id, job.version, job.redundancy + 1)

    def batches(self) -> list[Batch]:
        return list(self.session.scalars(select(Batch).execution_options(populate_existing=True)))

    @rule(newest=st.booleans())
    def withdraw(self, newest: bool) -> None:
        opened = sorted(self.batches(), key=lambda batch: batch.opened_sequence)
        self.attempt(withdrawing.withdraw, self.market.requester, opened[-1 if newest else 0].id)
        self.attempt(lambda session: open_batch(session, self.market, items_per_task=2))

    @precondition(lambda self: len(self.batches()) > 4)
    @rule()
    def cancel(self) -> None:
        self.attempt(cancelling.cancel_job, self.market.requester, self.market.job.id)

    @invariant()
    def committed_is_what_may_be_asked_and_never_above_the_reserve(self) -> None:
        self.session.flush()
        for result in run_checks(self.session, ["I19", "R3", "R5", "W1", "W2"]).results:
            assert not result.findings, (result.check.name, result.findings)
        held = balance(self.session, job_reserve(self.market.job.id, "USD"))
        reserve = self.session.get_one(JobReserve, self.market.job.id, populate_existing=True)
        assert reserve.committed <= held

    @invariant()
    def nobody_answers_an_item_twice_and_no_item_more_often_than_allowed(self) -> None:
        rows = self.session.execute(
            select(Answer.item_id, Claim.worker_id).join(Claim, Claim.id == Answer.claim_id)
        ).all()
        assert len(rows) == len(set(rows))
        assert all(count <= ANSWERS_MAX for count in Counter(item_id for item_id, _ in rows).values())

    @invariant()
    def the_preview_never_says_less_than_was_spent_and_committed(self) -> None:
        seen = costs.cost_preview(self.session, self.market.requester, self.market.job.id)
        assert seen.spent + seen.committed <= seen.total


@pytest.mark.slow
def test_any_order_of_answers_that_agree_or_not_keeps_money_and_workers_right(engine: Engine) -> None:
    machine = type("OverlappingHere", (Overlapping,), {"engine": engine})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
