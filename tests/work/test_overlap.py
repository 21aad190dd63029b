from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.contracts.withdrawing import free_of_job
from marketplace.jobs import reserve
from marketplace.jobs.locking import lock_job
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.lifecycle.cancelling import cancel_job, close_job
from marketplace.lifecycle.completing import complete_jobs
from marketplace.lifecycle.costs import cost_preview
from marketplace.lifecycle.funding import fund_job
from marketplace.lifecycle.pausing import pause_job, resume_job
from marketplace.lifecycle.raising import raise_redundancy
from marketplace.settlement.accepting import decide_answers
from marketplace.work.claiming import claim_next
from marketplace.work.extending import extend_one_batch
from marketplace.work.models import Answer, Batch, Claim, Seat, Task
from marketplace.work.overlap import judge_one_job
from marketplace.work.results import progress
from marketplace.work.verdicts import Verdict
from marketplace.work.withdrawing import finish_batches, withdraw
from tests.builders.overlap import answer, committed, do, extensions, make_overlap_market, states, sweep
from tests.builders.payouts import inside
from tests.builders.work import give_money, make_worker, open_batch


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


def seats_of(session: Session, batch: Batch) -> int:
    return session.scalar(select(func.count()).select_from(Seat).where(Seat.batch_id == batch.id)) or 0


def test_the_most_answers_an_item_may_get_are_committed_with_its_first_seats(session: Session) -> None:
    market = make_overlap_market(session, items_count=3, funded="7")
    batch = open_batch(session, market)
    assert (seats_of(session, batch), committed(session, market)) == (2, usd("4"))
    give_money(session, market.requester.organization, usd("1"))
    fund_job(session, market.requester, market.job.id, usd("1"))
    assert (seats_of(session, batch), committed(session, market)) == (4, usd("8"))
    preview = cost_preview(session, market.requester, market.job.id)
    assert (preview.rates[0].answers, preview.total, preview.missing) == (12, usd("12"), usd("4"))


def test_items_whose_answers_agree_stop_early_and_free_what_they_do_not_want(session: Session) -> None:
    market = make_overlap_market(session, items_count=2, funded="4")
    batch = open_batch(session, market)
    for _ in range(2):
        do(session, market, batch, "good")
    assert (committed(session, market), seats_of(session, batch)) == (usd("2"), 2)
    sweep(session)
    # Two answers of the first item are paid, two will never be asked for: not yet enough for the second item.
    assert (committed(session, market), states(session)) == (usd("0"), {})
    preview = cost_preview(session, market.requester, market.job.id)
    assert (preview.free, preview.rates[0].answers, preview.missing) == (usd("2"), 2 + 4, usd("2"))


def test_freed_money_releases_later_seats(session: Session) -> None:
    market = make_overlap_market(session, items_count=3, answers_max=4, funded="6")
    batch = open_batch(session, market)
    do(session, market, batch, "good")
    do(session, market, batch, "good")
    assert seats_of(session, batch) == 2
    sweep(session)
    assert (seats_of(session, batch), committed(session, market)) == (4, usd("4"))


def test_items_without_agreement_are_gathered_into_tasks_of_the_same_size_and_price(session: Session) -> None:
    market = make_overlap_market(session, items_count=6)
    batch = open_batch(session, market, items_per_task=3, pay="0.60", lease_seconds=900)
    for _ in range(2):
        do(session, market, batch, "good", "bad", "good")
        do(session, market, batch, "bad", "bad", "bad")
    sweep(session)
    assert states(session) == dict.fromkeys((1, 3, 4, 6), ("extended", 1))
    [extension] = extensions(session, batch)
    tasks = session.scalars(select(Task).where(Task.batch_id == extension.id).order_by(Task.position)).all()
    assert [task.item_count for task in tasks] == [3, 1]
    for name in ("price_chain_id", "price_amount", "pay_amount", "contract_id", "lease_seconds", "terms_hash"):
        assert getattr(extension, name) == getattr(batch, name), name
    assert (extension.claimable, extension.seats_per_task, seats_of(session, extension)) == (True, 1, 2)
    assert committed(session, market) == usd("0.60") * 8


