"""One tenant never sees or changes what is another's: every address with an id, tried with the other's ids."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.contracts.models import AccessRule
from marketplace.db.base import Base
from marketplace.exports.models import Export
from marketplace.identity.authentication import actor_for_key
from marketplace.identity.models import Skill, SkillGrant
from marketplace.intake.models import Upload
from marketplace.jobs.models import Item
from marketplace.kernel.ids import new_id, parse, public
from marketplace.ledger.models import Journal
from marketplace.operations.models import Operation
from marketplace.rails.models import Deposit
from marketplace.work.models import Answer, Claim
from tests.builders.operations import queue
from tests.client_api.conftest import Caller, Market
from tests.client_api.examples import items, money
from tests.client_api.story import Story, offer, ok
from tests.client_api.test_roles import ROLES, TABLE

BODIES: Final[Mapping[str, Any]] = {
    "POST /access-rules/<access_rule_id>/contest": {"reason": "No."},
    "POST /access-rules/<access_rule_id>/end": {"reason": "No."},
    "POST /skill-grants/<skill_grant_id>/revoke": {"reason": "No."},
    "POST /skills/<skill_id>/grants": {
        "worker_id": public("person", new_id()),
        "expires_at": "2099-01-01T00:00:00Z",
        "reason": "No.",
    },
    "PATCH /jobs/<job_id>": {"title": "Mine now"},
    "POST /jobs/<job_id>/guidelines": {"text": "Mine"},
    "POST /jobs/<job_id>/items": {"items": items(1)},
    "POST /jobs/<job_id>/items/withdraw": {"all_free": True},
    "POST /jobs/<job_id>/raise-redundancy": {"redundancy": 2},
    "POST /jobs/<job_id>/fund": {"amount": money("1.00")},
    "POST /jobs/<job_id>/tasks": {"rate": "standard", "items_per_task": 1, "pay": money("0.10")},
    "POST /contracts/<contract_id>/tasks": {"rate": "standard", "items_per_task": 1, "pay": money("0.10")},
    "POST /contracts/<contract_id>/offers": offer(public("organization", new_id()), "0.10"),
    "POST /api-keys/<api_key_id>/rotate": {"overlap_seconds": 0},
    "POST /api-keys/<api_key_id>/revoke": {"leaked": True},
    "POST /contracts/<contract_id>/amendments": {"rates": {"standard": {"price": money("0.10")}}, "reason": "Mine."},
    "POST /contracts/<contract_id>/freeze": {"reason": "Mine now."},
    "PATCH /webhooks/<webhook_id>": {"state": "disabled"},
    "POST /webhooks/<webhook_id>/rotate-secret": {"overlap_seconds": 0},
    "POST /members/<person_id>/add-role": {"role": "reviewer"},
    "POST /members/<person_id>/remove-role": {"role": "requester"},
    "POST /disputes/<dispute_id>/decide": {"decision": "upheld", "reason": "No."},
}
OWN_ROLES: Final = "rvmwk"
"""Roles of tenants; the platform's own see everybody's, each as far as the table says."""


@pytest.fixture
def story(market: Market, session: Session) -> Story:
    made = Story(market, session)
    made.publish()
    made.contract()
    made.open_tasks()
    made.work()
    made.choose_people()
    queue(session, actor_for_key(session, made.client.secret))
    webhook = ok(made.client.post("/webhooks", {"url": "https://93.184.216.34/", "kinds": ["job.funded"]})).json
    ok(made.client.post(f"/webhooks/{webhook['id']}/ping"))
    ok(made.client.post("/exports", {"format": "results.jsonl", "job_id": made.job_id}))
    return made


@pytest.fixture
def outsiders(market: Market) -> dict[str, Caller]:
    return {
        letter: market.caller(market.organization(kind), role) if kind else market.caller(None)
        for letter, (kind, role) in ROLES.items()
        if letter in OWN_ROLES
    }


def _ids(story: Story, session: Session) -> dict[str, list[str]]:
    """The other's ids by the name of the parameter."""
    contracts = ok(story.auditor.get(f"/contracts?job_id={story.job_id}")).json["data"]
    return {
        "job_id": [story.job_id],
        "contract_id": [contract["id"] for contract in contracts],
        "person_id": [public("person", story.client.person_id)],
        "invitation_id": [
            ok(story.client.post("/invitations", {"email": "x@example.test", "name": "X", "role": "reviewer"})).json[
                "id"
            ]
        ],
        "api_key_id": [key["id"] for key in ok(story.client.get("/api-keys")).json["data"]],
        "webhook_id": [webhook["id"] for webhook in ok(story.client.get("/webhooks")).json["data"]],
        "webhook_delivery_id": [one["id"] for one in ok(story.client.get("/webhook-deliveries")).json["data"]],
        "amendment_id": [story.propose()],
        "claim_id": [public("claim", claim_id) for claim_id in session.scalars(select(Claim.id).limit(1))],
        "answer_id": [public("answer", answer_id) for answer_id in session.scalars(select(Answer.id).limit(1))],
        "item_id": [public("item", item_id) for item_id in session.scalars(select(Item.id).limit(1))],
        "access_rule_id": [public("access_rule", rule_id) for rule_id in session.scalars(select(AccessRule.id))],
        "skill_id": [public("skill", skill_id) for skill_id in session.scalars(select(Skill.id))],
        "skill_grant_id": [public("skill_grant", grant_id) for grant_id in session.scalars(select(SkillGrant.id))],
        "export_id": [public("export", export_id) for export_id in session.scalars(select(Export.id))],
        "operation_id": [public("operation", operation_id) for operation_id in session.scalars(select(Operation.id))],
        "deposit_id": [public("deposit", deposit_id) for deposit_id in session.scalars(select(Deposit.id))],
        "upload_id": [public("upload", upload_id) for upload_id in session.scalars(select(Upload.id))],
        "journal_id": [public("journal", journal_id) for journal_id in session.scalars(select(Journal.id).limit(1))],
    }


