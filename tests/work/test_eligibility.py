"""Who finds and claims which work: by what the job asks for, and by the access rules above it."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from marketplace.contracts.access import end_rule
from marketplace.contracts.offering import OfferRate, accept, offer
from marketplace.identity import directory, skills
from marketplace.jobs.screening import Screening
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.work import holding
from marketplace.work.claiming import claim_next
from marketplace.work.finding import open_batch as find_batch
from marketplace.work.finding import open_batches
from marketplace.work.models import Batch
from marketplace.work.opening import open_tasks
from marketplace.work.submitting import submit
from tests.builders.screening import allow, block, days_pass, grant_skill, make_skill
from tests.builders.work import (
    SETUP,
    Market,
    answers_to,
    make_market,
    make_organization,
    make_worker,
    open_batch,
)


@pytest.fixture
def market(session: Session) -> Market:
    return make_market(session, items_count=20)


@pytest.fixture
def batch(session: Session, market: Market) -> Batch:
    return open_batch(session, market, items=10)


@pytest.fixture
def worker(session: Session) -> Actor:
    return make_worker(session)


def worker_of(session: Session, country: str, *languages: str) -> Actor:
    person = directory.create_person(session, name="A worker", email=f"{new_id().hex}@example.org", verified=True)
    directory.create_worker(session, SETUP, person.id, country=country, languages=languages)
    return Actor(person.id, None, None, frozenset(["worker"]), make_worker(session).permissions, "session", "A worker")


def screened(session: Session, **asked: Any) -> Batch:
    return open_batch(session, make_market(session, items_count=5, screening=Screening(**asked)))


def opened_below(session: Session, market: Market, seller: Actor, items: int = 5) -> Batch:
    """Tasks of a subcontractor's own, from items that the client sells it."""
    price = Money.parse("1.00", "USD")
    offered = offer(
        session, market.requester, market.contract.id, seller.organization, {"standard": OfferRate(price, items)}
    )
    accept(session, seller, offered.id)
    return open_tasks(session, seller, offered.id, "standard", items="all", items_per_task=1, pay=price)


def refusal(session: Session, worker: Actor, batch: Batch) -> DomainError | None:
    """Why the batch cannot be claimed from; None when it can, which finding must agree with in every case."""
    found = batch.id in {line.id for line in open_batches(session, worker).data}
    try:
        claim_next(session, worker, batch.id)
    except DomainError as refused:
        assert not found
        with pytest.raises(DomainError, match="not_found"):
            find_batch(session, worker, batch.id)
        return refused
    assert found
    assert find_batch(session, worker, batch.id).id == batch.id
    return None


def slug(session: Session, worker: Actor, batch: Batch) -> str | None:
    refused = refusal(session, worker, batch)
    return None if refused is None else refused.slug


def test_a_job_that_asks_for_nothing_is_open_to_everybody(session: Session, batch: Batch, worker: Actor) -> None:
    assert slug(session, worker, batch) is None


def test_a_worker_lives_in_one_of_the_countries(session: Session) -> None:
    batch = screened(session, countries=("DE", "KE"))
    assert slug(session, worker_of(session, "KE", "en"), batch) is None
    refused = refusal(session, worker_of(session, "FR", "en"), batch)
    assert refused is not None
    assert (refused.slug, refused.data) == (
        "screened_out",
        {"countries": ["DE", "KE"], "languages": [], "skills": [], "score_min": None},
    )
    assert refused.detail == "This job is for workers in Germany or Kenya."


def test_a_worker_knows_every_language(session: Session) -> None:
    batch = screened(session, languages=("en", "sw"))
    assert slug(session, worker_of(session, "KE", "sw", "fr", "en"), batch) is None
    refused = refusal(session, worker_of(session, "KE", "en"), batch)
    assert refused is not None
    assert (refused.slug, refused.data["languages"]) == ("screened_out", ["sw"])
    assert refused.detail == "This job is for workers with the language Swahili."


def test_a_worker_has_every_skill_as_long_as_it_lasts(session: Session, worker: Actor) -> None:
    (client,) = make_organization(session, "client", "requester")
    one, two = make_skill(session, client, name="Streets"), make_skill(session, client, name="Signs")
    market = make_market(session, items_count=9)
    market.job.screening = Screening(skills=(one.id, two.id))
    session.flush()
    batch = open_batch(session, market)
    grant_skill(session, client, one, worker, days=60)
    refused = refusal(session, worker, batch)
    assert refused is not None
    assert refused.data["skills"] == [{"id": public("skill", two.id), "name": "Signs"}]
    assert refused.detail == "This job is for workers with the skill Signs."
    second = grant_skill(session, client, two, worker, days=30)
    assert slug(session, worker, batch) is None
    skills.revoke(session, client, second.grant.id, reason="Renewed.")
    assert slug(session, worker, batch) == "screened_out"
    grant_skill(session, client, two, worker, days=30)
    assert slug(session, worker, batch) is None
    days_pass(session, 31)
    assert slug(session, worker, batch) == "screened_out"


def test_everything_that_is_missing_is_named_at_once(session: Session) -> None:
    batch = screened(session, countries=("DE",), languages=("de", "sw"))
    refused = refusal(session, worker_of(session, "KE", "en"), batch)
    assert refused is not None
    assert refused.detail == "This job is for workers in Germany; with the languages German and Swahili."


