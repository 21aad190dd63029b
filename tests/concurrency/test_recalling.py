"""Recalls while others claim, offer, accept and open: no seat or item too many, nothing lost."""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.contracts import offering
from marketplace.contracts.models import Contract, ContractRate
from marketplace.contracts.ordinals import count
from marketplace.db import clock
from marketplace.db.engine import transaction
from marketplace.jobs.models import JobReserve
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.lifecycle.freezing import freeze_contract, unfreeze_contract
from marketplace.lifecycle.recalling import recall_contract, recall_items
from marketplace.work import leases
from marketplace.work.claiming import claim_next
from marketplace.work.models import Batch, Claim, Seat
from marketplace.work.opening import open_tasks
from marketplace.work.submitting import submit
from tests.builders.at_once import at_once
from tests.builders.contracts import make_layers, make_offer
from tests.builders.jobs import make_open_job, make_party
from tests.builders.settlement import make_chain, payable_worker
from tests.builders.work import make_worker

WORKERS = 16
PAY = Money.parse("0.35", "CNY")


def committed(engine: Engine, doing: Callable[[Session], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with transaction(engine) as session:
            return doing(session)

    return run


def total(session: Session, contract: Contract) -> int:
    return count(session.get_one(ContractRate, (contract.id, "standard"), populate_existing=True).allotment)


def claim_and_submit_until_nothing(engine: Engine, worker: Actor, started: threading.Event) -> None:
    while True:
        try:
            with transaction(engine) as session:
                claimed = claim_next(session, worker)
        except DomainError as refusal:
            assert refusal.slug == "nothing_to_claim"  # noqa: PT017 - any other refusal is a failure
            return
        started.set()
        if claimed.items[0].ordinal % 3:
            with transaction(engine) as session:
                submit(session, worker, claimed.id, {item.id: {"label": "car"} for item in claimed.items}, 1)


@pytest.mark.slow
@pytest.mark.parametrize("round_number", range(3))
def test_recalling_a_middle_layer_while_sixteen_workers_claim_below_it_loses_nothing(
    committing_engine: Engine, round_number: int
) -> None:
    items = 120
    with transaction(committing_engine) as session:
        prices = ("0.855", "0.60", "0.50")
        chain = make_chain(session, items=items, prices=prices, layers_max=3, funds="108.00")
        workers = [payable_worker(session) for _ in range(WORKERS)]
    (top_seller, top), (_, middle), (_, lowest) = chain.layers
    started = threading.Event()

    def recall(session: Session) -> None:
        started.wait(60)
        recall_contract(session, top_seller, middle.id)

    done = at_once(
        *(partial(claim_and_submit_until_nothing, committing_engine, worker, started) for worker in workers),
        committed(committing_engine, recall),
    )
    assert done == {"done": WORKERS + 1}
    with transaction(committing_engine) as session:
        claims = session.scalars(select(func.count()).select_from(Claim)).one()
        assert claims > 0
        seats = Counter(session.scalars(select(Seat.state)))
        assert seats == Counter({"claimed": claims, "withdrawn": items - claims})
        assert total(session, lowest) == total(session, middle) == claims
        free = session.get_one(ContractRate, (top.id, "standard"), populate_existing=True).free
        assert count(free) == items - claims
        price = Money.parse("0.90", "CNY").amount
        assert session.get_one(JobReserve, chain.job.id).committed_amount == claims * price
    # Those who hold and do not answer run out of time: their items come home too.
    with transaction(committing_engine) as session:
        clock.advance(session, system_actor("tests"), clock.market_now(session) + dt.timedelta(days=2), allowed=True)
    with transaction(committing_engine) as session:
        expired = leases.expire(session)
        submitted = session.scalars(select(func.count()).where(Claim.state == "submitted")).one()
        assert expired + submitted == claims
        assert total(session, lowest) == total(session, middle) == submitted
        assert session.get_one(Contract, middle.id).state == "recalled"


@pytest.mark.parametrize("round_number", range(4))
def test_a_recall_and_the_acceptance_of_an_offer_below_never_both_keep_the_items(
    committing_engine: Engine, round_number: int
) -> None:
    with transaction(committing_engine) as session:
        client, third = make_party(session), make_party(session, "subcontractor")
        _, root = make_open_job(session, client)
        ((seller, layer),) = make_layers(session, client, root, ["0.60"])
        offered = make_offer(session, seller, layer, third, "0.50")
    at_once(
        committed(committing_engine, lambda session: recall_contract(session, client, layer.id)),
        committed(committing_engine, lambda session: offering.accept(session, third, offered.id)),
    )
    with transaction(committing_engine) as session:
        assert session.get_one(Contract, offered.id).state in {"withdrawn", "recalled"}
        assert session.get_one(Contract, layer.id).state == "recalled"
        assert count(session.get_one(ContractRate, (root.id, "standard")).free) == 10


@pytest.mark.parametrize("round_number", range(4))
def test_recalls_race_opening_tasks_and_offers_below_and_every_item_ends_in_one_place(
    committing_engine: Engine, round_number: int
) -> None:
    with transaction(committing_engine) as session:
        client, third = make_party(session), make_party(session, "subcontractor")
        _, root = make_open_job(session, client)
        ((seller, layer),) = make_layers(session, client, root, ["0.60"])

    def open_some(session: Session) -> None:
        open_tasks(session, seller, layer.id, "standard", items=3, items_per_task=1, pay=PAY)

    outcomes = at_once(
        *[committed(committing_engine, open_some)] * 2,
        *[committed(committing_engine, lambda session: make_offer(session, seller, layer, third, "0.50", 2))] * 2,
        *[committed(committing_engine, lambda session: recall_items(session, client, layer.id, {"standard": 2}))] * 2,
        committed(committing_engine, lambda session: recall_contract(session, client, layer.id)),
    )
    assert set(outcomes) <= {"done", "job_not_open", "state_conflict", "allotment_short"}
    with transaction(committing_engine) as session:
        states = set(session.scalars(select(Contract.state).where(Contract.parent_id == layer.id)))
        assert states <= {"withdrawn"}
        assert set(session.scalars(select(Batch.state))) <= {"withdrawn"}
        assert count(session.get_one(ContractRate, (root.id, "standard")).free) == 10
        assert total(session, layer) == 0


@pytest.mark.parametrize("round_number", range(4))
def test_two_offers_that_race_for_the_last_items_leave_one_of_them_refused(
    committing_engine: Engine, round_number: int
) -> None:
    with transaction(committing_engine) as session:
        client = make_party(session)
        _, root = make_open_job(session, client)
        sellers = [make_party(session, "subcontractor") for _ in range(2)]
    outcomes = at_once(
        *(
            committed(committing_engine, partial(_offer_six, client=client, root=root, seller=seller))
            for seller in sellers
        )
    )
    assert outcomes == {"done": 1, "allotment_short": 1}
    with transaction(committing_engine) as session:
        assert count(session.get_one(ContractRate, (root.id, "standard")).free) == 4


def _offer_six(session: Session, client: Actor, root: Contract, seller: Actor) -> None:
    make_offer(session, client, root, seller, "0.60", items=6)


@pytest.mark.parametrize("round_number", range(4))
def test_a_freeze_and_an_opening_at_once_never_leave_claimable_seats(
    committing_engine: Engine, round_number: int
) -> None:
    with transaction(committing_engine) as session:
        client = make_party(session)
        _, root = make_open_job(session, client)
        ((_, upper), (seller, lower)) = make_layers(session, client, root, ["0.60", "0.50"])
        worker = make_worker(session)

    def open_all(session: Session) -> None:
        open_tasks(session, seller, lower.id, "standard", items="all", items_per_task=1, pay=PAY)

    outcomes = at_once(
        committed(committing_engine, lambda session: freeze_contract(session, client, upper.id, "Wait.")),
        committed(committing_engine, open_all),
    )
    assert set(outcomes) <= {"done", "contract_halted"}
    with transaction(committing_engine) as session:
        with pytest.raises(DomainError, match="nothing_to_claim"):
            claim_next(session, worker)
        unfreeze_contract(session, client, upper.id)
        if outcomes["done"] == 2:
            assert claim_next(session, worker).pay == PAY
