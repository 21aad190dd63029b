from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.contracts import offering
from marketplace.contracts.models import Contract, ContractRate
from marketplace.contracts.offering import OfferRate, accept, decline, expire, offer, withdraw
from marketplace.contracts.ordinals import spans_of
from marketplace.contracts.queries import get_contract, list_contracts, rates_of
from marketplace.db import clock
from marketplace.db.clock import market_now
from marketplace.jobs.drafts import RateDraft
from marketplace.jobs.models import JobParty
from marketplace.jobs.queries import get_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from tests.builders.contracts import make_layers, make_offer
from tests.builders.jobs import job_draft, make_open_job, make_party


def free_items(session: Session, contract: Contract) -> int:
    return rates_of(session, [contract.id])[contract.id][0].free_items


def refused(act: Callable[[], Any]) -> tuple[str, list[tuple[str, str]]]:
    with pytest.raises(DomainError) as refusal:
        act()
    return refusal.value.slug, [(error.pointer, error.code) for error in refusal.value.errors]


def test_the_root_sells_at_the_client_price_less_the_fee_and_holds_every_item(session: Session) -> None:
    client = make_party(session)
    _, root = make_open_job(session, client)
    (rate,) = rates_of(session, [root.id])[root.id]
    assert (rate.price, rate.items, rate.free_items) == (Money.parse("0.855", "CNY"), 10, 10)
    assert (root.layer, root.state, root.buyer_organization_id) == (0, "active", client.organization)


def test_an_accepted_offer_is_active_and_its_items_are_gone_from_above(session: Session) -> None:
    client = make_party(session)
    _, root = make_open_job(session, client)
    ((seller, layer),) = make_layers(session, client, root, ["0.60"], items=4)
    assert (layer.state, layer.layer, layer.seller_organization_id) == ("active", 1, seller.organization)
    assert (free_items(session, root), free_items(session, layer)) == (6, 4)
    row = session.get_one(ContractRate, (layer.id, "standard"))
    assert spans_of(row.allotment) == [(1, 4)]


@pytest.mark.parametrize("end", ["declined", "withdrawn", "expired"])
def test_items_of_an_offer_that_ends_are_the_parents_again(session: Session, end: str) -> None:
    client, seller = make_party(session), make_party(session, "subcontractor")
    _, root = make_open_job(session, client)
    offered = make_offer(session, client, root, seller, "0.60", items=10)
    assert free_items(session, root) == 0
    if end == "declined":
        decline(session, seller, offered.id)
    elif end == "withdrawn":
        withdraw(session, client, offered.id)
    else:
        assert expire(session) == 0
        session.execute(text("UPDATE market_clock SET ahead_microseconds = 8 * 86400000000::bigint"))
        assert expire(session) == 1
    assert session.get_one(Contract, offered.id, populate_existing=True).state == end
    assert free_items(session, root) == 10
    again = make_offer(session, client, root, seller, "0.60", items=10)
    assert accept(session, seller, again.id).state == "active"


def test_an_offer_that_ran_out_cannot_be_accepted(session: Session) -> None:
    client, seller = make_party(session), make_party(session, "subcontractor")
    _, root = make_open_job(session, client)
    offered = make_offer(session, client, root, seller, "0.60", expires_in=dt.timedelta(minutes=1))
    session.execute(text("UPDATE market_clock SET ahead_microseconds = 60000000"))
    assert refused(lambda: accept(session, seller, offered.id))[0] == "offer_expired"


def test_an_offer_is_accepted_once(session: Session) -> None:
    client = make_party(session)
    _, root = make_open_job(session, client)
    ((seller, layer),) = make_layers(session, client, root, ["0.60"])
    assert refused(lambda: accept(session, seller, layer.id))[0] == "state_conflict"
    assert refused(lambda: decline(session, seller, layer.id))[0] == "state_conflict"


def test_a_price_above_the_buying_price_is_refused_naming_the_field(session: Session) -> None:
    client, seller = make_party(session), make_party(session, "subcontractor")
    _, root = make_open_job(session, client)
    assert refused(lambda: make_offer(session, client, root, seller, "0.8551")) == (
        "price_above_parent",
        [("/rates/standard/price/amount", "price_above_parent")],
    )
    make_offer(session, client, root, seller, "0.855")


