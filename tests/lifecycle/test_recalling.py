import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.contracts.models import Contract, ContractRate
from marketplace.contracts.offering import accept as accept_offer
from marketplace.contracts.ordinals import spans_of
from marketplace.contracts.queries import root_of
from marketplace.jobs import reserve
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.lifecycle.cancelling import cancel_job
from marketplace.lifecycle.recalling import recall_contract, recall_items
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.models import Earning
from marketplace.work import holding
from marketplace.work.claiming import claim_next
from marketplace.work.models import Batch, Claim
from marketplace.work.opening import open_tasks
from tests.builders.contracts import make_layers, make_offer
from tests.builders.jobs import make_open_job, make_party
from tests.builders.settlement import Chain, accept, hand_in, make_chain, payable_worker, reject
from tests.builders.work import make_worker


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as refusal:
        act()
    return refusal.value.slug


def free(session: Session, contract: Contract) -> list[tuple[int, int]]:
    return spans_of(session.get_one(ContractRate, (contract.id, "standard"), populate_existing=True).free)


def allotted(session: Session, contract: Contract) -> list[tuple[int, int]]:
    return spans_of(session.get_one(ContractRate, (contract.id, "standard"), populate_existing=True).allotment)


def root(session: Session, chain: Chain) -> Contract:
    found = root_of(session, chain.job.id)
    assert found is not None
    return found


def committed(session: Session, chain: Chain, funded: str) -> Money:
    return Money.parse(funded, "CNY") - reserve.free(session, session.get_one(Job, chain.job.id))


def test_a_recall_takes_open_seats_and_free_items_back_from_every_layer_below(session: Session) -> None:
    chain = make_chain(session, items=6, funds="5.40")
    (_, upper), (_, lower) = chain.layers
    held = claim_next(session, payable_worker(session), chain.batch.id)
    assert committed(session, chain, "5.40") == Money.parse("5.40", "CNY")
    assert recall_contract(session, chain.client, upper.id).state == "recalled"
    assert session.get_one(Contract, lower.id).state == "recalled"
    assert committed(session, chain, "5.40") == Money.parse("0.90", "CNY")
    assert (free(session, root(session, chain)), allotted(session, upper), allotted(session, lower)) == (
        [(2, 6)],
        [(1, 1)],
        [(1, 1)],
    )
    assert refused(lambda: claim_next(session, make_worker(session), chain.batch.id)) == "nothing_to_claim"
    assert session.get_one(Claim, held.id).state == "claimed"


def test_what_was_claimed_before_a_recall_is_reviewed_and_paid_at_its_frozen_chain(session: Session) -> None:
    chain = make_chain(session, items=2, funds="1.80")
    handed = hand_in(session, chain)
    recall_contract(session, chain.client, chain.layers[0][1].id)
    accept(session, chain, handed)
    assert committed(session, chain, "0.90").is_zero
    earned = session.scalars(select(Earning).where(Earning.answer_id.in_(handed.answer_ids)))
    assert {str(Money(earning.amount, earning.currency)) for earning in earned} == {"0.35 CNY", "0.255 CNY", "0.25 CNY"}


def test_a_claim_given_back_after_a_recall_returns_its_items_to_the_buyer_of_the_recalled_contract(
    session: Session,
) -> None:
    chain = make_chain(session, items=3, funds="2.70", prices=("0.855", "0.60", "0.50"), layers_max=3)
    worker = make_worker(session)
    held = claim_next(session, worker, chain.batch.id)
    (first, top), (_, middle), (_, lowest) = chain.layers
    recall_contract(session, first, middle.id)
    assert (free(session, top), allotted(session, lowest)) == ([(2, 3)], [(1, 1)])
    holding.give_back(session, worker, held.id)
    assert (free(session, top), allotted(session, middle), allotted(session, lowest)) == ([(1, 3)], [], [])
    assert committed(session, chain, "2.70").is_zero
    assert session.get_one(Contract, top.id).state == "active"


def test_offers_below_a_recalled_contract_end_and_cannot_be_accepted(session: Session) -> None:
    client, third = make_party(session), make_party(session, "subcontractor")
    _, top = make_open_job(session, client)
    ((seller, layer),) = make_layers(session, client, top, ["0.60"])
    offered = make_offer(session, seller, layer, third, "0.50", items=4)
    recall_contract(session, client, layer.id)
    assert session.get_one(Contract, offered.id).state == "withdrawn"
    assert refused(lambda: accept_offer(session, third, offered.id)) == "state_conflict"
    assert free(session, top) == [(1, 10)]


def test_a_recalled_contract_gives_nothing_on_any_more(session: Session) -> None:
    chain = make_chain(session, items=2, funds="1.80")
    claim_next(session, make_worker(session), chain.batch.id)
    seller, upper = chain.layers[0]
    recall_contract(session, chain.client, upper.id)
    third = make_party(session, "subcontractor")
    assert refused(lambda: make_offer(session, seller, upper, third, "0.50", items=1)) == "state_conflict"
    assert refused(lambda: open_more(session, seller, upper)) == "job_not_open"
    assert refused(lambda: recall_contract(session, chain.client, upper.id)) == "state_conflict"
    again = make_offer(session, chain.client, root(session, chain), third, "0.60", items=1)
    assert accept_offer(session, third, again.id).state == "active"


