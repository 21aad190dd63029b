"""Who may take a contract over, and who is asked again before it does."""

import datetime as dt

import pytest
from sqlalchemy.orm import Session

from marketplace.contracts import handovers
from marketplace.contracts.offering import accept, decline
from marketplace.db.clock import market_now
from marketplace.identity.models import Membership, Organization
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.lifecycle.freezing import freeze_contract, unfreeze_contract
from marketplace.lifecycle.silence import warn_silent
from marketplace.lifecycle.succeeding import succeed_silent
from marketplace.settlement.defaulting import release_margins
from marketplace.work.withdrawing import withdraw
from tests.builders.contracts import make_offer
from tests.builders.defaults import WHY, declare_default, operations
from tests.builders.handovers import accept_handover
from tests.builders.jobs import make_open_job, make_party
from tests.builders.settlement import another, hand_in, make_chain, move_clock_to
from tests.lifecycle.test_handed_over import passed


def refused(session: Session, actor: Actor, handover_id: object) -> str:
    with pytest.raises(DomainError) as refusal:
        accept_handover(session, actor, handover_id)  # type: ignore[arg-type]
    return refusal.value.slug


def test_who_gave_the_contract_up_does_not_take_it_over_again_and_again(session: Session) -> None:
    market = passed(session)
    default = declare_default(session, market.staff, market.contract.id, WHY)
    assert default.taker == "client"
    release_margins(session, another(session, market.staff, "finance"), default.id, "Nothing is owed.")
    client = market.chain.client
    handover = handovers.offer(session, client, market.contract.id, market.other.organization)
    accept_handover(session, market.other, handover.id)
    last = declare_default(session, market.staff, market.contract.id, WHY)
    assert (last.former_organization_id, last.taker) == (market.other.organization, "client")


def test_the_caretaker_is_not_in_default_where_nobody_else_can_go_on(session: Session) -> None:
    chain = make_chain(session, auto_accept_seconds=90 * 86_400)
    staff, (_, contract) = operations(session), chain.layers[0]
    client = session.get_one(Organization, chain.client.organization)
    client.state = "suspended"
    hand_in(session, chain)
    for _, one in reversed(chain.layers):
        assert declare_default(session, staff, one.id, WHY).former_organization_id != staff.organization
    lowest = chain.layers[1][1]
    assert declare_default(session, staff, lowest.id, WHY).taker == "caretaker"
    with pytest.raises(DomainError, match="state_conflict"):
        declare_default(session, staff, lowest.id, WHY)
    move_clock_to(session, market_now(session) + dt.timedelta(days=15))
    assert succeed_silent(session, dt.timedelta(days=14)) == 0
    assert warn_silent(session, dt.timedelta(days=14)) == 0, "nothing tells of a default that never comes"
    client.state = "approved"
    assert declare_default(session, staff, contract.id, WHY).taker == "client"


def test_a_contract_that_was_frozen_since_it_was_taken_over_is_handed_over(session: Session) -> None:
    market = passed(session)
    freeze_contract(session, market.above, market.contract.id, "We have to look into something.")
    with pytest.raises(DomainError, match="state_conflict"):
        market.hand_over(session)
    unfreeze_contract(session, market.above, market.contract.id)
    market.hand_over(session)
    assert market.contract.seller_organization_id == market.other.organization


def test_nobody_accepts_what_an_organization_offers_of_which_they_are_a_member(session: Session) -> None:
    market = passed(session)
    handover = handovers.offer(session, market.above, market.contract.id, market.other.organization)
    session.add(Membership(person_id=market.other.person, organization_id=market.above.organization, role="reviewer"))
    session.flush()
    assert refused(session, market.other, handover.id) == "handover_own"
    accept_handover(session, another(session, market.other, "manager"), handover.id)


def test_who_declined_a_part_before_may_be_asked_for_all_of_it(session: Session) -> None:
    market = passed(session)
    session.get_one(Job, market.chain.job.id).layers_max = 3
    withdraw(session, market.above, market.chain.batch.id)
    part = make_offer(session, market.above, market.contract, market.other, "0.50", 1)
    decline(session, market.other, part.id)
    market.hand_over(session)
    assert market.contract.seller_organization_id == market.other.organization


def test_what_may_not_be_asked_at_the_acceptance_is_asked_again(session: Session) -> None:
    market = passed(session)
    handover = handovers.offer(session, market.above, market.contract.id, market.other.organization)
    organization = session.get_one(Organization, market.other.organization)
    organization.state = "suspended"
    assert refused(session, market.other, handover.id) == "seller_refused"
    organization.state = "approved"
    client = make_party(session)
    _, root = make_open_job(session, client)
    elsewhere = accept(session, market.other, make_offer(session, client, root, market.other, "0.855", 1).id)
    declare_default(session, market.staff, elsewhere.id, WHY)
    assert refused(session, market.other, handover.id) == "seller_refused", "in default with another contract"
