from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts import amending
from marketplace.contracts.amendment_queries import amendments, get_amendment, rates_of_amendments
from marketplace.contracts.chains import load
from marketplace.contracts.models import Amendment, Contract
from marketplace.contracts.offering import withdraw
from marketplace.contracts.queries import rates_of
from marketplace.db import clock
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.lifecycle.recalling import recall_contract
from marketplace.work.models import Batch
from marketplace.work.opening import open_tasks
from tests.builders.contracts import make_layers, make_offer
from tests.builders.jobs import make_open_job, make_party

WHY = "The scenes are denser than the samples."


def cny(text: str) -> Money:
    return Money.parse(text, "CNY")


def propose(session: Session, actor: Actor, contract: Contract, price: str, **overrides: Any) -> Amendment:
    return amending.propose(session, actor, contract.id, {"standard": cny(price)}, WHY, **overrides)


def price_of(session: Session, contract: Contract) -> str:
    return str(rates_of(session, [contract.id])[contract.id][0].price)


def refused(act: Callable[[], Any]) -> tuple[str, list[str], str]:
    with pytest.raises(DomainError) as refusal:
        act()
    error = refusal.value
    return error.slug, [field.pointer for field in error.errors], error.detail


def open_tasks_of(session: Session, seller: Actor, contract: Contract, pay: str, items: int = 1) -> Batch:
    return open_tasks(session, seller, contract.id, "standard", items=items, items_per_task=1, pay=cny(pay))


class Layers:
    """A job at 0.90 with three layers buying at 0.80, 0.60 and 0.50, ten items each."""

    def __init__(self, session: Session) -> None:
        self.client = make_party(session)
        self.job, self.root = make_open_job(session, self.client, layers_max=4, worker_share_min_ppm=100_000)
        made = make_layers(session, self.client, self.root, ["0.80", "0.60", "0.50"])
        (self.first, self.one), (self.second, self.two), (self.third, self.three) = made


@pytest.fixture
def layers(session: Session) -> Layers:
    return Layers(session)


def test_what_one_side_proposes_and_the_other_accepts_is_the_price_of_tasks_opened_from_then_on(
    session: Session, layers: Layers
) -> None:
    before = open_tasks_of(session, layers.third, layers.three, "0.35")
    proposed = propose(session, layers.third, layers.three, "0.55")
    assert price_of(session, layers.three) == "0.50 CNY"
    version = layers.three.version
    assert amending.accept(session, layers.second, proposed.id).state == "accepted"
    assert (price_of(session, layers.three), layers.three.version) == ("0.55 CNY", version + 1)
    after = open_tasks_of(session, layers.third, layers.three, "0.35")
    chains = load(session, [before.price_chain_id, after.price_chain_id])
    margins = [str(chains[batch.price_chain_id].lines[2].margin) for batch in (before, after)]
    assert margins == ["0.15 CNY", "0.20 CNY"]


def test_either_side_proposes_and_only_the_other_answers(session: Session, layers: Layers) -> None:
    proposed = propose(session, layers.first, layers.two, "0.65")
    assert refused(lambda: amending.accept(session, layers.first, proposed.id))[0] == "amendment_own"
    assert refused(lambda: amending.withdraw(session, layers.second, proposed.id))[0] == "amendment_own"
    assert refused(lambda: amending.accept(session, layers.client, proposed.id))[0] == "not_found"
    assert refused(lambda: propose(session, layers.second, layers.two, "0.64"))[0] == "amendment_waits"
    assert amending.decline(session, layers.second, proposed.id).state == "declined"
    again = propose(session, layers.second, layers.two, "0.64")
    assert amending.withdraw(session, layers.second, again.id).state == "withdrawn"
    assert refused(lambda: amending.accept(session, layers.first, again.id))[0] == "state_conflict"
    assert price_of(session, layers.two) == "0.60 CNY"


def test_history_shows_every_proposal_to_both_sides_and_to_nobody_else(session: Session, layers: Layers) -> None:
    first = propose(session, layers.first, layers.two, "0.65")
    amending.decline(session, layers.second, first.id)
    second = propose(session, layers.second, layers.two, "0.63")
    for actor in (layers.first, layers.second, make_party(session, "platform")):
        listed = amendments(session, actor, layers.two.id).data
        assert [row.id for row in listed] == [second.id, first.id]
    (rate,) = rates_of_amendments(session, [second.id])[second.id]
    assert (str(rate.before), str(rate.price)) == ("0.60 CNY", "0.63 CNY")
    for stranger in (layers.client, layers.third):
        assert refused(lambda actor=stranger: amendments(session, actor, layers.two.id))[0] == "not_found"  # type: ignore[misc]
        assert refused(lambda actor=stranger: get_amendment(session, actor, second.id))[0] == "not_found"  # type: ignore[misc]


def test_a_buyer_does_not_propose_above_its_own_buying_price_nor_below_the_pay_floor(
    session: Session, layers: Layers
) -> None:
    slug, pointers, detail = refused(lambda: propose(session, layers.first, layers.two, "0.81"))
    assert (slug, pointers) == ("price_above_parent", ["/rates/standard/price/amount"])
    assert "0.80" in detail
    assert refused(lambda: propose(session, layers.first, layers.two, "0.08"))[0] == "price_below_floor"


def test_a_seller_does_not_propose_below_what_it_promised_further_down(session: Session, layers: Layers) -> None:
    slug, pointers, detail = refused(lambda: propose(session, layers.first, layers.one, "0.59"))
    assert (slug, pointers) == ("price_below_promised", ["/rates/standard/price/amount"])
    assert "0.60" in detail
    propose(session, layers.first, layers.one, "0.60")