def test_who_answered_an_item_never_gets_it_again(session: Session) -> None:
    market = make_overlap_market(session, items_count=2)
    batch = open_batch(session, market, items_per_task=2)
    first, second = make_worker(session), make_worker(session)
    do(session, market, batch, "good", "good", worker=first)
    do(session, market, batch, "bad", "bad", worker=second)
    sweep(session)
    [extension] = extensions(session, batch)
    for worker in (first, second):
        for batch_id in (extension.id, None):
            with pytest.raises(DomainError, match="nothing_to_claim"):
                claim_next(session, worker, batch_id)
    third = make_worker(session)
    do(session, market, extension, "good", "bad", worker=third)
    sweep(session)
    [_, later] = extensions(session, batch)
    for worker in (first, second, third):
        with pytest.raises(DomainError, match="nothing_to_claim"):
            claim_next(session, worker, later.id)
    assert claim_next(session, make_worker(session), None).batch_id == later.id


def test_an_item_at_the_most_answers_stays_open_for_a_third_person(session: Session) -> None:
    market = make_overlap_market(session, items_count=1, answers_max=3)
    batch = open_batch(session, market)
    do(session, market, batch, "good")
    do(session, market, batch, "bad")
    sweep(session)
    assert states(session) == {1: ("extended", 0)}
    [extension] = extensions(session, batch)
    do(session, market, extension, "good")
    sweep(session)
    assert (states(session), extensions(session, batch)) == ({1: ("open", 0)}, [extension])
    assert committed(session, market) == usd("0")


def test_a_third_answer_can_make_one_label_likely_enough(session: Session) -> None:
    market = make_overlap_market(session, items_count=1, answers_max=5, posterior_min_ppm=790_000)
    batch = open_batch(session, market)
    do(session, market, batch, "good")
    do(session, market, batch, "bad")
    sweep(session)
    [extension] = extensions(session, batch)
    do(session, market, extension, "good")
    sweep(session)
    assert (states(session), committed(session, market)) == ({1: ("agreed", 0)}, usd("0"))
    assert cost_preview(session, market.requester, market.job.id).rates[0].answers == 3


def test_a_rejected_answer_does_not_count_and_another_is_asked_for(session: Session) -> None:
    market = make_overlap_market(session, items_count=1)
    batch = open_batch(session, market)
    do(session, market, batch, "good")
    claimed = answer(session, make_worker(session), batch, "good")
    [answer_id] = session.scalars(select(Answer.id).where(Answer.claim_id == claimed.id))
    decide_answers(
        session, market.reviewer, claimed.id, [Verdict(answer_id, "reject", "wrong_label", "It is not.", "G1")]
    )
    sweep(session)
    assert states(session) == {1: ("extended", 1)}
    # The rejected answer may still be contested and stays committed, beside the two further ones.
    assert committed(session, market) == usd("3")


def test_a_few_items_wait_until_more_come_or_long_enough(session: Session) -> None:
    market = make_overlap_market(session, items_count=4, wait_seconds=3600)
    batch = open_batch(session, market)
    do(session, market, batch, "good")
    do(session, market, batch, "bad")
    sweep(session)
    assert states(session) == {1: ("waiting", 2)}
    for _ in range(3):
        do(session, market, batch, "good")
        do(session, market, batch, "bad")
    sweep(session)
    # Nothing more of the batch is under way: they are gathered at once.
    assert {state for state, _ in states(session).values()} == {"extended"}


def test_withdrawing_frees_what_was_held_and_gives_no_answered_item_back(session: Session) -> None:
    market = make_overlap_market(session, items_count=3)
    batch = open_batch(session, market)
    do(session, market, batch, "good")
    do(session, market, batch, "bad")
    sweep(session)
    for _ in range(2):
        do(session, market, batch, "good", worker=None)
    # One item without agreement waits, the second agrees but was not looked at, the third nobody has begun.
    withdraw(session, market.requester, batch.id)
    assert committed(session, market) == usd("0")
    sweep(session)
    assert states(session) == {1: ("open", 0)}
    assert finish_batches(session) == 1
    again = open_batch(session, market)
    assert (again.item_count, committed(session, market)) == (1, usd("4"))


