from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.jobs.gold import Gold
from marketplace.jobs.models import JobReserve
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.lifecycle.cancelling import cancel_job
from marketplace.provenance.chains import answer_chain
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import accept_claims
from marketplace.settlement.extra_models import Extra
from marketplace.work import disputing, holding, queries
from marketplace.work.claiming import Claimed, claim_next
from marketplace.work.gold_models import GoldAnswer, GoldDraw, MaskedItem
from marketplace.work.models import Answer, Claim
from marketplace.work.results import results
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.gold import make_gold_market, settle_gold
from tests.builders.work import Market, make_market, make_worker, open_batch
from tests.work.test_reviewing import REASONS


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


def reserve_of(session: Session, market: Market) -> JobReserve:
    return session.get_one(JobReserve, market.job.id, populate_existing=True)


def gold_id(session: Session, claimed: Claimed) -> Any:
    """The id under which the worker sees the gold item of a claim; None in a claim without."""
    masked = select(MaskedItem.id).where(MaskedItem.claim_id == claimed.id, MaskedItem.gold_item_id.is_not(None))
    return session.scalar(masked)


def answer(session: Session, worker: Actor, claimed: Claimed, label: str = "good") -> None:
    submit(session, worker, claimed.id, {item.id: {"label": label} for item in claimed.items}, 1)


def accept(session: Session, market: Market, claimed: Claimed) -> None:
    accept_claims(session, market.reviewer, [claimed.id])


def test_a_claim_gets_one_gold_item_among_its_own_and_nothing_shown_tells_it(session: Session) -> None:
    market = make_gold_market(session, items_count=12, allowance="30", gold=4)
    batch = open_batch(session, market, items_per_task=3)
    places = set()
    for _ in range(4):
        claimed = claim_next(session, make_worker(session), batch.id)
        assert [item.ordinal for item in claimed.items] == [1, 2, 3, 4]
        assert [item.external_id for item in claimed.items] == ["1", "2", "3", "4"]
        assert [item.id for item in claimed.items] == sorted(item.id for item in claimed.items)
        assert {tuple(sorted(item.content)) for item in claimed.items} == {("text",)}
        gold = gold_id(session, claimed)
        (place,) = [place for place, item in enumerate(claimed.items) if item.id == gold]
        assert claimed.items[place].content["text"].startswith("Golden")
        places.add(place)
    assert session.scalar(select(func.count()).select_from(GoldDraw)) == 4


def test_the_place_of_gold_among_the_items_is_drawn(session: Session) -> None:
    market = make_gold_market(session, items_count=40, allowance="30", gold=20)
    batch = open_batch(session, market, items_per_task=2)
    places = set()
    for _ in range(20):
        claimed = claim_next(session, make_worker(session), batch.id)
        places.add([item.id for item in claimed.items].index(gold_id(session, claimed)))
    assert places == {0, 1, 2}


def test_gold_is_outside_redundancy_and_results_and_its_answers_stand_apart(session: Session) -> None:
    market = make_gold_market(session, items_count=2)
    batch = open_batch(session, market, items_per_task=2)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    answer(session, worker, claimed)
    assert session.scalar(select(func.count()).select_from(Answer)) == 2
    [given] = session.scalars(select(GoldAnswer)).all()
    assert (given.passed, given.score_ppm) == (True, 1_000_000)
    accept(session, market, claimed)
    assert [line.external_id for line in results(session, market.requester, market.job.id).data] == [
        "text-0000001",
        "text-0000002",
    ]
    view = queries.load_claim(session, Claim.id == claimed.id, claimed.id)
    assert len(view.items) == 2


def test_a_worker_never_gets_the_same_gold_twice(session: Session) -> None:
    market = make_gold_market(session, items_count=6, gold=2)
    batch = open_batch(session, market)
    worker = make_worker(session)
    counts = [len(claim_next(session, worker, batch.id).items) for _ in range(4)]
    assert counts == [2, 2, 1, 1]
    drawn = session.scalars(select(GoldDraw.gold_item_id)).all()
    assert len(set(drawn)) == 2


def test_gold_is_paid_with_its_claim_from_the_allowance_whether_it_was_right_or_not(session: Session) -> None:
    market = make_gold_market(session, items_count=2, allowance="2.50")
    batch = open_batch(session, market)
    for label in ("good", "bad"):
        worker = make_worker(session)
        claimed = claim_next(session, worker, batch.id)
        assert len(claimed.items) == 2
        answer(session, worker, claimed, label)
        assert label == "bad" or settle_gold(session) == 0
        accept(session, market, claimed)
    kept = reserve_of(session, market)
    assert (kept.committed, kept.allowance_spent_amount) == (usd("2"), usd("2").amount)
    assert settle_gold(session) == 2
    kept = reserve_of(session, market)
    assert (kept.committed, kept.allowance_spent_amount) == (usd("0"), usd("2").amount)
    paid = session.scalars(select(Extra)).all()
    assert [(extra.kind, extra.money) for extra in paid] == [("gold", usd("1"))] * 2
    assert settle_gold(session) == 0


def test_when_the_allowance_is_used_up_no_more_gold_is_drawn(session: Session) -> None:
    market = make_gold_market(session, items_count=3, allowance="1.50")
    batch = open_batch(session, market)
    counts = [len(claim_next(session, make_worker(session), batch.id).items) for _ in range(3)]
    assert counts == [2, 1, 1]


