"""New prices agreed while others promise below them: no price on the way is ever above the one before."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.contracts import amending
from marketplace.contracts.checks import allotments_are_disjoint
from marketplace.contracts.models import Amendment, ContractRate
from marketplace.db.engine import transaction
from marketplace.jobs.authoring import change_job
from marketplace.kernel.money import Money
from marketplace.lifecycle.recalling import recall_contract
from marketplace.work.opening import open_tasks
from tests.builders.at_once import at_once
from tests.builders.contracts import make_layers, make_offer
from tests.builders.jobs import make_open_job, make_party


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def committed(engine: Engine, doing: Callable[[Session], Any]) -> Callable[[], Any]:
    def run() -> Any:
        with transaction(engine) as session:
            return doing(session)

    return run


@pytest.mark.parametrize("round_number", range(4))
def test_a_lower_price_accepted_while_parts_are_offered_and_opened_above_it_leaves_no_loss(
    committing_engine: Engine, round_number: int
) -> None:
    with transaction(committing_engine) as session:
        client, third = make_party(session), make_party(session, "subcontractor")
        _, root = make_open_job(session, client)
        ((seller, layer),) = make_layers(session, client, root, ["0.80"])
        proposed = amending.propose(session, client, layer.id, {"standard": cny("0.60")}, "Less.")

    def open_some(session: Session) -> None:
        open_tasks(session, seller, layer.id, "standard", items=2, items_per_task=1, pay=cny("0.75"))

    outcomes = at_once(
        committed(committing_engine, lambda session: amending.accept(session, seller, proposed.id)),
        *[committed(committing_engine, lambda session: make_offer(session, seller, layer, third, "0.70", 2))] * 3,
        committed(committing_engine, open_some),
    )
    assert set(outcomes) <= {"done", "price_above_parent", "price_below_promised"}
    with transaction(committing_engine) as session:
        assert list(allotments_are_disjoint(session)) == []
        accepted = session.get_one(Amendment, proposed.id).state == "accepted"
        price = session.get_one(ContractRate, (layer.id, "standard")).price
        assert price == cny("0.60" if accepted else "0.80")


@pytest.mark.parametrize("round_number", range(4))
def test_prices_agreed_above_and_below_a_layer_at_once_never_cross(
    committing_engine: Engine, round_number: int
) -> None:
    with transaction(committing_engine) as session:
        client = make_party(session)
        _, root = make_open_job(session, client)
        ((first, one), (second, two)) = make_layers(session, client, root, ["0.80", "0.60"])
        above = amending.propose(session, client, one.id, {"standard": cny("0.65")}, "Less.")
        below = amending.propose(session, second, two.id, {"standard": cny("0.75")}, "More.")
    outcomes = at_once(
        committed(committing_engine, lambda session: amending.accept(session, first, above.id)),
        committed(committing_engine, lambda session: amending.accept(session, first, below.id)),
    )
    assert outcomes["done"] == 1
    assert set(outcomes) <= {"done", "price_above_parent", "price_below_promised"}
    with transaction(committing_engine) as session:
        assert list(allotments_are_disjoint(session)) == []


@pytest.mark.parametrize("round_number", range(4))
def test_a_proposal_is_answered_once(committing_engine: Engine, round_number: int) -> None:
    with transaction(committing_engine) as session:
        client = make_party(session)
        _, root = make_open_job(session, client)
        ((seller, layer),) = make_layers(session, client, root, ["0.60"])
        proposed = amending.propose(session, client, layer.id, {"standard": cny("0.65")}, "More.")
    outcomes = at_once(
        committed(committing_engine, lambda session: amending.accept(session, seller, proposed.id)),
        committed(committing_engine, lambda session: amending.decline(session, seller, proposed.id)),
        committed(committing_engine, lambda session: amending.withdraw(session, client, proposed.id)),
        committed(committing_engine, lambda session: recall_contract(session, client, layer.id)),
    )
    assert set(outcomes) <= {"done", "state_conflict"}
    with transaction(committing_engine) as session:
        (amendment,) = session.scalars(select(Amendment))
        price = session.get_one(ContractRate, (layer.id, "standard")).price
        assert price == cny("0.65" if amendment.state == "accepted" else "0.60")


@pytest.mark.parametrize("round_number", range(4))
def test_caps_of_a_published_job_do_not_change_while_offers_rely_on_them(
    committing_engine: Engine, round_number: int
) -> None:
    with transaction(committing_engine) as session:
        client, seller = make_party(session), make_party(session, "subcontractor")
        job, root = make_open_job(session, client)
        version = job.version
    caps = {"worker_share_min_ppm": 900_000, "layers_max": 0}
    outcomes = at_once(
        committed(committing_engine, lambda session: change_job(session, client, job.id, version, caps)),
        committed(committing_engine, lambda session: make_offer(session, client, root, seller, "0.60")),
    )
    assert outcomes["done"] == 1
    with transaction(committing_engine) as session:
        assert session.get_one(type(job), job.id).layers_max == 2
