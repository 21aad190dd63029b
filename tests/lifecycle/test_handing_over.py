"""A contract that was taken over after a default is handed on: another seller, and nothing else is another."""

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.contracts import amending, handovers
from marketplace.contracts.default_models import ContractDefault
from marketplace.contracts.handover_models import Handover
from marketplace.contracts.handover_queries import get_handover, list_handovers
from marketplace.contracts.models import Amendment, Contract
from marketplace.contracts.queries import rates_of
from marketplace.db.clock import market_now
from marketplace.identity.models import Organization
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import guarantee_fund
from marketplace.lifecycle.freezing import freeze_contract
from marketplace.lifecycle.recalling import recall_contract
from marketplace.lifecycle.standing import standing
from marketplace.lifecycle.succeeding import succeed_silent
from marketplace.provenance.chains import answer_chain
from marketplace.provenance.margins import own_margin
from marketplace.work.claiming import claim_next
from marketplace.work.models import Answer, Claim
from tests.builders.defaults import WHY, declare_default, operations, owed, paid_to
from tests.builders.handovers import accept_handover
from tests.builders.jobs import make_party
from tests.builders.payouts import mature
from tests.builders.settlement import (
    Chain,
    accept_by,
    another,
    hand_in,
    make_chain,
    move_clock_to,
    payable_worker,
)


@dataclass(frozen=True)
class Taken:
    """The worked example's chain whose second contract the platform holds as caretaker, and who might have it."""

    chain: Chain
    platform: Actor
    contract: Contract
    other: Actor


@pytest.fixture
def taken(session: Session) -> Taken:
    chain = make_chain(session)
    staff = operations(session)
    declare_default(session, staff, chain.layers[0][1].id, WHY)
    client = session.get_one(Organization, chain.client.organization)
    client.state = "suspended"
    assert declare_default(session, staff, chain.layers[1][1].id, WHY).taker == "caretaker"
    client.state = "approved"
    session.flush()
    return Taken(chain, staff, chain.layers[1][1], make_party(session, "subcontractor"))


def offered(session: Session, taken: Taken, to: Actor | None = None, **more: Any) -> Handover:
    to = to or taken.other
    return handovers.offer(session, taken.platform, taken.contract.id, to.organization, **more)


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as refusal:
        act()
    return refusal.value.slug


def kinds(session: Session, subject_id: uuid.UUID) -> list[str]:
    wanted = select(AuditEvent.kind).where(AuditEvent.subject_id == subject_id).order_by(AuditEvent.id)
    return list(session.scalars(wanted))


def test_the_caretaker_s_contract_goes_on_under_its_new_seller_and_nobody_s_price_changes(
    session: Session, taken: Taken
) -> None:
    (_, above), (_, contract) = taken.chain.layers
    before = hand_in(session, taken.chain)
    accept_by(session, another(session, taken.platform, "dispute_decider"), before)
    lease = session.get_one(Claim, claim_next(session, payable_worker(session), taken.chain.batch.id).id).lease_until
    waiting = hand_in(session, taken.chain)
    rates = rates_of(session, [contract.id])

    handover = offered(session, taken)
    accept_handover(session, taken.other, handover.id)

    now = session.get_one(Contract, contract.id, populate_existing=True)
    assert (now.state, now.seller_organization_id) == ("succeeded", taken.other.organization)
    assert now.buyer_organization_id == session.get_one(Contract, above.id).seller_organization_id
    assert rates_of(session, [contract.id]) == rates
    assert lease in set(session.scalars(select(Claim.lease_until).where(Claim.state == "claimed")))
    assert kinds(session, contract.id)[-1] == "contract.handed_over"
    # The answer that waited is the new seller's to review and to earn by; the caretaker keeps what it earned.
    with pytest.raises(DomainError, match="not_found"):
        accept_by(session, another(session, taken.platform, "reviewer"), waiting)
    accept_by(session, another(session, taken.other, "reviewer"), waiting)
    assert paid_to(session, waiting.worker) == paid_to(session, before.worker) == 350_000
    assert owed(session, taken.other, "scheduled") == 250_000
    assert owed(session, taken.platform, "scheduled") == 250_000
    mature(session)
    assert balance(session, guarantee_fund("CNY")) == Money.parse("0.125", "CNY")
    margin = own_margin(session, taken.other, contract.id)
    assert margin is not None
    assert sum(amount.amount for amount in margin.by_state.values()) == 250_000
    parts = answer_chain(session, taken.other, waiting.answer_ids[0]).parts
    assert sum(part.part.own for part in parts if part.part.kind == "margin") == 1