@pytest.mark.parametrize("scope", ["all", "job", "contract"])
def test_a_block_keeps_a_worker_from_finding_and_claiming_until_it_ends(
    session: Session, market: Market, batch: Batch, worker: Actor, scope: str
) -> None:
    where = {"job": {"job_id": market.job.id}, "contract": {"contract_id": market.contract.id}}.get(scope, {})
    made = block(session, market.requester, worker, days=30, scope=scope, reason="Copied answers.", **where)
    refused = refusal(session, worker, batch)
    assert refused is not None
    assert refused.slug == "worker_blocked"
    assert "Copied answers." in refused.detail
    assert refused.data["blocks"][0]["id"] == public("access_rule", made.id)
    assert slug(session, make_worker(session), batch) is None
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_next(session, worker)
    days_pass(session, 31)
    assert slug(session, worker, batch) is None


def test_a_block_that_is_ended_before_its_time_holds_no_more(
    session: Session, market: Market, batch: Batch, worker: Actor
) -> None:
    made = block(session, market.requester, worker)
    assert slug(session, worker, batch) == "worker_blocked"
    end_rule(session, market.requester, made.id, reason="A mistake.")
    assert slug(session, worker, batch) is None


def test_a_clients_block_reaches_the_tasks_of_every_layer_and_a_layers_block_its_own(
    session: Session, market: Market, batch: Batch
) -> None:
    (seller,) = make_organization(session, "subcontractor", "manager")
    below = opened_below(session, market, seller)
    by_client, by_layer, by_contract = make_worker(session), make_worker(session), make_worker(session)
    block(session, market.requester, by_client, scope="job", job_id=market.job.id)
    block(session, seller, by_layer)
    block(session, market.requester, by_contract, scope="contract", contract_id=market.contract.id)
    assert [slug(session, by_client, where) for where in (batch, below)] == ["worker_blocked", "worker_blocked"]
    assert [slug(session, by_layer, where) for where in (batch, below)] == [None, "worker_blocked"]
    assert [slug(session, by_contract, where) for where in (batch, below)] == ["worker_blocked", None]


def test_a_block_by_a_stranger_of_the_job_means_nothing_here(session: Session, batch: Batch, worker: Actor) -> None:
    for kind, role in (("client", "requester"), ("subcontractor", "manager")):
        block(session, make_organization(session, kind, role)[0], worker)
    assert slug(session, worker, batch) is None


def test_where_one_worker_is_allowed_by_name_others_are_not(
    session: Session, market: Market, batch: Batch, worker: Actor
) -> None:
    other = make_worker(session)
    made = allow(session, market.requester, worker, scope="job", job_id=market.job.id)
    assert (slug(session, worker, batch), slug(session, other, batch)) == (None, "worker_not_allowed")
    end_rule(session, market.requester, made.id, reason="Open to all now.")
    assert slug(session, other, batch) is None
    allow(session, market.requester, worker, days=10)
    assert (slug(session, worker, batch), slug(session, other, batch)) == (None, "worker_not_allowed")
    days_pass(session, 11)
    assert slug(session, other, batch) is None


def test_every_scope_with_an_allow_list_asks_for_itself(session: Session, market: Market, worker: Actor) -> None:
    (seller,) = make_organization(session, "subcontractor", "manager")
    below = opened_below(session, market, seller)
    allow(session, market.requester, worker)
    assert slug(session, worker, below) is None
    allow(session, seller, make_worker(session))
    assert slug(session, worker, below) == "worker_not_allowed"
    allow(session, seller, worker)
    assert slug(session, worker, below) is None


def test_a_block_goes_before_an_allow_and_both_before_what_the_job_asks(session: Session, market: Market) -> None:
    market.job.screening = Screening(countries=("DE",))
    session.flush()
    batch, worker = open_batch(session, market, items=5), worker_of(session, "FR", "en")
    allow(session, market.requester, worker)
    assert slug(session, worker, batch) == "screened_out"
    block(session, market.requester, worker)
    assert slug(session, worker, batch) == "worker_blocked"


def test_an_allowed_organization_is_no_list_of_workers(
    session: Session, market: Market, batch: Batch, worker: Actor
) -> None:
    allow(session, market.requester, make_organization(session, "subcontractor", "manager")[0])
    assert slug(session, worker, batch) is None


def test_without_a_batch_the_oldest_that_is_open_to_the_worker_is_taken(session: Session, worker: Actor) -> None:
    closed, barred, fits = (screened(session, countries=("DE",)), screened(session), screened(session))
    market_of_barred = make_market(session, items_count=3)
    barred = open_batch(session, market_of_barred)
    block(session, market_of_barred.requester, worker)
    taken = {claim_next(session, worker).batch_id for _ in range(10)}
    assert fits.id in taken
    assert not taken & {closed.id, barred.id}


def test_a_rule_never_touches_what_is_held(session: Session, market: Market, batch: Batch, worker: Actor) -> None:
    submitted, given_back = claim_next(session, worker, batch.id), claim_next(session, worker, batch.id)
    block(session, market.requester, worker)
    holding.extend(session, worker, submitted.id)
    assert submit(session, worker, submitted.id, answers_to(submitted), 1).state == "submitted"
    assert holding.give_back(session, worker, given_back.id).state == "returned"
    assert slug(session, worker, batch) == "worker_blocked"


def test_a_batch_that_is_taken_says_so_to_who_may_claim(session: Session, market: Market, worker: Actor) -> None:
    batch = open_batch(session, market, items=1)
    claim_next(session, make_worker(session), batch.id)
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_next(session, worker, batch.id)
    with pytest.raises(DomainError, match="nothing_to_claim"):
        claim_next(session, worker, new_id())