def _digests(session: Session) -> dict[str, str]:
    """Every table's rows as one digest."""
    session.expire_all()
    return {
        table.name: session.execute(
            text(f"SELECT md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), '')) FROM {_rows(table.name)} AS t")
        ).scalar_one()
        for table in Base.metadata.sorted_tables
        if table.name != "request_count"  # the rate is noted even for a refusal
    }


def _rows(table: str) -> str:
    """A table's rows; of keys all but the last use, which is noted even for a refusal."""
    return "(SELECT to_jsonb(k) - 'last_used_at' FROM api_key k)" if table == "api_key" else table


def _try(caller: Caller, operation: str, identifier: str, session: Session) -> Any:
    method, path = operation.split(" ")
    name = path[path.index("<") + 1 : path.index(">")]
    body = BODIES.get(operation, {})
    if operation.endswith("/verdicts"):
        claimed = select(Answer.id).where(Answer.claim_id == parse("claim", identifier))
        answers = session.scalars(claimed).all() or [new_id()]
        body = {"verdicts": [{"answer_id": public("answer", id_), "verdict": "accept"} for id_ in answers]}
    arguments = {} if method == "GET" else {"json": body}
    headers = {"If-Match": '"1"'} if method in {"PATCH", "POST"} else {}
    return caller.send(method, path.replace(f"<{name}>", identifier), headers=headers, **arguments)


def test_anothers_ids_answer_like_ids_that_do_not_exist_and_nothing_changes(
    story: Story, outsiders: dict[str, Caller], session: Session
) -> None:
    ids = _ids(story, session)
    before = _digests(session)
    tried = 0
    for operation, allowed in TABLE.items():
        path = operation.split(" ")[1]
        name = path[path.index("<") + 1 : path.index(">")] if "<" in path else ""
        for letter, caller in outsiders.items():
            for identifier in ids.get(name, ()):
                answer = _try(caller, operation, identifier, session)
                wanted = 404 if letter in allowed else 403
                assert answer.status_code == wanted, (operation, letter, answer.text)
                if wanted == 404:
                    nothing = _try(caller, operation, public(name.removesuffix("_id"), new_id()), session)
                    assert nothing.json["code"] == answer.json["code"] == "not_found", (operation, nothing.text)
                    assert nothing.json["title"] == answer.json["title"]
                    assert nothing.json["detail"] == answer.json["detail"]
                tried += 1
    assert tried > 100
    after = _digests(session)
    assert {name for name in before if before[name] != after[name]} == set()


def test_filters_with_anothers_ids_find_nothing(story: Story, outsiders: dict[str, Caller], session: Session) -> None:
    ids = _ids(story, session)
    contract_id = ids["contract_id"][0]
    for letter, query in (
        ("r", f"/contracts?job_id={story.job_id}"),
        ("m", f"/contracts?job_id={story.job_id}"),
        ("w", f"/reviews?job_id={story.job_id}"),
        ("m", f"/installments?contract_id={contract_id}"),
        ("r", f"/webhook-deliveries?webhook_id={ids['webhook_id'][0]}"),
        ("m", "/webhook-deliveries"),
        ("m", "/webhooks"),
        ("m", "/events"),
    ):
        assert ok(outsiders[letter].get(query)).json["data"] == [], query
    for letter in "rvmw":
        assert ok(outsiders[letter].get("/jobs")).json["data"] == []
    for letter in "rm":
        assert ok(outsiders[letter].get("/skills")).json["data"] == []
        assert ok(outsiders[letter].get("/access-rules")).json["data"] == []


def test_a_layer_sees_its_own_contracts_and_not_those_below_its_buyer(story: Story) -> None:
    seen = {
        name: [contract["layer"] for contract in ok(caller.get("/contracts")).json["data"]]
        for name, caller in (("client", story.client), ("upper", story.upper), ("lower", story.lower))
    }
    assert seen == {"client": [1, 0], "upper": [2, 1], "lower": [2]}
