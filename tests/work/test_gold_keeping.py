from __future__ import annotations

import json

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.work.claiming import claim_next
from marketplace.work.gold_keeping import GoldRow, add_gold, list_gold, retire_gold
from marketplace.work.gold_models import GoldItem
from marketplace.work.skipping import skip
from tests.builders.gold import make_gold, make_gold_market
from tests.builders.settlement import make_chain
from tests.builders.work import make_market, make_worker, open_batch
from tests.work.test_gold import answer


def test_gold_that_eight_of_its_last_twenty_workers_fail_retires_and_its_maker_is_told(session: Session) -> None:
    market = make_gold_market(session, items_count=20, allowance="20", gold=1)
    batch = open_batch(session, market)
    for number in range(8):
        assert session.scalars(select(GoldItem.state)).one() == "active"
        worker = make_worker(session)
        claimed = claim_next(session, worker, batch.id)
        answer(session, worker, claimed, "bad")
        assert len(claimed.items) == 2, number
    session.expire_all()
    item = session.scalars(select(GoldItem)).one()
    assert (item.state, item.retired_at is not None) == ("retired", True)
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "gold.retired")).one()
    assert json.loads(event.body)["data"]["automatic"] is True
    assert len(claim_next(session, make_worker(session), batch.id).items) == 1


def test_lists_tell_its_maker_and_nobody_else_how_workers_did(session: Session) -> None:
    market = make_gold_market(session, items_count=4, gold=1)
    batch = open_batch(session, market)
    workers = [make_worker(session) for _ in range(3)]
    for worker, label in zip(workers, ("good", "bad", "bad"), strict=True):
        answer(session, worker, claim_next(session, worker, batch.id), label)
    [line] = list_gold(session, market.requester, market.job.id).data
    assert (line.answers, line.passed, line.score_ppm) == (3, 1, 333_333)
    stranger = make_market(session).requester
    with pytest.raises(DomainError, match="not_found"):
        list_gold(session, stranger, market.job.id)
    with pytest.raises(DomainError, match="not_found"):
        retire_gold(session, stranger, line.item.id, "It is wrong.")
    assert retire_gold(session, market.requester, line.item.id, "It is wrong.").item.state == "retired"
    with pytest.raises(DomainError, match="state_conflict"):
        retire_gold(session, market.requester, line.item.id, "It is wrong.")


def test_gold_is_checked_as_items_and_answers_are_and_added_whole_or_not(session: Session) -> None:
    market = make_gold_market(session, items_count=1, gold=2)
    rows = [
        GoldRow("text-0000001", "standard", {"text": "Name of an item"}, {"label": "good"}),
        GoldRow("other", "cheap", {"text": "x"}, {"label": "good"}),
        GoldRow("wrong", "standard", {"text": "x"}, {"label": "ugly"}),
        GoldRow("fine", "standard", {"text": "x"}, {"label": "good"}),
        GoldRow("film-0000000", "standard", {"text": "Golden 0"}, {"label": "bad"}),
    ]
    with pytest.raises(DomainError) as refusal:
        add_gold(session, market.requester, market.job.id, rows)
    pointers = [error.pointer for error in refusal.value.errors]
    assert pointers[0] == "/items/0/external_id"
    assert pointers[2:] == ["/items/2/expected/label", "/items/4/external_id"]
    assert len(list_gold(session, market.requester, market.job.id).data) == 2
    assert make_gold(session, market.requester, market, 2) == []


def test_a_layer_makes_gold_for_its_own_tasks_alone(session: Session) -> None:
    client_gold = make_gold_market(session, gold=0)
    assert client_gold.job.gold is not None
    chain = make_chain(session, items=2, gold=client_gold.job.gold, allowance=Money.parse("5", "CNY"))
    (above, _), (opener, _) = chain.layers
    row = GoldRow("known", "standard", {"text": "It is a car."}, {"label": "car"})
    [made] = add_gold(session, opener, chain.job.id, [row])
    assert made.contract_id == chain.layers[-1][1].id
    assert list_gold(session, above, chain.job.id).data == []
    claimed = claim_next(session, make_worker(session), chain.batch.id)
    assert len(claimed.items) == 2
    other = GoldRow("known to us", "standard", {"text": "It is a bus."}, {"label": "bus"})
    [not_drawn] = add_gold(session, above, chain.job.id, [other])
    assert len(claim_next(session, make_worker(session), chain.batch.id).items) == 2
    assert list_gold(session, above, chain.job.id).data[0].item.id == not_drawn.id


def test_whoever_reports_a_broken_item_is_answered_alike_for_gold(session: Session) -> None:
    market = make_gold_market(session, items_count=2, gold=4, allowance="20")
    batch = open_batch(session, market, items_per_task=2)
    for place in range(3):
        worker = make_worker(session)
        claimed = claim_next(session, worker, batch.id)
        assert len(claimed.items) == 3
        assert skip(session, worker, claimed.id, "broken_item", claimed.items[place].id).state == "returned"
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    with pytest.raises(DomainError) as refusal:
        skip(session, worker, claimed.id, "broken_item")
    assert refusal.value.errors[0].pointer == "/item_id"