def test_a_buyer_learns_of_the_sellers_own_prices_only_from_the_answer(session: Session, layers: Layers) -> None:
    proposed = propose(session, layers.client, layers.one, "0.30")
    slug, _, _ = refused(lambda: amending.accept(session, layers.first, proposed.id))
    assert slug == "price_below_promised"
    assert get_amendment(session, layers.client, proposed.id).state == "proposed"


def test_a_seller_learns_of_the_buyers_own_price_only_from_the_answer(session: Session, layers: Layers) -> None:
    proposed = propose(session, layers.third, layers.three, "0.75")
    assert refused(lambda: amending.accept(session, layers.second, proposed.id))[0] == "price_above_parent"
    amending.withdraw(session, layers.third, proposed.id)
    slug, _, detail = refused(lambda: propose(session, layers.third, layers.three, "0.86"))
    assert slug == "price_above_parent"
    assert "0.855" in detail


def test_a_proposal_to_sell_for_less_binds_what_its_seller_promises_below(session: Session, layers: Layers) -> None:
    fourth = make_party(session, "subcontractor")
    proposed = propose(session, layers.third, layers.three, "0.40")
    offer = make_offer_of(session, layers, fourth)
    assert refused(lambda: offer("0.45"))[0] == "price_above_parent"
    assert refused(lambda: open_tasks_of(session, layers.third, layers.three, "0.45"))[0] == "price_above_parent"
    offer("0.40")
    amending.accept(session, layers.second, proposed.id)
    assert price_of(session, layers.three) == "0.40 CNY"


def make_offer_of(session: Session, layers: Layers, seller: Actor) -> Callable[[str], Contract]:
    return lambda price: make_offer(session, layers.third, layers.three, seller, price, items=1)


def test_a_proposal_to_pay_more_binds_the_buyers_own_buying_price(session: Session, layers: Layers) -> None:
    below = propose(session, layers.second, layers.three, "0.58")
    cheaper = propose(session, layers.first, layers.two, "0.55")
    assert refused(lambda: amending.accept(session, layers.second, cheaper.id))[0] == "price_below_promised"
    amending.accept(session, layers.third, below.id)
    assert price_of(session, layers.three) == "0.58 CNY"


def test_an_outstanding_offer_below_is_a_promise_and_one_that_ended_is_not(session: Session) -> None:
    client, third = make_party(session), make_party(session, "subcontractor")
    _, root = make_open_job(session, client)
    ((seller, layer),) = make_layers(session, client, root, ["0.80"])
    make_offer(session, seller, layer, third, "0.70", items=3)
    assert refused(lambda: propose(session, seller, layer, "0.65"))[0] == "price_below_promised"
    (offered,) = session.scalars(select(Contract).where(Contract.parent_id == layer.id))
    recalled = make_layers(session, seller, layer, ["0.75"], items=2)[0][1]
    recall_contract(session, seller, recalled.id)
    withdraw(session, seller, offered.id)
    assert propose(session, seller, layer, "0.65").state == "proposed"


def test_a_proposal_runs_out_and_makes_way_for_the_next(session: Session, layers: Layers) -> None:
    first = propose(session, layers.first, layers.two, "0.65", expires_in=dt.timedelta(hours=1))
    other = propose(session, layers.client, layers.one, "0.81", expires_in=dt.timedelta(hours=1))
    later = clock.market_now(session) + dt.timedelta(hours=2)
    clock.advance(session, system_actor("tests"), later, allowed=True)
    assert refused(lambda: amending.accept(session, layers.second, first.id))[0] == "amendment_expired"
    propose(session, layers.second, layers.two, "0.66")
    assert get_amendment(session, layers.first, first.id).state == "expired"
    assert amending.expire(session) == 1
    assert amending.expire(session) == 0
    assert session.get_one(Amendment, other.id, populate_existing=True).state == "expired"


@pytest.mark.parametrize(
    ("prices", "reason", "pointers"),
    [
        ({}, WHY, ["/rates"]),
        ({"gold": "0.55"}, WHY, ["/rates/gold"]),
        ({"standard": "0.60"}, WHY, ["/rates/standard/price/amount"]),
        ({"standard": "0.65"}, "  ", ["/reason"]),
    ],
)
def test_what_is_no_amendment_is_refused_naming_the_field(
    session: Session, layers: Layers, prices: dict[str, str], reason: str, pointers: list[str]
) -> None:
    wanted = {code: cny(price) for code, price in prices.items()}
    slug, at, _ = refused(lambda: amending.propose(session, layers.first, layers.two.id, wanted, reason))
    assert (slug, at) == ("invalid", pointers)


def test_the_jobs_own_contract_and_ended_ones_are_not_amended(session: Session, layers: Layers) -> None:
    assert refused(lambda: propose(session, layers.client, layers.root, "0.80"))[0] == "contract_is_root"
    waiting = propose(session, layers.first, layers.two, "0.65")
    recall_contract(session, layers.first, layers.two.id)
    assert refused(lambda: amending.accept(session, layers.second, waiting.id))[0] == "state_conflict"
    assert refused(lambda: propose(session, layers.third, layers.three, "0.55"))[0] == "state_conflict"


@pytest.mark.parametrize("end", ["decline", "withdraw"])
def test_a_proposal_is_ended_by_either_side_whatever_became_of_the_contract(
    session: Session, layers: Layers, end: str
) -> None:
    waiting = propose(session, layers.first, layers.two, "0.65")
    recall_contract(session, layers.first, layers.two.id)
    if end == "decline":
        assert amending.decline(session, layers.second, waiting.id).state == "declined"
    else:
        assert amending.withdraw(session, layers.first, waiting.id).state == "withdrawn"
