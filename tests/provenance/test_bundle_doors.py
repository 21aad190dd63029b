"""The bundles, proofs and receipts over HTTP: each reader gets their own part, whichever door they come through."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import client_api
import workers_portal
from marketplace.audit import offline
from marketplace.audit.keys import load_signer
from marketplace.audit.merkle import Frontier, verify_consistency
from marketplace.audit.models import AuditCheckpoint, AuditLeaf
from marketplace.audit.notes import TreeHead
from marketplace.audit.receipts import FORMAT as RECEIPT
from marketplace.audit.sealing import seal
from marketplace.identity import directory
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.provenance import bundle_scopes
from marketplace.web.context import KEY
from tests.audit.parts import note_many
from tests.builders.jobs import make_party
from tests.builders.settlement import Chain, Handed, accept, hand_in, make_chain, payable_worker
from tests.builders.web import make_app
from tests.builders.work import SETUP, make_worker
from tests.provenance.sold import Looker


@dataclass(frozen=True)
class World:
    """A job sold through two layers, worked on by two workers; the log sealed with the application's own key."""

    session: Session
    app: Flask
    chain: Chain
    mine: list[Handed]
    other: Handed

    @property
    def key(self) -> str:
        return load_signer(self.app.extensions[KEY].settings).verifier.to_text()

    def looker(self, actor: Actor) -> Looker:
        for role in actor.roles if actor.organization_id else ():
            directory.add_member(self.session, SETUP, actor.person, actor.organization, role)
        return Looker(self.app, self.session, actor)

    def bundle(self, actor: Actor, path: str) -> dict[str, Any]:
        """The bundle that the actor gets there, proven."""
        looker = self.looker(actor)
        answer = looker.program.get(path, headers=looker.headers)
        assert answer.status_code == 200, (path, answer.get_data(as_text=True))
        assert answer.mimetype == "application/vnd.piecework.bundle"
        assert offline.verify(answer.data, self.key)[1] is None
        told: dict[str, Any] = json.loads(answer.data)
        return told

    def status(self, actor: Actor, path: str) -> int:
        found = self.looker(actor).get(path)
        assert found is not None
        return found[0]


@pytest.fixture
def world(session: Session) -> World:
    chain = make_chain(session, price_visibility="finance_only", items=4)
    worker = payable_worker(session)
    mine = [hand_in(session, chain, worker) for _ in range(2)]
    other = hand_in(session, chain)
    for handed in (*mine, other):
        accept(session, chain, handed)
    app = make_app(session, client_api.register, workers_portal.register)
    signer = load_signer(app.extensions[KEY].settings)
    while seal(session, signer, batch_size=40) is not None:
        pass
    return World(session, app, chain, mine, other)


def answers(told: dict[str, Any]) -> set[str]:
    return {one["id"] for one in told["answers"]}


def ids(*handed: Handed) -> set[str]:
    return {public("answer", answer_id) for one in handed for answer_id in one.answer_ids}


def test_each_reader_gets_the_answers_of_their_part_and_their_own_prices(world: World) -> None:
    job, contract = public("job", world.chain.job.id), public("contract", world.chain.layers[1][1].id)
    everything, mine = ids(*world.mine, world.other), ids(*world.mine)
    worker = world.mine[0].worker
    assert answers(world.bundle(worker, f"/worker/v1/jobs/{job}/bundle")) == mine
    first, second = (actor for actor, _ in world.chain.layers)
    seen = {
        "client": world.bundle(world.chain.client, f"/v1/jobs/{job}/bundle"),
        "first": world.bundle(first, f"/v1/jobs/{job}/bundle"),
        "second": world.bundle(second, f"/v1/contracts/{contract}/bundle"),
    }
    assert {name: answers(told) for name, told in seen.items()} == dict.fromkeys(seen, everything)
    opened = {name: {one["part"] for one in told["openings"]} for name, told in seen.items()}
    assert opened == {"client": {"terms"}, "first": {"terms", "layer 1"}, "second": {"terms", "layer 2", "pay"}}
    # Nobody but the worker and the platform learns whose installment or claim it is.
    for told in seen.values():
        assert worker.person.hex not in json.dumps(told)
        assert public("person", worker.person) not in json.dumps(told)