def test_a_price_below_the_pay_floor_is_refused_and_the_client_is_told_its_own_cap(session: Session) -> None:
    client, first, second = make_party(session), *(make_party(session, "subcontractor") for _ in range(2))
    _, root = make_open_job(session, client, worker_share_min_ppm=333_333)
    with pytest.raises(DomainError) as refusal:
        make_offer(session, client, root, first, "0.2999")
    assert refusal.value.slug == "price_below_floor"
    assert "worker_share_min" in refusal.value.detail
    layer = accept(session, first, make_offer(session, client, root, first, "0.60").id)
    with pytest.raises(DomainError) as refusal:
        make_offer(session, first, layer, second, "0.2999")
    assert refusal.value.errors[0].pointer == "/rates/standard/price/amount"
    assert "worker_share_min" not in refusal.value.detail
    assert "0.30 CNY, the pay floor" in refusal.value.detail


def test_the_least_pay_of_a_rate_is_a_floor_too(session: Session) -> None:
    client, seller = make_party(session), make_party(session, "subcontractor")
    rates = (RateDraft("standard", Money.parse("0.90", "CNY"), Money.parse("0.40", "CNY")),)
    _, root = make_open_job(session, client, rates=rates, worker_share_min_ppm=100_000)
    with pytest.raises(DomainError) as refusal:
        make_offer(session, client, root, seller, "0.39")
    assert "worker_pay_min" in refusal.value.detail
    make_offer(session, client, root, seller, "0.40")


def test_one_layer_too_many_is_refused(session: Session) -> None:
    client, third = make_party(session), make_party(session, "subcontractor")
    _, root = make_open_job(session, client, layers_max=2)
    (_, (second, layer)) = make_layers(session, client, root, ["0.60", "0.50"])
    assert refused(lambda: make_offer(session, second, layer, third, "0.40")) == (
        "layers_exceeded",
        [("/parent_id", "layers_exceeded")],
    )


def test_terms_beyond_the_deferral_cap_are_refused(session: Session) -> None:
    client, seller = make_party(session), make_party(session, "subcontractor")
    _, root = make_open_job(session, client, deferral_months_max=6)
    late = SettlementTerms((TermPart(1, 7, Anchor.MONTH_END),))
    assert refused(lambda: make_offer(session, client, root, seller, "0.60", settlement_terms=late)) == (
        "deferral_exceeded",
        [("/settlement_terms", "deferral_exceeded")],
    )


def test_more_items_than_are_left_are_refused(session: Session) -> None:
    client, seller = make_party(session), make_party(session, "subcontractor")
    _, root = make_open_job(session, client)
    make_offer(session, client, root, seller, "0.60", items=8)
    assert refused(lambda: make_offer(session, client, root, seller, "0.60", items=3)) == (
        "allotment_short",
        [("/rates/standard/items", "allotment_short")],
    )


def test_everything_wrong_with_an_offer_is_told_at_once(session: Session) -> None:
    client, seller = make_party(session), make_party(session, "subcontractor")
    _, root = make_open_job(session, client, layers_max=0, deferral_months_max=6)
    late = SettlementTerms((TermPart(1, 12, Anchor.MONTH_END),))
    price = Money.parse("0.90", "CNY")
    rates = {"standard": OfferRate(price, 11), "gold": OfferRate(price, 1)}
    slug, errors = refused(lambda: offer(session, client, root.id, seller.organization, rates, late))
    assert slug == "layers_exceeded"
    assert errors == [
        ("/parent_id", "layers_exceeded"),
        ("/rates/gold", "rate_unknown"),
        ("/rates/standard/price/amount", "price_above_parent"),
        ("/rates/standard/items", "allotment_short"),
        ("/settlement_terms", "deferral_exceeded"),
    ]


@pytest.mark.parametrize("kind", ["client", "platform"])
def test_only_approved_subcontractors_get_offers(session: Session, kind: str) -> None:
    client = make_party(session)
    _, root = make_open_job(session, client)
    pending = make_party(session, "subcontractor", state="pending")
    for seller in (make_party(session, kind), pending):
        attempt = partial(make_offer, session, client, root, seller, "0.60")
        assert refused(attempt) == ("seller_refused", [("/seller_organization_id", "seller_refused")])


