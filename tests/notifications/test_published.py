from __future__ import annotations

import datetime as dt
import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.anchoring import anchor
from marketplace.audit.events import all_kinds
from marketplace.audit.models import AuditEvent
from marketplace.audit.notes import open_note
from marketplace.audit.recording import record
from marketplace.contracts.events import CONTRACT_CLOSED
from marketplace.entrypoints import sweeps, wsgi  # noqa: F401 - reach every package, and so declare every kind
from marketplace.gateways.anchor_stores import FolderAnchors
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.notifications import outbox
from marketplace.notifications.models import OrganizationEvent
from marketplace.notifications.published import PUBLISHED, payload
from marketplace.notifications.webhooks import delete_webhook
from marketplace.settlement.accepting import decide_answers
from marketplace.work.disputing import open_dispute
from marketplace.work.verdicts import Verdict
from tests.audit.parts import SIGNER, seal_all
from tests.builders.jobs import make_party
from tests.builders.payouts import execute, make_approved_run, make_due_chain, make_finance, sandbox
from tests.builders.settlement import hand_in, make_chain, redo, reject
from tests.builders.webhooks import make_webhook


def publish(session: Session) -> None:
    seal_all(session)
    while outbox.sweep(session):
        pass


def told(session: Session, actor: Actor) -> list[dict[str, Any]]:
    """What an organization is told, in the order of the log."""
    found = session.scalars(
        select(AuditEvent)
        .join(OrganizationEvent, OrganizationEvent.event_id == AuditEvent.id)
        .where(OrganizationEvent.organization_id == actor.organization)
        .order_by(OrganizationEvent.leaf_number)
    )
    return [payload(event, actor.organization) for event in found]


def test_every_field_of_a_published_kind_is_told_or_withheld_by_name() -> None:
    known = {kind.kind: kind for kind in all_kinds()}
    for name, rule in PUBLISHED.items():
        classified = {*rule.told, *rule.withheld}
        assert classified == known[name].fields.keys(), f"{name}: say of each field whether it is told (rule 12)"
        assert not set(rule.told) & set(rule.withheld), name
        assert set(rule.parties) <= known[name].fields.keys(), name
        assert (rule.audience == "parties") == bool(rule.parties), name
        assert rule.meaning.endswith("."), name


@pytest.mark.parametrize("policy", ["full", "shares", "finance_only"])
def test_nobody_is_told_a_price_between_others(session: Session, policy: str) -> None:
    chain = make_due_chain(session, items=4, items_per_task=4, price_visibility=policy)
    finance = make_finance(session)
    execute(session, finance, sandbox(session), make_approved_run(session, finance))
    publish(session)
    upper, lower = chain.layers[0][0], chain.layers[1][0]
    # By who must not learn of them here: prices and margins of others, an answer, and what they got on this payday.
    hidden = {
        chain.client: ["0.60", "0.35", "0.255", "0.25", "0.51", "0.50", "0.70"],
        upper: ["0.35", "0.25", "0.50", "0.70"],
        lower: ["0.855", "0.255", "0.51", "0.70"],
    }
    for actor, amounts in hidden.items():
        said = json.dumps(told(session, actor))
        assert said != "[]"
        assert [amount for amount in amounts if f'"{amount}"' in said] == [], said
    assert '"0.60"' in json.dumps(told(session, lower)), "one's own price is known"
    assert '"0.50"' in json.dumps(told(session, lower)), "as is what one got"


def test_the_client_and_the_layer_that_opened_the_task_are_told_of_its_claims_and_no_other(session: Session) -> None:
    chain = make_chain(session, items=3, items_per_task=3)
    handed = hand_in(session, chain)
    one, two, three = handed.answer_ids
    decide_answers(session, chain.reviewer, handed.claim_id, [Verdict(one, "accept"), redo(two), reject(three)])
    open_dispute(session, handed.worker, three, "It is a car.")
    publish(session)
    wanted = ["claim.accepted", "claim.redo_requested", "claim.rejected", "claim.submitted", "dispute.opened"]
    for actor, sees in ((chain.client, True), (chain.layers[1][0], True), (chain.layers[0][0], False)):
        kinds = sorted(event["type"] for event in told(session, actor) if event["type"].startswith(("claim", "disp")))
        assert kinds == (wanted if sees else [])
    rejected = next(event for event in told(session, chain.client) if event["type"] == "claim.rejected")
    assert rejected["data"]["claim"] == public("claim", handed.claim_id)
    assert rejected["data"]["answers"] == [{"answer": public("answer", three), "category": "wrong_label", "rule": "G1"}]
    worker = public("person", handed.worker.person)
    assert worker not in json.dumps(told(session, chain.client)), "who the worker is, is not told"


def test_a_contract_is_told_to_its_parties_only_whoever_else_may_read_the_event(session: Session) -> None:
    chain = make_chain(session)
    (upper, contract), (lower, _) = chain.layers
    body = {
        "job": public("job", chain.job.id),
        "buyer": public("organization", chain.client.organization),
        "seller": public("organization", upper.organization),
    }
    readers = [chain.client.organization, upper.organization, lower.organization]
    record(session, CONTRACT_CLOSED, upper, subject=("contract", contract.id), organizations=readers, body=body)
    publish(session)
    for actor, times in ((chain.client, 1), (upper, 1), (lower, 0)):
        assert [event["type"] for event in told(session, actor)].count("contract.closed") == times


def test_events_are_listed_in_leaf_order_by_kind_and_after_one_that_is_known(session: Session) -> None:
    chain = make_chain(session, items=4)
    for _ in range(4):
        hand_in(session, chain)
    publish(session)
    manager = chain.layers[1][0]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = outbox.events(session, manager, cursor=cursor, limit=2)
        seen += [event.kind for event in page.data]
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    assert seen == ["contract.offered", "contract.accepted", *["claim.submitted"] * 4]
    claims = outbox.events(session, manager, kinds=["claim.submitted"]).data
    assert len(claims) == 4
    after = outbox.events(session, manager, after=claims[1].id).data
    assert [event.id for event in after] == [claims[2].id, claims[3].id]
    with pytest.raises(DomainError, match="cursor_invalid"):
        outbox.events(session, chain.layers[0][0], after=claims[1].id)


def test_whoever_has_a_webhook_for_it_is_told_each_head_that_is_kept_outside(session: Session, tmp_path: Path) -> None:
    subscriber, other, gone = (make_party(session) for _ in range(3))
    for actor, kinds in (
        (subscriber, ["checkpoint.anchored"]),
        (other, ["job.funded"]),
        (gone, ["checkpoint.anchored"]),
    ):
        webhook, _ = make_webhook(session, actor, "https://127.0.0.1/hook", kinds)
    delete_webhook(session, gone, webhook.id)
    seal_all(session)
    assert anchor(lambda: nullcontext(session), [FolderAnchors(tmp_path)], dt.timedelta(0)) == 1
    publish(session)
    (event,) = told(session, subscriber)
    assert (event["type"], event["data"].keys()) == (
        "checkpoint.anchored",
        {"log", "tree_size", "root_hash", "short", "note"},
    )
    assert open_note(event["data"]["note"], SIGNER.verifier)
    assert told(session, other) == told(session, gone) == []