def test_strangers_get_nothing_through_any_door(world: World) -> None:
    job, answer = public("job", world.chain.job.id), min(ids(*world.mine))
    stranger = make_worker(world.session)
    for path in (f"jobs/{job}/bundle", f"answers/{answer}/bundle", "statement-bundle?month=2027-01"):
        assert world.status(stranger, f"/worker/v1/{path}") == 404
    assert world.status(world.other.worker, f"/worker/v1/answers/{answer}/bundle") == 404
    outside = make_party(world.session, "subcontractor")
    contract = public("contract", world.chain.layers[0][1].id)
    for path in (f"jobs/{job}/bundle", f"answers/{answer}/bundle", f"contracts/{contract}/bundle"):
        assert world.status(outside, f"/v1/{path}") == 404


def test_a_bundle_of_many_answers_comes_in_parts_that_miss_none(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_scopes, "ANSWERS_MAX", 1)
    worker, job = world.mine[0].worker, public("job", world.chain.job.id)
    looker, path, seen = world.looker(worker), f"/worker/v1/jobs/{job}/bundle", []
    while path:
        answer = looker.program.get(path, headers=looker.headers)
        seen += [one["id"] for one in json.loads(answer.data)["answers"]]
        path = answer.headers.get("Link", "").partition(">")[0].removeprefix("<http://localhost")
    assert seen == sorted(ids(*world.mine))


def test_receipts_are_given_at_once_for_what_concerns_one_and_the_event_is_proven_later(world: World) -> None:
    late = hand_in(world.session, world.chain, world.mine[0].worker)
    looker = world.looker(late.worker)
    claim = public("claim", late.claim_id)
    status, text = looker.get(f"/worker/v1/log/receipts?subject={claim}") or (0, "")
    assert status == 200
    receipts = json.loads(text)["data"]
    assert len(receipts) == 2
    assert all(one["note"].startswith(f"{RECEIPT}\n") for one in receipts)
    told = world.looker(world.other.worker).get(f"/worker/v1/log/receipts?subject={claim}")
    assert told is not None
    assert told[0] == 404
    assert (looker.get(f"/worker/v1/log/events/{receipts[0]['event_id']}/proof") or (0, ""))[0] == 409
    signer = load_signer(world.app.extensions[KEY].settings)
    seal(world.session, signer)
    status, text = looker.get(f"/worker/v1/log/events/{receipts[0]['event_id']}/proof") or (0, "")
    assert (status, json.loads(text)["leaf_hash"]) == (200, receipts[0]["leaf_hash"])


def test_anybody_follows_the_tree_by_its_public_heads_tiles_and_consistency(world: World) -> None:
    note_many(world.session, 300)
    signer = load_signer(world.app.extensions[KEY].settings)
    seal(world.session, signer)
    heads = [row.tree_size for row in world.session.query(AuditCheckpoint).order_by(AuditCheckpoint.tree_size)]
    public_client = world.app.test_client()
    old, new = (
        TreeHead.from_text(public_client.get(f"/log/checkpoint?size={size}").text.partition("\n\n")[0] + "\n")
        for size in (heads[0], heads[-1])
    )
    lines = public_client.get(f"/log/consistency?first={old.size}").text.split()
    assert [int(line) for line in lines[:2]] == [old.size, new.size]
    assert verify_consistency(old.size, old.root, new.size, new.root, [base64.b64decode(one) for one in lines[2:]])
    rest = new.size % 256
    content = b"".join(public_client.get(f"/log/tile/0/{name}").data for name in ("000", f"001.p/{rest}"))
    assert grown(content) == (new.size, new.root)
    assert public_client.get("/log/tile/1/000.p/1").data == grown(content[: 256 * 32])[1]
    for wrong in ("0/001", "0/000.p/256", "8/000", "0/x000/000", "0/000.p/0", "0/../key", "0/x001/000"):
        assert public_client.get(f"/log/tile/{wrong}").status_code == 404, wrong
    assert world.session.query(AuditLeaf).count() == new.size


def grown(hashes: bytes) -> tuple[int, bytes]:
    tree = Frontier()
    for place in range(0, len(hashes), 32):
        tree.append(hashes[place : place + 32])
    return tree.size, tree.root()
