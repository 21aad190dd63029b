"""Allowing and blocking: who may say what, for how long, and what it does to offers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.contracts.access import RuleDraft, contest_rule, end_rule, make_rule
from marketplace.contracts.access_queries import get_rule, list_rules, own_blocks
from marketplace.contracts.models import Contract
from marketplace.contracts.offering import accept
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from tests.builders.contracts import make_layers, make_offer
from tests.builders.jobs import make_open_job, make_party
from tests.builders.screening import allow, block, days_pass
from tests.builders.work import make_worker


@pytest.fixture
def client(session: Session) -> Actor:
    return make_party(session)


@pytest.fixture
def root(session: Session, client: Actor) -> Contract:
    return make_open_job(session, client)[1]


def refused(act: Callable[[], Any]) -> tuple[str, list[tuple[str, str]]]:
    with pytest.raises(DomainError) as refusal:
        act()
    return refusal.value.slug, [(error.pointer, error.code) for error in refusal.value.errors]


@pytest.mark.parametrize("scope", ["all", "job", "contract"])
def test_a_blocked_organization_is_offered_nothing_until_the_block_ends(
    session: Session, client: Actor, root: Contract, scope: str
) -> None:
    seller = make_party(session, "subcontractor")
    where = {"job": {"job_id": root.job_id}, "contract": {"contract_id": root.id}}.get(scope, {})
    block(session, client, seller, days=30, scope=scope, **where)
    assert refused(lambda: make_offer(session, client, root, seller, "0.60", 2)) == (
        "seller_refused",
        [("/seller_organization_id", "seller_refused")],
    )
    make_offer(session, client, root, make_party(session, "subcontractor"), "0.60", 2)
    days_pass(session, 31)
    assert make_offer(session, client, root, seller, "0.60", 2).state == "offered"


def test_a_clients_block_holds_for_offers_of_every_layer_of_its_jobs(
    session: Session, client: Actor, root: Contract
) -> None:
    ((upper, layer),) = make_layers(session, client, root, ["0.80"], items=6)
    lower = make_party(session, "subcontractor")
    made = block(session, client, lower, scope="job", job_id=root.job_id)
    assert refused(lambda: make_offer(session, upper, layer, lower, "0.60", 2))[0] == "seller_refused"
    end_rule(session, client, made.id, reason="Settled.")
    make_offer(session, upper, layer, lower, "0.60", 2)


def test_a_layers_block_does_not_bind_the_client(session: Session, client: Actor, root: Contract) -> None:
    ((upper, layer),) = make_layers(session, client, root, ["0.80"], items=6)
    lower = make_party(session, "subcontractor")
    block(session, upper, lower)
    assert refused(lambda: make_offer(session, upper, layer, lower, "0.60", 2))[0] == "seller_refused"
    make_offer(session, client, root, lower, "0.60", 2)


def test_what_was_offered_before_a_block_can_be_accepted(session: Session, client: Actor, root: Contract) -> None:
    seller = make_party(session, "subcontractor")
    offered = make_offer(session, client, root, seller, "0.60", 2)
    block(session, client, seller)
    assert accept(session, seller, offered.id).state == "active"


def test_where_one_organization_is_allowed_by_name_others_are_not(
    session: Session, client: Actor, root: Contract
) -> None:
    chosen, other = make_party(session, "subcontractor"), make_party(session, "subcontractor")
    allow(session, client, make_worker(session))
    make_offer(session, client, root, other, "0.60", 2)
    allow(session, client, chosen, days=30)
    assert refused(lambda: make_offer(session, client, root, other, "0.60", 2))[0] == "seller_refused"
    make_offer(session, client, root, chosen, "0.60", 2)
    days_pass(session, 31)
    make_offer(session, client, root, other, "0.60", 2)


def test_everything_wrong_with_a_rule_is_named_at_once(session: Session, client: Actor) -> None:
    nothing = RuleDraft(effect="ban", scope="job", reason=" ", expires_at=market_now(session))
    assert refused(lambda: make_rule(session, client, nothing)) == (
        "invalid",
        [
            ("/reason", "required"),
            ("/effect", "unknown_choice"),
            ("/job_id", "scope_differs"),
            ("/expires_at", "out_of_range"),
            ("", "one_subject"),
        ],
    )


def test_a_block_ends_within_a_year_and_an_allow_may_stay(session: Session, client: Actor) -> None:
    worker = make_worker(session)
    without = RuleDraft(effect="block", scope="all", reason="Because.", worker_id=worker.person)
    assert refused(lambda: make_rule(session, client, without)) == ("invalid", [("/expires_at", "required")])
    assert refused(lambda: block(session, client, worker, days=367)) == ("invalid", [("/expires_at", "out_of_range")])
    assert refused(lambda: block(session, client, worker, days=-1)) == ("invalid", [("/expires_at", "out_of_range")])
    assert block(session, client, worker, days=366).state == "live"
    assert allow(session, client, worker).rule.expires_at is None


def test_a_rule_names_ones_own_job_or_a_contract_one_sells_under(
    session: Session, client: Actor, root: Contract
) -> None:
    other, worker = make_party(session), make_worker(session)
    ((seller, layer),) = make_layers(session, client, root, ["0.60"], items=4)
    for actor, where, pointer in (
        (other, {"scope": "job", "job_id": root.job_id}, "/job_id"),
        (seller, {"scope": "job", "job_id": root.job_id}, "/job_id"),
        (client, {"scope": "job", "job_id": new_id()}, "/job_id"),
        (client, {"scope": "contract", "contract_id": layer.id}, "/contract_id"),
        (other, {"scope": "contract", "contract_id": new_id()}, "/contract_id"),
        (client, {"scope": "all", "job_id": root.job_id}, "/job_id"),
    ):
        slug, errors = refused(lambda a=actor, w=where: block(session, a, worker, **w))  # type: ignore[misc]
        assert (slug, [at for at, _ in errors]) == ("invalid", [pointer])
    block(session, seller, worker, scope="contract", contract_id=layer.id)


def test_a_subject_is_a_worker_or_another_subcontractor(session: Session, client: Actor) -> None:
    seller = make_party(session, "subcontractor")
    for actor, subject in ((client, make_party(session)), (client, make_party(session, "platform")), (seller, seller)):
        slug, errors = refused(lambda a=actor, s=subject: block(session, a, s))  # type: ignore[misc]
        assert (slug, errors) == ("invalid", [("/organization_id", "organization_unknown")])
    nobody = RuleDraft("allow", "all", "Because.", worker_id=client.person)
    assert refused(lambda: make_rule(session, client, nobody)) == ("invalid", [("/worker_id", "worker_unknown")])


def test_who_is_concerned_reads_the_reason_and_strangers_find_nothing(session: Session, client: Actor) -> None:
    seller, worker, stranger = make_party(session, "subcontractor"), make_worker(session), make_party(session)
    of_seller = block(session, client, seller, reason="Late.")
    of_worker = block(session, client, worker, reason="Copied.")
    assert [view.rule.reason for view in own_blocks(session, worker).data] == ["Copied."]
    assert [view.rule.reason for view in list_rules(session, seller).data] == ["Late."]
    assert list_rules(session, stranger).data == []
    for actor, rule in ((stranger, of_seller), (stranger, of_worker), (seller, of_worker), (worker, of_seller)):
        assert refused(lambda a=actor, r=rule: get_rule(session, a, r.id))[0] == "not_found"  # type: ignore[misc]
    assert refused(lambda: end_rule(session, seller, of_seller.id, reason="No."))[0] == "not_found"
    assert refused(lambda: end_rule(session, stranger, of_seller.id, reason="No."))[0] == "not_found"


def test_a_block_is_contested_once_and_operations_can_end_it(session: Session, client: Actor) -> None:
    worker, operations = make_worker(session), make_party(session, "platform", "operations")
    made = block(session, client, worker)
    assert refused(lambda: contest_rule(session, make_worker(session), made.id, reason="Not me."))[0] == "not_found"
    assert refused(lambda: contest_rule(session, worker, made.id, reason=" ")) == ("invalid", [("/reason", "required")])
    contest_rule(session, worker, made.id, reason="It was not me.")
    assert refused(lambda: contest_rule(session, worker, made.id, reason="Again."))[0] == "contested_already"
    seen = get_rule(session, client, made.id)
    assert seen.contest is not None
    assert seen.contest.reason == "It was not me."
    ended = end_rule(session, operations, made.id, reason="It was not.")
    assert ended.state == "ended"
    assert own_blocks(session, worker).data == []
    assert refused(lambda: end_rule(session, client, made.id, reason="Again."))[0] == "state_conflict"
    assert refused(lambda: contest_rule(session, worker, made.id, reason="Again."))[0] == "state_conflict"


def test_an_allow_is_not_contested(session: Session, client: Actor) -> None:
    worker = make_worker(session)
    made = allow(session, client, worker)
    assert refused(lambda: contest_rule(session, worker, made.id, reason="Why?"))[0] == "not_found"


def test_every_change_is_logged_for_those_concerned_without_its_words(session: Session, client: Actor) -> None:
    worker = make_worker(session)
    made = block(session, client, worker, reason="Secretly bad.")
    contest_rule(session, worker, made.id, reason="Secretly good.")
    end_rule(session, client, made.id, reason="Secretly sorry.")
    rows = session.execute(
        text("SELECT kind, person_ids, organization_ids, body FROM audit_event WHERE subject_id = :id ORDER BY id"),
        {"id": made.id},
    ).all()
    assert [row.kind for row in rows] == ["access_rule.made", "access_rule.contested", "access_rule.ended"]
    for row in rows:
        assert (row.person_ids, row.organization_ids) == ([worker.person], [client.organization])
        assert b"Secretly" not in bytes(row.body)
        assert json.loads(bytes(row.body))["data"]["effect"] == "block"


def test_lists_narrow_by_effect_subject_and_whether_a_rule_holds(session: Session, client: Actor) -> None:
    worker, seller = make_worker(session), make_party(session, "subcontractor")
    ends_soon, stays = block(session, client, worker, days=1), allow(session, client, seller)
    days_pass(session, 2)
    found = {
        "live": [view.id for view in list_rules(session, client, live=True).data],
        "over": [view.id for view in list_rules(session, client, live=False).data],
        "allow": [view.id for view in list_rules(session, client, effect="allow").data],
        "worker": [view.id for view in list_rules(session, client, worker_id=worker.person).data],
        "seller": [view.id for view in list_rules(session, client, organization_id=seller.organization).data],
    }
    one, other = [stays.id], [ends_soon.id]
    assert found == {"live": one, "over": other, "allow": one, "worker": other, "seller": one}