def test_withdrawing_takes_back_open_extensions_and_lets_claimed_ones_finish(session: Session) -> None:
    market = make_overlap_market(session, items_count=2, wait_seconds=0)
    batch = open_batch(session, market)
    for _ in range(2):
        do(session, market, batch, "good")
        do(session, market, batch, "bad")
    sweep(session)
    [extension] = extensions(session, batch)
    claimed = claim_next(session, make_worker(session), extension.id)
    withdraw(session, market.requester, batch.id)
    assert committed(session, market) == usd("1")
    assert sorted(states(session).values()) == [("extended", 0), ("open", 0)]
    session.refresh(extension)
    assert extension.state == "withdrawn"
    assert session.get_one(Claim, claimed.id).state == "claimed"
    # The items have answers: they are nobody's to open again.
    assert not any(free_of_job(session, market.job.id)["standard"])


def test_cancelling_frees_all_that_nobody_works_on(session: Session) -> None:
    market = make_overlap_market(session, items_count=3, wait_seconds=0)
    batch = open_batch(session, market)
    do(session, market, batch, "good")
    do(session, market, batch, "bad")
    sweep(session)
    [extension] = extensions(session, batch)
    answer(session, make_worker(session), extension, "good")
    cancel_job(session, market.requester, market.job.id)
    job = lock_job(session, market.job.id)
    assert (committed(session, market), reserve.free(session, job)) == (usd("1"), usd("0"))


def test_closing_frees_what_is_held_and_the_job_completes(session: Session) -> None:
    market = make_overlap_market(session, items_count=2)
    batch = open_batch(session, market)
    do(session, market, batch, "good")
    do(session, market, batch, "bad")
    close_job(session, market.requester, market.job.id)
    assert committed(session, market) == usd("0")
    sweep(session)
    assert states(session) == {1: ("open", 0)}
    assert finish_batches(session) == 1
    assert complete_jobs(inside(session)) == 1
    assert lock_job(session, market.job.id).state == "completed"


def test_a_job_is_not_complete_while_an_item_may_get_a_further_answer(session: Session) -> None:
    market = make_overlap_market(session, items_count=1, answers_max=3)
    batch = open_batch(session, market)
    do(session, market, batch, "good")
    do(session, market, batch, "bad")
    assert finish_batches(session) == 0
    judge_one_job(session)
    assert finish_batches(session) == 0
    assert extend_one_batch(session) == 1
    assert finish_batches(session) == complete_jobs(inside(session)) == 0
    [extension] = extensions(session, batch)
    do(session, market, extension, "bad")
    assert finish_batches(session) == complete_jobs(inside(session)) == 0
    sweep(session)
    assert finish_batches(session) == 2
    assert complete_jobs(inside(session)) == 1
    assert lock_job(session, market.job.id).state == "completed"
    assert reserve.free(session, market.job) == usd("0")


def test_extensions_of_a_paused_job_wait_for_it(session: Session) -> None:
    market = make_overlap_market(session, items_count=1)
    batch = open_batch(session, market)
    do(session, market, batch, "good")
    do(session, market, batch, "bad")
    pause_job(session, market.requester, market.job.id)
    sweep(session)
    [extension] = extensions(session, batch)
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_next(session, make_worker(session), extension.id)
    resume_job(session, market.requester, market.job.id)
    assert claim_next(session, make_worker(session), extension.id).batch_id == extension.id


def test_raised_redundancy_takes_its_seats_from_what_is_held_and_stays_within_the_most(session: Session) -> None:
    market = make_overlap_market(session, items_count=2)
    batch = open_batch(session, market)
    do(session, market, batch, "good")
    do(session, market, batch, "bad")
    sweep(session)
    before = committed(session, market)
    job = lock_job(session, market.job.id)
    with pytest.raises(DomainError) as refused:
        raise_redundancy(session, market.requester, job.id, job.version, 5)
    assert refused.value.errors[0].pointer == "/redundancy"
    raise_redundancy(session, market.requester, job.id, job.version, 3)
    assert (committed(session, market), seats_of(session, batch)) == (before, 5)
    for label in ("good", "bad", "good"):
        do(session, market, batch, label)
    sweep(session)
    assert states(session) == {1: ("extended", 1), 2: ("extended", 0)}


def test_progress_tells_of_items_that_get_further_answers(session: Session) -> None:
    market = make_overlap_market(session, items_count=3)
    batch = open_batch(session, market)
    for labels in (("good", "bad"), ("good", "good")):
        for label in labels:
            do(session, market, batch, label)
    sweep(session)
    seen = progress(session, market.requester, market.job.id).overlap
    assert seen is not None
    assert (seen.items_waiting, seen.items_to_adjudicate, seen.answers_stopped) == (1, 0, 2)
    assert seen.answers_held == 2 + 2