def test_a_claim_that_is_given_back_frees_the_pay_of_its_gold(session: Session) -> None:
    market = make_gold_market(session, items_count=2, allowance="1")
    batch = open_batch(session, market)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    holding.give_back(session, worker, claimed.id)
    assert len(claim_next(session, make_worker(session), batch.id).items) == 1
    assert settle_gold(session) == 1
    assert reserve_of(session, market).allowance_spent_amount == 0
    assert len(claim_next(session, make_worker(session), batch.id).items) == 2
    assert [draw.state for draw in session.scalars(select(GoldDraw).order_by(GoldDraw.state))] == ["ended", "open"]


def test_a_cancelled_job_keeps_the_pay_of_gold_that_is_being_answered(session: Session) -> None:
    market = make_gold_market(session, items_count=3)
    batch = open_batch(session, market)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    cancel_job(session, market.requester, market.job.id)
    assert reserve_of(session, market).committed == usd("2")
    answer(session, worker, claimed)
    accept(session, market, claimed)
    assert settle_gold(session) == 1
    assert [extra.money for extra in session.scalars(select(Extra))] == [usd("1")]


def test_gold_waits_and_is_accepted_like_the_others_until_the_claim_is_decided(session: Session) -> None:
    market = make_gold_market(session, items_count=2)
    batch = open_batch(session, market, items_per_task=2)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    gold = gold_id(session, claimed)
    holding.save_draft(session, worker, claimed.id, {"itm": {"label": "good"}})
    answer(session, worker, claimed)
    first, second = session.scalars(select(Answer).order_by(Answer.ordinal)).all()

    def seen() -> dict[Any, str]:
        return {key: one.answer.state for key, one in queries.claim_view(session, worker, claimed.id).answers.items()}

    assert set(seen().values()) == {"submitted"}
    assert len(seen()) == 3
    ids = [queries.claim_view(session, worker, claimed.id).answers[item.id].answer.id for item in claimed.items]
    assert ids == sorted(ids), "answers are numbered in the order shown, gold among them"
    decide_answers(session, market.reviewer, claimed.id, [Verdict(first.id, "accept")])
    assert seen()[gold] == "submitted"
    decide_answers(session, market.reviewer, claimed.id, [Verdict(second.id, "redo", **REASONS)])
    assert seen()[gold] == "accepted"
    view = queries.claim_view(session, worker, claimed.id)
    (again,) = view.items_to_answer
    submit(session, worker, claimed.id, {again.id: {"label": "bad"}}, 2)
    assert seen()[gold] == "accepted"


def test_asking_for_a_gold_answer_is_answered_as_for_the_others(session: Session) -> None:
    market = make_gold_market(session, items_count=1)
    batch = open_batch(session, market)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    answer(session, worker, claimed)
    answers = [view.answer for view in queries.claim_view(session, worker, claimed.id).answers.values()]
    refusals, chains = [], []
    for one in answers:
        with pytest.raises(DomainError) as refusal:
            disputing.open_dispute(session, worker, one.id, "It was right.")
        refusals.append((refusal.value.slug, refusal.value.detail))
        chain = answer_chain(session, worker, one.id)
        assert chain.answer_id == one.id
        chains.append((chain.client_price, chain.state, chain.parts))
        assert queries.own_answer(session, worker, one.id).claim_id == claimed.id
    assert refusals[0] == refusals[1]
    assert chains[0] == chains[1]
    stranger = make_worker(session)
    for one in answers:
        with pytest.raises(DomainError, match="not_found"):
            queries.own_answer(session, stranger, one.id)


def test_the_same_submission_again_changes_nothing_and_another_is_refused(session: Session) -> None:
    market = make_gold_market(session, items_count=2)
    batch = open_batch(session, market, items_per_task=2)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    answer(session, worker, claimed)
    again = submit(session, worker, claimed.id, {item.id: {"label": "good"} for item in claimed.items}, 1)
    assert (again.replayed, again.answer_count) == (True, 3)
    gold = gold_id(session, claimed)
    other = {item.id: {"label": "bad" if item.id == gold else "good"} for item in claimed.items}
    with pytest.raises(DomainError, match="attempt_closed"):
        submit(session, worker, claimed.id, other, 1)


def test_every_item_shown_needs_an_answer_and_errors_name_the_ids_shown(session: Session) -> None:
    market = make_gold_market(session, items_count=1)
    batch = open_batch(session, market)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    with pytest.raises(DomainError) as refusal:
        submit(session, worker, claimed.id, {}, 1)
    expected = [f"/answers/{public('item', item.id)}" for item in claimed.items]
    assert [error.pointer for error in refusal.value.errors] == expected


def test_a_job_without_gold_shows_its_items_as_they_are(session: Session) -> None:
    market = make_market(session, items_count=1)
    claimed = claim_next(session, make_worker(session), open_batch(session, market).id)
    assert [item.external_id for item in claimed.items] == ["text-0000001"]
    assert session.get_one(Claim, claimed.id).shown_count is None
    assert session.scalars(select(MaskedItem)).all() == []


def test_a_share_of_the_claims_gets_gold_and_all_are_masked(session: Session) -> None:
    half = Gold(share_ppm=500_000)
    market = make_gold_market(session, items_count=60, gold=60, allowance="60", policy=half)
    batch = open_batch(session, market)
    claims = [claim_next(session, make_worker(session), batch.id) for _ in range(60)]
    counts = [len(claimed.items) for claimed in claims]
    assert 10 < counts.count(2) < 50
    assert {claimed.items[0].external_id for claimed in claims} == {"1"}