def test_a_layer_and_the_client_hand_on_what_they_took_over_and_layers_below_only_get_another_buyer(
    session: Session,
) -> None:
    chain = make_chain(session)
    (_, contract), (below, child) = chain.layers
    other = make_party(session, "subcontractor")
    staff = operations(session)
    assert declare_default(session, staff, contract.id, WHY).taker == "client"
    proposed = amending.propose(session, below, child.id, {"standard": Money.parse("0.62", "CNY")}, "Denser.")
    handover = handovers.offer(session, chain.client, contract.id, other.organization)
    assert get_handover(session, staff, handover.id).id == handover.id
    stands = standing(session, contract.id)
    assert [(one.to, str(one.price), one.items) for one in stands.sold_on] == [("layer", "0.60 CNY", 10)]

    accept_handover(session, other, handover.id)

    kept = session.get_one(Contract, child.id, populate_existing=True)
    assert (kept.state, kept.buyer_organization_id) == ("active", other.organization)
    assert [str(rate.price) for rate in rates_of(session, [child.id])[child.id]] == ["0.60 CNY"]
    assert session.get_one(Amendment, proposed.id, populate_existing=True).state == "withdrawn"
    accept_by(session, chain.reviewer, handed := hand_in(session, chain))
    assert paid_to(session, handed.worker) == 350_000
    assert (owed(session, below, "scheduled"), owed(session, other, "scheduled")) == (250_000, 255_000)
    assert owed(session, chain.client, "scheduled") == 0


def test_a_new_seller_that_cannot_go_on_either_is_succeeded_and_the_contract_may_be_handed_on_again(
    session: Session, taken: Taken
) -> None:
    accept_handover(session, taken.other, offered(session, taken).id)
    client = session.get_one(Organization, taken.chain.client.organization)
    client.state = "suspended"
    default = declare_default(session, taken.platform, taken.contract.id, WHY)
    client.state = "approved"
    assert (default.taker, default.former_organization_id) == ("caretaker", taken.other.organization)
    handed = hand_in(session, taken.chain)
    accept_by(session, another(session, taken.platform, "dispute_decider"), handed)
    assert owed(session, taken.platform, "scheduled") == 250_000, "the contract came back to it"
    assert refused(lambda: offered(session, taken)) == "seller_refused", "who sold under it before"
    third = make_party(session, "subcontractor")
    accept_handover(session, third, offered(session, taken, third).id)
    accept_by(session, another(session, third, "reviewer"), hand_in(session, taken.chain))
    assert owed(session, third, "scheduled") == 250_000


def test_a_new_seller_has_as_long_as_anybody_to_review(session: Session) -> None:
    silent_for = dt.timedelta(days=14)
    chain = make_chain(session, auto_accept_seconds=90 * 86_400)
    staff, other = operations(session), make_party(session, "subcontractor")
    (above, _), (_, contract) = chain.layers
    hand_in(session, chain)
    declare_default(session, staff, contract.id, WHY)
    move_clock_to(session, market_now(session) + silent_for - dt.timedelta(hours=1))
    accept_handover(session, other, handovers.offer(session, above, contract.id, other.organization).id)
    move_clock_to(session, market_now(session) + dt.timedelta(hours=2))
    assert succeed_silent(session, silent_for) == 0
    move_clock_to(session, market_now(session) + silent_for)
    assert succeed_silent(session, silent_for) == 1
    (last,) = session.scalars(select(ContractDefault).where(ContractDefault.cause == "silence"))
    assert last.former_organization_id == other.organization


def test_only_who_took_a_contract_over_offers_it(session: Session, taken: Taken) -> None:
    (first, _), _ = taken.chain.layers
    stranger = make_party(session, "subcontractor")
    to = stranger.organization
    assert refused(lambda: handovers.offer(session, stranger, taken.contract.id, to)) == "not_found"
    assert refused(lambda: handovers.offer(session, first, taken.contract.id, to)) == "not_found"
    finance = another(session, taken.platform, "finance")
    assert refused(lambda: handovers.offer(session, finance, taken.contract.id, to)) == "forbidden"
    accept_handover(session, taken.other, offered(session, taken).id)
    # Who accepted it sells like any layer: it passes work on by offers below.
    assert refused(lambda: handovers.offer(session, taken.other, taken.contract.id, to)) == "state_conflict"


