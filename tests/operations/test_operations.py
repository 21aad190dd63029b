from __future__ import annotations

import dataclasses
from itertools import pairwise

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, DomainError
from marketplace.kernel.ids import new_id
from marketplace.operations import queries, starting
from marketplace.operations.run import Outcome, Run
from marketplace.operations.running import ATTEMPTS_MAX, execute, run_due, take
from tests.builders.identity import make_member, make_organization
from tests.builders.operations import found, inside, make_due, make_silent, queue


@pytest.fixture
def actor(session: Session) -> Actor:
    return make_member(session, make_organization(session), "requester")


def run(session: Session, runner: object, **options: object) -> int:
    return run_due(inside(session), {"count": runner}, places=3, **options)  # type: ignore[dict-item, arg-type]


def started(session: Session, *, stopping: object = lambda: False) -> Run:
    """A run that is taken, and writes its progress each time it says it."""
    taken = take(session, inside(session), {"count": count}, most=5, stopping=stopping)  # type: ignore[arg-type]
    assert taken is not None
    taken.renew_seconds = 0
    return taken


def count(run: Run) -> Outcome:
    for number in range(run.parameters.get("to", 1)):
        run.progress(number, run.parameters.get("to", 1))
    return Outcome({"counted": run.parameters.get("to", 1)})


def break_down(run: Run) -> Outcome:
    raise OSError("the disk is full")


def slug(error: pytest.ExceptionInfo[DomainError]) -> str:
    return error.value.slug


def test_work_is_run_once_and_its_result_and_end_are_written_and_recorded(session: Session, actor: Actor) -> None:
    operation = queue(session, actor, to=3)
    assert (operation.state, operation.attempts, operation.progress_total) == ("queued", 0, None)
    assert run(session, count) == 1
    assert run(session, count) == 0
    done = found(session, operation.id)
    assert (done.state, done.result, done.attempts, done.lease_token) == ("succeeded", {"counted": 3}, 1, None)
    assert done.started_at is not None
    assert done.finished_at is not None
    assert done.expires_at == done.finished_at + starting.KEEP
    kinds = session.scalars(select(AuditEvent.kind).where(AuditEvent.subject_id == operation.id))
    assert sorted(kinds) == ["operation.finished", "operation.queued"]


def test_what_takes_effect_with_the_end_does_so_in_its_transaction_or_not_at_all(
    session: Session, actor: Actor
) -> None:
    operation, seen = queue(session, actor), []

    def effect(opened: Session) -> None:
        seen.append(found(opened, operation.id).state)
        if len(seen) == 1:
            raise OSError("the connection broke")

    assert run(session, lambda _run: Outcome({}, effect)) == 1
    assert found(session, operation.id).state == "queued"
    make_due(session)
    assert run(session, lambda _run: Outcome({}, effect)) == 1
    assert (seen, found(session, operation.id).state) == (["running", "running"], "succeeded")


def test_a_run_that_breaks_is_begun_anew_after_a_growing_wait_and_fails_in_the_end(
    session: Session, actor: Actor
) -> None:
    operation, waits = queue(session, actor), []
    for attempt in range(1, ATTEMPTS_MAX + 1):
        assert run(session, break_down) == 1
        after = found(session, operation.id)
        assert after.attempts == attempt
        waits.append(after.due_at)
        assert run(session, break_down) == 0, "not before the wait is over"
        make_due(session)
    assert (after.state, after.problem_code) == ("failed", "operation_failed")
    assert "OSError" in (after.problem_detail or "")
    assert "disk" not in (after.problem_detail or ""), "the words of an error may hold what is not theirs to know"
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(waits[:-1])]
    assert gaps == sorted(gaps)
    assert run(session, count) == 0


def test_a_refusal_of_the_domain_fails_the_operation_at_once_in_its_own_words(session: Session, actor: Actor) -> None:
    operation = queue(session, actor)

    def refuse(run: Run) -> Outcome:
        raise INVALID.error("There is nothing to count.")

    run(session, refuse)
    failed = found(session, operation.id)
    assert (failed.state, failed.problem_code, failed.problem_detail) == (
        "failed", "invalid", "There is nothing to count.",
    )  # fmt: skip


def test_a_queued_operation_is_cancelled_at_once_and_never_run(session: Session, actor: Actor) -> None:
    operation = queue(session, actor)
    assert starting.cancel(session, actor, operation.id).state == "cancelled"
    assert starting.cancel(session, actor, operation.id).state == "cancelled", "asked again it changes nothing"
    assert run(session, count) == 0


def test_a_running_operation_ends_at_its_next_step(session: Session, actor: Actor) -> None:
    operation = queue(session, actor)
    taken, reached = started(session), []
    taken.progress(1, 10)
    assert found(session, operation.id).progress_done == 1

    def runner(run: Run) -> Outcome:
        asked = starting.cancel(session, actor, operation.id)
        assert (asked.state, asked.cancel_requested_at is not None) == ("running", True)
        run.progress(2, 10)
        reached.append("a step after it")
        return Outcome({})

    execute(taken, runner)
    assert (found(session, operation.id).state, reached) == ("cancelled", [])