def test_nobody_stands_in_one_chain_twice(session: Session) -> None:
    client = make_party(session)
    _, root = make_open_job(session, client, layers_max=3)
    ((first, _), (second, layer)) = make_layers(session, client, root, ["0.60", "0.50"])
    assert refused(lambda: make_offer(session, second, layer, first, "0.40"))[0] == "seller_refused"


def test_nothing_is_offered_from_an_offer_or_of_a_draining_job(session: Session) -> None:
    client, first, second = make_party(session), *(make_party(session, "subcontractor") for _ in range(2))
    job, root = make_open_job(session, client)
    offered = make_offer(session, client, root, first, "0.60", items=5)
    assert refused(lambda: make_offer(session, first, offered, second, "0.50", items=1))[0] == "state_conflict"
    job.state = "draining"
    session.flush()
    assert refused(lambda: make_offer(session, client, root, second, "0.50", items=1))[0] == "state_conflict"
    assert refused(lambda: accept(session, first, offered.id))[0] == "state_conflict"


def test_one_sees_only_contracts_that_one_is_a_party_to(session: Session) -> None:
    client, stranger, auditor = (
        make_party(session),
        make_party(session, "subcontractor"),
        make_party(session, "platform"),
    )
    job, root = make_open_job(session, client)
    ((first, one), (second, two)) = make_layers(session, client, root, ["0.60", "0.50"])

    def seen(actor: Actor) -> set[Any]:
        return {contract.id for contract in list_contracts(session, actor, job_id=job.id).data}

    assert seen(client) == {root.id, one.id}
    assert seen(first) == {one.id, two.id}
    assert seen(second) == {two.id}
    assert seen(stranger) == set()
    assert seen(auditor) == {root.id, one.id, two.id}
    assert refused(lambda: get_contract(session, second, one.id))[0] == "not_found"
    assert refused(lambda: make_offer(session, second, one, stranger, "0.10"))[0] == "not_found"
    assert refused(lambda: withdraw(session, second, one.id))[0] == "not_found"


def test_the_buyer_offers_and_withdraws_and_the_seller_accepts_not_the_other_way_round(session: Session) -> None:
    client, seller = make_party(session), make_party(session, "subcontractor")
    _, root = make_open_job(session, client)
    offered = make_offer(session, client, root, seller, "0.60")
    assert refused(lambda: accept(session, client, offered.id))[0] == "forbidden"
    assert refused(lambda: withdraw(session, seller, offered.id))[0] == "not_found"


def test_an_offer_lets_its_seller_see_the_job(session: Session) -> None:
    client, seller, stranger = make_party(session), *(make_party(session, "subcontractor") for _ in range(2))
    job, root = make_open_job(session, client)
    assert refused(lambda: get_job(session, seller, job.id))[0] == "not_found"
    make_offer(session, client, root, seller, "0.60")
    assert get_job(session, seller, job.id) is job
    assert refused(lambda: get_job(session, stranger, job.id))[0] == "not_found"
    assert session.scalars(select(JobParty.organization_id).where(JobParty.job_id == job.id)).all() == [
        seller.organization
    ]


def test_offers_without_terms_carry_the_parents(session: Session) -> None:
    client, seller = make_party(session), make_party(session, "subcontractor")
    job, root = make_open_job(session, client)
    offered = make_offer(session, client, root, seller, "0.60")
    assert offered.terms == job_draft().settlement_terms
    assert offered.expires_at is not None
    assert offered.expires_at > market_now(session)
    assert job.terms == offered.terms


def test_offers_of_several_jobs_end_in_the_order_in_which_every_sweep_locks_jobs(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, seller = make_party(session), make_party(session, "subcontractor")
    jobs = []
    for days in (3, 2, 1):
        job, root = make_open_job(session, client)
        rates = {"standard": OfferRate(Money.parse("0.60", "CNY"), 1)}
        offer(session, client, root.id, seller.organization, rates, expires_in=dt.timedelta(days=days))
        jobs.append(job.id)
    clock.advance(session, system_actor("tests"), market_now(session) + dt.timedelta(days=4), allowed=True)
    locked: list[Any] = []
    monkeypatch.setattr(offering, "lock_job", lambda _session, job_id: locked.append(job_id))
    assert expire(session) == 3
    assert list(dict.fromkeys(locked)) == sorted(jobs)