def open_more(session: Session, seller: Actor, contract: Contract, items: int = 1) -> Batch:
    pay = Money.parse("0.35", "CNY")
    return open_tasks(session, seller, contract.id, "standard", items=items, items_per_task=1, pay=pay)


def test_the_freed_money_releases_seats_that_waited_elsewhere(session: Session) -> None:
    client = make_party(session)
    _, top = make_open_job(session, client, funds=Money.parse("2.58", "CNY"))
    ((seller, layer),) = make_layers(session, client, top, ["0.60"], items=4)
    open_more(session, seller, layer, items=4)
    waiting = open_more(session, client, top, items=6)
    assert waiting.seats_released == 0
    recall_contract(session, client, layer.id)
    assert session.get_one(Batch, waiting.id, populate_existing=True).seats_released == 6


def test_free_items_are_taken_back_in_part_and_the_contract_goes_on(session: Session) -> None:
    client = make_party(session)
    _, top = make_open_job(session, client)
    ((seller, layer),) = make_layers(session, client, top, ["0.60"], items=8)
    open_more(session, seller, layer)
    assert recall_items(session, client, layer.id, {"standard": 3}).state == "active"
    assert (free(session, layer), free(session, top)) == ([(5, 8)], [(2, 4), (9, 10)])
    assert refused(lambda: recall_items(session, client, layer.id, {"standard": 5})) == "allotment_short"
    assert refused(lambda: recall_items(session, client, layer.id, {"gold": 1})) == "allotment_short"
    assert refused(lambda: recall_items(session, client, layer.id, {"standard": 0})) == "invalid"


def test_a_contract_to_which_nothing_is_left_is_recalled(session: Session) -> None:
    client = make_party(session)
    _, top = make_open_job(session, client)
    ((_, layer),) = make_layers(session, client, top, ["0.60"], items=8)
    assert recall_items(session, client, layer.id, {"standard": 8}).state == "recalled"
    assert refused(lambda: recall_items(session, client, layer.id, {"standard": 1})) == "state_conflict"


def test_only_the_buyer_recalls_and_never_the_jobs_own_contract_or_an_offer(session: Session) -> None:
    client, third = make_party(session), make_party(session, "subcontractor")
    _, top = make_open_job(session, client)
    ((seller, layer),) = make_layers(session, client, top, ["0.60"], items=5)
    offered = make_offer(session, client, top, third, "0.50", items=5)
    assert refused(lambda: recall_contract(session, seller, layer.id)) == "not_found"
    assert refused(lambda: recall_contract(session, third, layer.id)) == "not_found"
    assert refused(lambda: recall_contract(session, client, top.id)) == "contract_is_root"
    assert refused(lambda: recall_contract(session, client, offered.id)) == "state_conflict"
    assert refused(lambda: recall_items(session, client, offered.id, {"standard": 1})) == "state_conflict"


def test_a_rejection_contested_after_a_recall_keeps_its_item_and_its_money(session: Session) -> None:
    chain = make_chain(session, items=2, funds="1.80")
    handed = hand_in(session, chain)
    recall_contract(session, chain.client, chain.layers[0][1].id)
    decide_answers(session, chain.reviewer, handed.claim_id, [reject(handed.answer_ids[0])])
    assert committed(session, chain, "1.80") == Money.parse("0.90", "CNY")
    assert allotted(session, chain.layers[1][1]) == [(1, 1)]


def test_a_job_with_a_recalled_contract_can_be_cancelled(session: Session) -> None:
    chain = make_chain(session, items=2, funds="1.80")
    claim_next(session, make_worker(session), chain.batch.id)
    recall_contract(session, chain.client, chain.layers[0][1].id)
    assert cancel_job(session, chain.client, chain.job.id).state == "cancelled"
    states = session.scalars(select(Contract.state).where(Contract.job_id == chain.job.id).order_by(Contract.layer))
    assert list(states) == ["closed", "recalled", "recalled"]


def test_of_a_recall_each_layer_reads_its_own_events_only(session: Session) -> None:
    chain = make_chain(session, items=4, funds="3.60")
    (first, upper), (second, lower) = chain.layers
    recall_contract(session, chain.client, upper.id)
    readers = {
        (event.kind, event.subject_id): set(event.organization_ids)
        for event in session.scalars(
            select(AuditEvent).where(AuditEvent.kind.in_(["contract.recalled", "tasks.withdrawn"]))
        )
    }
    assert readers == {
        ("contract.recalled", upper.id): {chain.client.organization, first.organization},
        ("contract.recalled", lower.id): {first.organization, second.organization},
        ("tasks.withdrawn", chain.batch.id): {chain.client.organization, second.organization},
    }


def test_when_a_job_ends_each_layer_reads_the_counts_of_its_own_open_seats_only(session: Session) -> None:
    client = make_party(session)
    job, top = make_open_job(session, client)
    branches = [make_layers(session, client, top, [price], items=4)[0] for price in ("0.80", "0.60")]
    for (seller, layer), items in zip(branches, (1, 3), strict=True):
        open_more(session, seller, layer, items=items)
    cancel_job(session, client, job.id)
    bodies = {
        seller.organization: [
            json.loads(event.body)["data"]
            for event in session.scalars(select(AuditEvent).where(AuditEvent.kind == "tasks.withdrawn"))
            if seller.organization in event.organization_ids
        ]
        for seller, _ in branches
    }
    assert [[body["seats"] for body in bodies[seller.organization]] for seller, _ in branches] == [[1], [3]]