def test_a_contract_that_was_not_taken_over_is_not_handed_over(session: Session) -> None:
    chain = make_chain(session)
    to = make_party(session, "subcontractor").organization
    seller, contract = chain.layers[1]
    assert refused(lambda: handovers.offer(session, seller, contract.id, to)) == "state_conflict"


def test_it_is_offered_to_a_subcontractor_that_has_no_part_in_it(session: Session) -> None:
    chain = make_chain(session, prices=("0.80", "0.70", "0.60"), layers_max=3)
    (above, _), (bust, contract), (below, _) = chain.layers
    staff = operations(session)
    declare_default(session, staff, contract.id, WHY)
    elsewhere = make_chain(session)
    declare_default(session, staff, elsewhere.layers[1][1].id, WHY)
    in_default = elsewhere.layers[1][0]
    for unfit in (above, bust, below, in_default, chain.client):
        with pytest.raises(DomainError, match="seller_refused") as refusal:
            handovers.offer(session, above, contract.id, unfit.organization)
        assert [error.pointer for error in refusal.value.errors] == ["/to_organization_id"]
    to = make_party(session, "subcontractor").organization
    assert refused(lambda: handovers.offer(session, above, contract.id, to, dt.timedelta(days=91))) == "invalid"


def test_one_offer_waits_at_a_time_and_each_answer_is_the_right_side_s(session: Session, taken: Taken) -> None:
    handover = offered(session, taken)
    third = make_party(session, "subcontractor")
    assert refused(lambda: offered(session, taken, third)) == "handover_waits"
    assert refused(lambda: accept_handover(session, third, handover.id)) == "not_found"
    assert refused(lambda: handovers.withdraw(session, taken.other, handover.id)) == "not_found"
    assert refused(lambda: accept_handover(session, taken.platform, handover.id)) == "forbidden"
    assert list_handovers(session, third).data == []
    assert [one.id for one in list_handovers(session, taken.other, states=["offered"]).data] == [handover.id]
    handovers.decline(session, taken.other, handover.id)
    assert refused(lambda: accept_handover(session, taken.other, handover.id)) == "state_conflict"
    second = offered(session, taken, third)
    handovers.withdraw(session, taken.platform, second.id)
    assert refused(lambda: accept_handover(session, third, second.id)) == "state_conflict"
    assert kinds(session, handover.id) == ["handover.offered", "handover.declined"]
    assert kinds(session, second.id) == ["handover.offered", "handover.withdrawn"]


def test_an_offer_runs_out(session: Session, taken: Taken) -> None:
    handover = offered(session, taken, expires_in=dt.timedelta(days=1))
    assert handovers.expire_next(session) == 0
    move_clock_to(session, market_now(session) + dt.timedelta(days=1, minutes=1))
    assert refused(lambda: accept_handover(session, taken.other, handover.id)) == "offer_expired"
    again = offered(session, taken)
    assert session.get_one(Handover, handover.id, populate_existing=True).state == "expired"
    move_clock_to(session, market_now(session) + dt.timedelta(days=8))
    assert (handovers.expire_next(session), handovers.expire_next(session)) == (1, 0)
    assert kinds(session, again.id)[-1] == "handover.expired"


def test_what_became_of_the_contract_meanwhile_is_seen_when_it_is_accepted(session: Session) -> None:
    chain = make_chain(session)
    (above, _), (_, contract) = chain.layers
    declare_default(session, operations(session), contract.id, WHY)
    other = make_party(session, "subcontractor")
    handover = handovers.offer(session, above, contract.id, other.organization)
    freeze_contract(session, chain.client, chain.layers[0][1].id, "We have to look into something.")
    assert refused(lambda: accept_handover(session, other, handover.id)) == "contract_halted"
    recall_contract(session, chain.client, chain.layers[0][1].id)
    assert refused(lambda: accept_handover(session, other, handover.id)) == "state_conflict"


def test_a_default_of_who_offers_it_ends_the_offer(session: Session) -> None:
    chain = make_chain(session)
    (above, _), (_, contract) = chain.layers
    staff, other = operations(session), make_party(session, "subcontractor")
    declare_default(session, staff, contract.id, WHY)
    handover = handovers.offer(session, above, contract.id, other.organization)
    assert declare_default(session, staff, contract.id, WHY).taker == "client"
    assert session.get_one(Handover, handover.id, populate_existing=True).state == "withdrawn"
    assert refused(lambda: accept_handover(session, other, handover.id)) == "state_conflict"
    assert session.scalar(select(Answer.id)) is None