def test_one_that_is_cancelled_between_its_last_step_and_its_end_takes_no_effect(
    session: Session, actor: Actor
) -> None:
    operation, effects = queue(session, actor), []
    taken = started(session)

    def runner(run: Run) -> Outcome:
        starting.cancel(session, actor, operation.id)
        return Outcome({}, lambda _session: effects.append("happened"))

    execute(taken, runner)
    assert (found(session, operation.id).state, effects) == ("cancelled", [])


def test_what_has_ended_otherwise_cannot_be_cancelled(session: Session, actor: Actor) -> None:
    operation = queue(session, actor)
    run(session, count)
    with pytest.raises(DomainError) as refused:
        starting.cancel(session, actor, operation.id)
    assert slug(refused) == "state_conflict"


def test_the_work_of_a_silent_process_is_begun_anew_and_its_own_end_counts_no_more(
    session: Session, actor: Actor
) -> None:
    operation, effects = queue(session, actor), []
    silent = started(session)
    make_silent(session)
    assert run(session, count) == 0, "given back, and due after a wait"
    make_due(session)
    assert run(session, lambda _run: Outcome({"by": "another"})) == 1
    execute(silent, lambda _run: Outcome({"by": "the silent one"}, lambda _session: effects.append("happened")))
    ended = found(session, operation.id)
    assert (ended.state, ended.result, ended.attempts, effects) == ("succeeded", {"by": "another"}, 2, [])


def test_a_run_learns_at_its_next_step_that_it_was_taken_over(session: Session, actor: Actor) -> None:
    operation = queue(session, actor)
    silent = started(session)
    make_silent(session)
    run(session, count)
    make_due(session)
    second = started(session)
    reached = []

    def runner(run: Run) -> Outcome:
        run.progress(7)
        reached.append("a step after it")
        return Outcome({})

    execute(silent, runner)
    assert (reached, found(session, operation.id).lease_token) == ([], second.token)
    assert found(session, operation.id).progress_done == 0


def test_progress_keeps_the_lease(session: Session, actor: Actor) -> None:
    operation = queue(session, actor)
    taken = started(session)
    make_silent(session)
    taken.progress()
    assert run(session, count) == 0
    assert found(session, operation.id).lease_token == taken.token


def test_what_kills_every_process_that_runs_it_fails_in_the_end(session: Session, actor: Actor) -> None:
    operation = queue(session, actor)
    for _ in range(ATTEMPTS_MAX):
        make_due(session)
        started(session)
        make_silent(session)
        run(session, count)
    failed = found(session, operation.id)
    assert (failed.state, failed.problem_code, failed.attempts) == ("failed", "operation_failed", ATTEMPTS_MAX)


def test_a_cancelled_operation_of_a_silent_process_ends_cancelled(session: Session, actor: Actor) -> None:
    operation = queue(session, actor)
    started(session)
    starting.cancel(session, actor, operation.id)
    make_silent(session)
    assert run(session, count) == 0
    assert found(session, operation.id).state == "cancelled"


def test_a_process_that_stops_gives_its_run_back_without_counting_the_attempt(session: Session, actor: Actor) -> None:
    operation = queue(session, actor)
    stop: list[bool] = []
    taken = started(session, stopping=lambda: bool(stop))

    def runner(run: Run) -> Outcome:
        stop.append(True)
        run.progress()
        raise AssertionError("it went on")

    execute(taken, runner)
    given_back = found(session, operation.id)
    assert (given_back.state, given_back.attempts) == ("queued", 0)
    assert run(session, count, stopping=lambda: True) == 0
    assert run(session, count) == 1


def test_work_of_a_kind_that_no_runner_is_there_for_waits(session: Session, actor: Actor) -> None:
    operation = queue(session, actor, kind="of_a_newer_version")
    assert run(session, count) == 0
    assert found(session, operation.id).state == "queued"


def test_the_organization_with_the_least_under_way_comes_next_and_none_takes_every_place(
    session: Session, actor: Actor
) -> None:
    other = make_member(session, make_organization(session), "requester")
    for _ in range(4):
        queue(session, actor)
    theirs = queue(session, other)

    def next_one() -> Run | None:
        return take(session, inside(session), {"count": count}, most=2)

    order = [taken.organization_id if (taken := next_one()) else None for _ in range(4)]
    assert order == [actor.organization_id, other.organization_id, actor.organization_id, None]
    assert found(session, theirs.id).state == "running"


def test_who_has_left_the_organization_has_no_rights_in_their_run(session: Session, actor: Actor) -> None:
    operation = queue(session, actor)

    def runner(run: Run) -> Outcome:
        asker = run.actor(session)
        assert (asker.person_id, asker.organization_id) == (actor.person_id, actor.organization_id)
        assert asker.permissions == actor.permissions
        gone = dataclasses.replace(run, person_id=new_id())
        gone.actor(session)
        raise AssertionError("it went on")

    run(session, runner)
    assert (found(session, operation.id).state, found(session, operation.id).problem_code) == ("failed", "forbidden")


def test_rows_of_operations_are_forgotten_after_their_time(session: Session, actor: Actor) -> None:
    first, second = queue(session, actor), queue(session, actor)
    run(session, count)
    ended = found(session, first.id)
    assert ended.finished_at is not None
    ended.expires_at = ended.finished_at
    session.flush()
    assert starting.forget_expired(session) == 1
    left = [row.id for row in queries.list_operations(session, actor).data]
    assert left == [second.id]
