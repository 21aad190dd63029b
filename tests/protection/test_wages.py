"""Effective pay is measured from real figures, and a wage floor pauses what pays less and tops it up."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.checking import run_checks
from marketplace.ledger.treasury import contribute, put_in_capital
from marketplace.lifecycle.pausing import pause_job, resume_job
from marketplace.protection import wages
from marketplace.protection.wages import guard_wages, measure_pay
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.extra_models import Extra
from marketplace.work import finding
from marketplace.work.claiming import claim_next
from marketplace.work.holding import give_back
from marketplace.work.models import Batch
from marketplace.work.opening import open_tasks
from marketplace.work.pay_figures import expected_pay
from marketplace.work.protection_models import BatchPause, PayFigure
from marketplace.work.timing import beat
from marketplace.work.withdrawing import withdraw
from tests.builders.jobs import make_party
from tests.builders.payouts import inside
from tests.builders.settlement import Chain, accept, hand_in, make_chain, payable_worker, reject


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def take(session: Session, claim_id: object, minutes: int) -> None:
    session.execute(
        text("UPDATE claim SET claimed_at = submitted_at - make_interval(mins => :m) WHERE id = :id"),
        {"m": minutes, "id": claim_id},
    )


def work(session: Session, chain: Chain, minutes: int, worker: Actor | None = None, *, accepted: bool = True) -> Actor:
    """One task of one item at 0.35, which took so long."""
    handed = hand_in(session, chain, worker)
    take(session, handed.claim_id, minutes)
    if accepted:
        accept(session, chain, handed)
    else:
        decide_answers(session, chain.reviewer, handed.claim_id, [reject(handed.answer_ids[0])])
    return handed.worker


def figure(session: Session) -> PayFigure:
    measure_pay(session)
    return session.scalars(select(PayFigure).execution_options(populate_existing=True)).one()


def set_floor(session: Session, amount: str, *, minutes: int = 30, country: str = "KE", currency: str = "CNY") -> None:
    actor = make_party(session, "platform", "operations")
    wages.set_floor(session, actor, country, Money.parse(amount, currency), minutes)


def guard(session: Session) -> int:
    measure_pay(session)
    return guard_wages(inside(session))


def topped(session: Session) -> list[Money]:
    return [extra.money for extra in session.scalars(select(Extra).order_by(Extra.id))]


def test_what_is_shown_before_a_claim_is_what_the_last_workers_really_earned(session: Session) -> None:
    chain = make_chain(session, items=9)
    for minutes in (6, 7, 10):
        work(session, chain, minutes)
    found = figure(session)
    # 0.35 in 6, 7, 10 minutes.
    assert [found.lower_amount, found.median_amount, found.upper_amount] == [
        cny("2.10").amount, cny("3.00").amount, cny("3.50").amount
    ]  # fmt: skip
    assert (found.claims, found.workers) == (3, 3)
    batch = finding.open_batch(session, payable_worker(session), chain.batch.id)
    shown = expected_pay(session, [batch])[batch.id]
    assert (shown.basis, shown.median, shown.claims) == ("this_work", cny("3.00"), 3)
    # Half of 6, 7 and 10 minutes would be one worker's own seven.
    assert shown.task_seconds == 450


def test_rejected_answers_count_as_time_without_pay(session: Session) -> None:
    chain = make_chain(session, items=9)
    worker = work(session, chain, 6)
    work(session, chain, 6, worker, accepted=False)
    for minutes in (6, 7):
        work(session, chain, minutes)
    assert figure(session).lower_amount == cny("1.75").amount


def test_beats_are_the_time_where_there_are_any_and_count_for_claims_given_back_too(session: Session) -> None:
    chain = make_chain(session, items=9)
    for _ in range(3):
        work(session, chain, 30)
    session.execute(
        text(
            "INSERT INTO claim_time (claim_id, seconds, beats, last_added, last_beat_at) "
            "SELECT id, 360, 19, 20, now() FROM claim"
        )
    )
    found = figure(session)
    assert (found.median_amount, found.claims, found.beaten) == (cny("3.50").amount, 3, 3)
    worker = payable_worker(session)
    given_back = claim_next(session, worker, chain.batch.id)
    beat(session, worker, given_back.id)
    session.execute(text("UPDATE claim_time SET seconds = 360 WHERE claim_id = :claim_id"), {"claim_id": given_back.id})
    give_back(session, worker, given_back.id)
    work(session, chain, 6, worker)
    # Twelve minutes for one paid answer.
    assert figure(session).lower_amount == cny("1.75").amount


def test_what_a_program_sent_in_faster_than_a_second_an_item_is_not_measured(session: Session) -> None:
    chain = make_chain(session, items=9)
    for _ in range(3):
        accept(session, chain, hand_in(session, chain))
    found = figure(session)
    assert (found.claims, found.median_amount) == (0, None)


def test_figures_of_fewer_than_three_workers_are_not_shown_and_the_kind_stands_in(session: Session) -> None:
    chain = make_chain(session, items=9)
    first, second = work(session, chain, 6), work(session, chain, 7)
    assert figure(session).median_amount is None
    batch = finding.open_batch(session, first, chain.batch.id)
    assert expected_pay(session, [batch]) == {}
    other = make_chain(session, items=3)
    for _ in range(3):
        work(session, other, 10)
    measure_pay(session)
    shown = expected_pay(session, [batch])[batch.id]
    assert (shown.basis, shown.median, shown.workers) == ("this_kind", cny("2.10"), 3)
    assert second.person_id is not None


def test_only_what_changed_is_measured_again(session: Session) -> None:
    chain = make_chain(session, items=9)
    work(session, chain, 6)
    assert measure_pay(session) == 1
    assert measure_pay(session) == 0
    work(session, chain, 6)
    session.execute(text("UPDATE pay_figure SET measured_at = measured_at - interval '1 second'"))
    assert measure_pay(session) == 1


def test_below_the_wage_floor_the_batch_stands_still_and_the_layer_tops_up_what_was_done(session: Session) -> None:
    set_floor(session, "4.20")
    chain = make_chain(session, items=9)
    workers = [work(session, chain, 10) for _ in range(3)]
    assert guard(session) == 4
    pause = session.scalars(select(BatchPause)).one()
    assert "Workers in Kenya earned 2.10 CNY an hour here, and the wage floor there is 4.20 CNY" in pause.words
    # 0.70 for ten minutes at 4.20 an hour; 0.35 was paid.
    assert topped(session) == [cny("0.35")] * 3
    assert {extra.kind for extra in session.scalars(select(Extra))} == {"wage_top_up"}
    with pytest.raises(DomainError, match="batch_paused"):
        claim_next(session, workers[0], chain.batch.id)
    assert finding.open_batches(session, payable_worker(session)).data == []
    assert guard(session) == 0
    assert run_checks(session).holds


def test_resuming_the_job_does_not_end_a_wage_pause(session: Session) -> None:
    set_floor(session, "4.20")
    chain = make_chain(session, items=9)
    for _ in range(3):
        work(session, chain, 10)
    guard(session)
    pause_job(session, chain.client, chain.job.id)
    resume_job(session, chain.client, chain.job.id)
    session.refresh(chain.batch)
    assert not chain.batch.claimable


def test_live_claims_go_on_and_are_topped_up_too(session: Session) -> None:
    set_floor(session, "4.20")
    chain = make_chain(session, items=9)
    live = hand_in(session, chain)
    for _ in range(3):
        work(session, chain, 10)
    guard(session)
    take(session, live.claim_id, 10)
    accept(session, chain, live)
    session.execute(text("UPDATE pay_figure SET measured_at = measured_at - interval '1 second'"))
    assert guard(session) == 1
    assert topped(session) == [cny("0.35")] * 4


def test_a_worker_who_earned_the_floor_is_not_topped_up_when_others_did_not(session: Session) -> None:
    set_floor(session, "4.20")
    chain = make_chain(session, items=9)
    for minutes in (4, 15, 15):
        work(session, chain, minutes)
    guard(session)
    assert topped(session) == [cny("0.70")] * 2


def test_a_clock_left_running_is_not_the_layers_debt(session: Session) -> None:
    set_floor(session, "4.20")
    chain = make_chain(session, items=9)
    for minutes in (10, 10, 59):
        work(session, chain, minutes)
    guard(session)
    # 59 minutes count as three times the usual ten: 2.10 owed, 0.35 paid.
    assert sorted(topped(session), key=lambda m: m.amount) == [cny("0.35"), cny("0.35"), cny("1.75")]


def test_the_floor_waits_for_the_stated_minimum_of_hours_and_holds_its_own_country_and_currency_only(
    session: Session,
) -> None:
    chain = make_chain(session, items=9)
    for _ in range(3):
        work(session, chain, 10)
    for country, currency, minutes in (("KE", "CNY", 31), ("DE", "CNY", 1), ("KE", "USD", 1)):
        set_floor(session, "4.20", minutes=minutes, country=country, currency=currency)
        assert guard(session) == 0
        wages.remove_floor(session, make_party(session, "platform", "operations"), country)
    assert session.scalars(select(BatchPause)).all() == []


def test_what_was_found_to_pay_too_little_is_opened_anew_at_a_higher_pay_only(session: Session) -> None:
    set_floor(session, "4.20")
    chain = make_chain(session, items=9)
    for _ in range(3):
        work(session, chain, 10)
    guard(session)
    opener, contract = chain.layers[-1]
    withdraw(session, opener, chain.batch.id)

    def again(pay: str) -> Batch:
        return open_tasks(session, opener, contract.id, "standard", items="all", items_per_task=1, pay=cny(pay))

    with pytest.raises(DomainError, match="tasks_invalid") as refused:
        again("0.35")
    assert [error.code for error in refused.value.errors] == ["below_wage_floor"]
    assert again("0.60").claimable


def test_ending_a_floor_ends_its_pauses_and_keeps_what_was_topped_up(session: Session) -> None:
    set_floor(session, "4.20")
    chain = make_chain(session, items=9)
    for _ in range(3):
        work(session, chain, 10)
    guard(session)
    wages.remove_floor(session, make_party(session, "platform", "operations"), "KE")
    session.refresh(chain.batch)
    assert chain.batch.claimable
    assert len(topped(session)) == 3


def test_where_the_client_set_the_price_its_allowance_tops_up_then_the_fund(session: Session) -> None:
    put_in_capital(session, system_actor("tests"), cny("10.00"))
    contribute(session, system_actor("tests"), cny("10.00"))
    set_floor(session, "4.20")
    chain = make_chain(session, items=9, prices=(), allowance=cny("0.40"))
    for _ in range(3):
        work(session, chain, 10)
    guard(session)
    extras = session.scalars(select(Extra).order_by(Extra.id)).all()
    assert sorted(extra.kind for extra in extras) == ["bonus", "wage_top_up", "wage_top_up"]
    assert {extra.unpaid_amount for extra in extras} == {0}
    assert run_checks(session).holds


def test_only_operations_set_floors(session: Session) -> None:
    with pytest.raises(DomainError, match="forbidden"):
        wages.set_floor(session, make_party(session, "client"), "KE", cny("1.00"), 60)
    operations = make_party(session, "platform", "operations")
    with pytest.raises(DomainError, match="invalid") as refused:
        wages.set_floor(session, operations, "XX", cny("0"), 0)
    assert [error.pointer for error in refused.value.errors] == ["/country", "/amount/amount", "/minutes_min"]
