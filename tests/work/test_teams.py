"""Tasks opened to teams: only their members find and claim them, as long as they are in one that is open."""

import json
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.audit.recording import recomputers
from marketplace.contracts.offering import OfferRate, accept, offer
from marketplace.entrypoints.recomputing import load_recomputers
from marketplace.identity import teams
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.work import holding
from marketplace.work.claiming import claim_next
from marketplace.work.finding import open_batches
from marketplace.work.models import Batch
from marketplace.work.opening import open_tasks
from tests.builders.teams import join, make_team
from tests.builders.work import Market, make_market, make_organization, make_worker

USD = Money.parse("1.00", "USD")


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session, items_count=10)


@pytest.fixture
def leader(session: Session) -> Actor:
    return make_organization(session, "subcontractor", "manager")[0]


def open_below(session: Session, market: Market, leader: Actor, **wanted: Any) -> Batch:
    offered = offer(session, market.requester, market.contract.id, leader.organization, {"standard": OfferRate(USD, 5)})
    accept(session, leader, offered.id)
    return open_tasks(session, leader, offered.id, "standard", items="all", items_per_task=1, pay=USD, **wanted)


def slug(session: Session, worker: Actor, batch: Batch) -> str | None:
    """Why the worker cannot claim from the batch; finding must agree."""
    found = batch.id in {line.id for line in open_batches(session, worker).data}
    try:
        claim_next(session, worker, batch.id)
    except DomainError as refused:
        assert not found
        return refused.slug
    assert found
    return None


def test_only_members_of_a_team_find_and_claim_what_was_opened_to_it(
    session: Session, market: Market, leader: Actor
) -> None:
    inside, outside, elsewhere = (make_worker(session) for _ in range(3))
    team, _other = make_team(session, leader, inside), make_team(session, leader, elsewhere, name="Day shift")
    batch = open_below(session, market, leader, team_ids=[team.id])
    assert [slug(session, worker, batch) for worker in (inside, outside, elsewhere)] == [
        None,
        "not_in_team",
        "not_in_team",
    ]
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_next(session, outside)
    assert claim_next(session, inside).batch_id == batch.id


def test_one_of_several_teams_is_enough_and_none_named_means_everybody(
    session: Session, market: Market, leader: Actor
) -> None:
    worker = make_worker(session)
    one, two = make_team(session, leader), make_team(session, leader, worker, name="Day shift")
    batch = open_below(session, market, leader, team_ids=[one.id, two.id])
    assert slug(session, worker, batch) is None
    assert slug(session, make_worker(session), open_below(session, market, leader)) is None


def test_who_leaves_a_team_keeps_the_claims_and_takes_no_more(session: Session, market: Market, leader: Actor) -> None:
    worker = make_worker(session)
    team = make_team(session, leader, worker)
    batch = open_below(session, market, leader, team_ids=[team.id])
    held = claim_next(session, worker, batch.id)
    teams.leave(session, worker, team.id)
    assert slug(session, worker, batch) == "not_in_team"
    assert holding.extend(session, worker, held.id).state == "claimed"
    join(session, leader, team.id, worker)
    assert slug(session, worker, batch) is None
    teams.close_team(session, leader, team.id)
    assert slug(session, worker, batch) == "not_in_team"


def test_tasks_are_opened_to_open_teams_of_the_seller_only(session: Session, market: Market, leader: Actor) -> None:
    closed = make_team(session, leader)
    teams.close_team(session, leader, closed.id)
    (stranger,) = make_organization(session, "subcontractor", "manager")
    foreign, own = make_team(session, stranger), make_team(session, leader)
    with pytest.raises(DomainError, match="tasks_invalid") as refused:
        open_below(session, market, leader, team_ids=[own.id, closed.id, foreign.id, own.id])
    assert [(error.pointer, error.code) for error in refused.value.errors] == [
        ("/team_ids/1", "team_unknown"),
        ("/team_ids/2", "team_unknown"),
        ("/team_ids/3", "duplicate"),
    ]
    with pytest.raises(DomainError, match="tasks_invalid") as refused:
        open_below(session, market, leader, team_ids=[own.id] * 21)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/team_ids", "too_long")]


def test_a_batch_keeps_its_teams(session: Session, market: Market, leader: Actor) -> None:
    batch = open_below(session, market, leader, team_ids=[make_team(session, leader).id])
    with pytest.raises(DBAPIError, match="keeps its terms"), session.begin_nested():
        session.execute(text("UPDATE batch SET team_ids = '{}' WHERE id = :id"), {"id": batch.id})


def test_the_teams_of_a_batch_are_recomputed_from_its_row(session: Session, market: Market, leader: Actor) -> None:
    batch = open_below(session, market, leader, team_ids=[make_team(session, leader).id])
    (body,) = session.scalars(text("SELECT body FROM audit_event WHERE kind = 'tasks.restricted'"))
    load_recomputers()
    assert recomputers()["tasks.restricted"](session, [batch.id]) == {batch.id: json.loads(bytes(body))["data"]}
