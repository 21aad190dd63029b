from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.contracts.offering import accept as accept_offer
from marketplace.contracts.queries import halted
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.lifecycle.cancelling import cancel_job
from marketplace.lifecycle.freezing import freeze_contract, unfreeze_contract
from marketplace.lifecycle.pausing import pause_job, resume_job
from marketplace.lifecycle.recalling import recall_contract
from marketplace.settlement.models import Earning
from marketplace.work.claiming import claim_next
from marketplace.work.models import Batch
from marketplace.work.opening import open_tasks
from tests.builders.contracts import make_layers, make_offer
from tests.builders.jobs import make_open_job, make_party
from tests.builders.settlement import Chain, accept, hand_in, make_chain
from tests.builders.work import make_worker

WHY = "Let us talk first."


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as refusal:
        act()
    return refusal.value.slug


def claimable(session: Session, chain: Chain) -> bool:
    return session.get_one(Batch, chain.batch.id, populate_existing=True).claimable


def open_one(session: Session, seller: Actor, contract: Contract) -> Batch:
    pay = Money.parse("0.35", "CNY")
    return open_tasks(session, seller, contract.id, "standard", items=1, items_per_task=1, pay=pay)


@pytest.mark.parametrize("layer", [0, 1])
def test_below_a_frozen_contract_nothing_is_claimed_until_it_goes_on(session: Session, layer: int) -> None:
    chain = make_chain(session)
    buyer = [chain.client, chain.layers[0][0]][layer]
    frozen = freeze_contract(session, buyer, chain.layers[layer][1].id, f" {WHY} ")
    assert (frozen.state, frozen.frozen_reason) == ("frozen", WHY)
    assert refused(lambda: claim_next(session, make_worker(session), chain.batch.id)) == "contract_halted"
    assert unfreeze_contract(session, buyer, frozen.id).state == "active"
    assert claim_next(session, make_worker(session), chain.batch.id).batch_id == chain.batch.id


def test_work_under_way_goes_on_and_is_paid(session: Session) -> None:
    chain = make_chain(session)
    handed = hand_in(session, chain)
    freeze_contract(session, chain.client, chain.layers[0][1].id, WHY)
    accept(session, chain, handed)
    assert session.query(Earning).count() == 3


def test_below_a_frozen_contract_nothing_is_offered_accepted_or_opened(session: Session) -> None:
    client, third = make_party(session), make_party(session, "subcontractor")
    _, top = make_open_job(session, client, layers_max=3)
    ((_, upper), (seller, lower)) = make_layers(session, client, top, ["0.60", "0.50"])
    offered = make_offer(session, seller, lower, third, "0.40", items=2)
    freeze_contract(session, client, upper.id, WHY)
    assert halted(session, [top.id, upper.id, lower.id, offered.id]) == {upper.id, lower.id, offered.id}
    assert refused(lambda: make_offer(session, seller, lower, third, "0.40", items=2)) == "contract_halted"
    assert refused(lambda: open_one(session, seller, lower)) == "contract_halted"
    assert refused(lambda: accept_offer(session, third, offered.id)) == "contract_halted"
    unfreeze_contract(session, client, upper.id)
    assert accept_offer(session, third, offered.id).state == "active"


def test_pausing_and_freezing_compose_in_either_order(session: Session) -> None:
    chain = make_chain(session)
    contract = chain.layers[0][1]
    freeze_contract(session, chain.client, contract.id, WHY)
    pause_job(session, chain.client, chain.job.id)
    resume_job(session, chain.client, chain.job.id)
    assert not claimable(session, chain)
    pause_job(session, chain.client, chain.job.id)
    unfreeze_contract(session, chain.client, contract.id)
    assert not claimable(session, chain)
    resume_job(session, chain.client, chain.job.id)
    assert claimable(session, chain)


def test_two_frozen_contracts_on_one_way_hold_until_both_go_on(session: Session) -> None:
    chain = make_chain(session)
    (first, upper), (_, lower) = chain.layers
    freeze_contract(session, chain.client, upper.id, WHY)
    freeze_contract(session, first, lower.id, WHY)
    unfreeze_contract(session, chain.client, upper.id)
    assert not claimable(session, chain)
    unfreeze_contract(session, first, lower.id)
    assert claimable(session, chain)


def test_another_branch_of_the_job_goes_on(session: Session) -> None:
    client = make_party(session)
    _, top = make_open_job(session, client)
    one, two = (make_layers(session, client, top, ["0.60"], items=5)[0] for _ in range(2))
    batches = [open_one(session, seller, contract) for seller, contract in (one, two)]
    freeze_contract(session, client, one[1].id, WHY)
    states = [session.get_one(Batch, batch.id, populate_existing=True).claimable for batch in batches]
    assert states == [False, True]


def test_only_the_buyer_freezes_with_a_reason_and_never_the_jobs_own_contract(session: Session) -> None:
    client = make_party(session)
    _, top = make_open_job(session, client)
    ((seller, layer),) = make_layers(session, client, top, ["0.60"])
    assert refused(lambda: freeze_contract(session, seller, layer.id, WHY)) == "not_found"
    assert refused(lambda: freeze_contract(session, client, top.id, WHY)) == "contract_is_root"
    assert refused(lambda: freeze_contract(session, client, layer.id, "  ")) == "invalid"
    assert refused(lambda: unfreeze_contract(session, client, layer.id)) == "state_conflict"
    freeze_contract(session, client, layer.id, WHY)
    assert refused(lambda: freeze_contract(session, client, layer.id, WHY)) == "state_conflict"
    assert refused(lambda: unfreeze_contract(session, seller, layer.id)) == "not_found"


@pytest.mark.parametrize(("end", "state"), [(recall_contract, "recalled"), (cancel_job, "closed")])
def test_a_frozen_contract_can_be_recalled_and_its_job_cancelled(session: Session, end: Any, state: str) -> None:
    chain = make_chain(session)
    contract = chain.layers[0][1]
    freeze_contract(session, chain.client, contract.id, WHY)
    end(session, chain.client, contract.id if end is recall_contract else chain.job.id)
    assert session.get_one(Contract, contract.id, populate_existing=True).state == state
