"""What a worker is sent of a claim with gold, by the worker API and the pages: nothing that tells which item it is."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from flask import Flask
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.keys import load_signer
from marketplace.audit.sealing import seal
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.media import store_media
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import parse, public
from marketplace.lifecycle.items import add_items
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import accept_claims
from marketplace.web.context import KEY, get_context
from marketplace.work.gold_keeping import GoldRow, add_gold
from marketplace.work.gold_models import MaskedItem
from marketplace.work.models import Answer
from marketplace.work.verdicts import Verdict
from tests.builders.gold import make_gold_market, settle_gold
from tests.builders.web import Browser
from tests.builders.work import open_batch
from tests.workers_portal.conftest import Program


def shape(value: Any) -> Any:
    """The form of a JSON value: keys and kinds, no contents."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__


def place_of_gold(session: Session, claim: dict[str, Any]) -> int:
    claim_id = parse("claim", claim["id"])
    masked = select(MaskedItem.place).where(MaskedItem.claim_id == claim_id, MaskedItem.gold_item_id.is_not(None))
    return int(session.scalars(masked).one()) - 1


def test_the_worker_api_shows_gold_like_the_other_items_until_the_claim_is_decided(
    session: Session, program_of: Callable[[Actor], Program], worker: Actor
) -> None:
    market = make_gold_market(session, items_count=3)
    open_batch(session, market, items_per_task=3, pay="0.50")
    program = program_of(worker)
    claim = program.post("/claims").json
    items = claim["items"]
    gold = place_of_gold(session, claim)
    assert len(items) == 4
    assert [item["external_id"] for item in items] == ["1", "2", "3", "4"]
    assert all(shape(item) == shape(items[0]) for item in items)
    path = f"/claims/{claim['id']}"
    (line,) = program.get("/claims").json["data"]
    assert line["item_count"] == program.get(path).json["item_count"] == 4
    answers = {item["id"]: {"label": "good"} for item in items}
    assert program.send("PUT", f"{path}/draft", {"answers": answers}).json["item_count"] == 4
    sent = program.post(f"{path}/submit", {"attempt": 1, "answers": answers}).json
    assert (sent["answer_count"], sent["state"]) == (4, "submitted")
    assert program.post(f"{path}/submit", {"attempt": 1, "answers": answers}).json["replayed"] is True
    seen = program.get(path).json["items"]
    assert [item["id"] for item in seen] == [item["id"] for item in items]
    assert all(shape(item) == shape(seen[0]) for item in seen)
    ids = [item["answer"]["id"] for item in seen]
    assert ids == sorted(ids)
    for route in ("/answers/{}/price-chain",):
        replies = [program.get(route.format(answer_id)) for answer_id in ids]
        assert {reply.status_code for reply in replies} == {200}
        told = [{**reply.json, "answer_id": ""} for reply in replies]
        assert all(one == told[0] for one in told)
    refusals = [program.post("/disputes", {"answer_id": answer_id, "reason": "It is right."}) for answer_id in ids]
    assert {reply.status_code for reply in refusals} == {409}
    assert len({reply.json["detail"] for reply in refusals}) == 1
    assert settle_gold(session) == 0
    real = session.scalars(select(Answer).order_by(Answer.ordinal)).all()
    decide_answers(session, market.reviewer, real[0].claim_id, [Verdict(real[0].id, "accept")])
    states = [item["answer"]["state"] for item in program.get(path).json["items"]]
    assert states.count("accepted") == 1
    assert states[gold] == "submitted"
    assert settle_gold(session) == 0, "paid with the whole claim, not with the first of it"
    accept_claims(session, market.reviewer, [real[0].claim_id])
    session.expire_all()
    assert {item["answer"]["state"] for item in program.get(path).json["items"]} == {"accepted"}
    assert settle_gold(session) == 1
    (owed,) = program.get("/earnings").json["data"]
    assert owed["earned"] == {"amount": "2.00", "currency": "USD"}


def test_no_bundle_tells_gold_by_what_it_can_prove_until_the_claim_is_decided(
    session: Session, app: Flask, program_of: Callable[[Actor], Program], worker: Actor
) -> None:
    market = make_gold_market(session, items_count=3)
    open_batch(session, market, items_per_task=3, pay="0.50")
    program, signer = program_of(worker), load_signer(app.extensions[KEY].settings)
    claim = program.post("/claims").json
    answers = {item["id"]: {"label": "good"} for item in claim["items"]}
    program.post(f"/claims/{claim['id']}/submit", {"attempt": 1, "answers": answers})
    seal(session, signer)
    ids = [item["answer"]["id"] for item in program.get(f"/claims/{claim['id']}").json["items"]]
    job = f"/jobs/{public('job', market.job.id)}/bundle"
    assert {program.get(f"/answers/{answer_id}/bundle").status_code for answer_id in ids} == {404}
    assert program.get(job).status_code == 404
    accept_claims(session, market.reviewer, [parse("claim", claim["id"])])
    session.expire_all()
    seal(session, signer)
    statuses = [program.get(f"/answers/{answer_id}/bundle").status_code for answer_id in ids]
    assert sorted(statuses) == [200, 200, 200, 404]
    assert program.get(job).status_code == 200


def test_pages_work_through_a_claim_with_gold_without_a_word_of_it(
    session: Session, browser: Browser, program_of: Callable[[Actor], Program], worker: Actor
) -> None:
    market = make_gold_market(session, items_count=2)
    open_batch(session, market, items_per_task=2)
    claim = program_of(worker).post("/claims").json
    page = browser.get(f"/work/claims/{claim['id']}").text
    for number in (1, 2, 3):
        assert f"/work/claims/{claim['id']}/items/{number}" in page
        assert "gold" not in browser.get(f"/work/claims/{claim['id']}/items/{number}").text.lower().replace(
            "golden", ""
        )
    assert "text-000000" not in page
    assert "film-" not in page


def test_pictures_of_gold_come_by_the_same_links_and_only_to_the_worker_while_the_claim_lives(
    session: Session, app: Flask, program_of: Callable[[Actor], Program], worker: Actor
) -> None:
    schema = {"classes": ["car"]}
    elsewhere = ItemRow(1, "elsewhere", "standard", {"url": "https://images.example.org/1.png"})
    market = make_gold_market(session, items_count=2, gold=0, kind="image_boxes", label_schema=schema, rows=[elsewhere])
    with app.test_request_context("/"):
        stored = [_picture(session, market.requester, color) for color in ("red", "blue")]
    rows = [ItemRow(1, "a", "standard", {"media": stored[0]})]
    add_items(session, market.requester, market.job.id, rows)
    box = {"boxes": [{"label": "car", "x": 1, "y": 1, "width": 4, "height": 4}]}
    add_gold(session, market.requester, market.job.id, [GoldRow("b", "standard", {"media": stored[1]}, box)])
    open_batch(session, market, items_per_task=2)
    program = program_of(worker)
    claim = program.post("/claims").json
    assert {tuple(sorted(item)) for item in claim["items"]} == {tuple(sorted(claim["items"][0]))}
    pictures = [item for item in claim["items"] if "media" in item["content"]]
    assert not {item["content"]["media"] for item in pictures} & set(stored)
    links = [item["media_url"] for item in pictures]
    assert [app.test_client().get(link).status_code for link in links] == [200, 200]
    program.post(f"/claims/{claim['id']}/return")
    assert [app.test_client().get(link).status_code for link in links] == [404, 404]


def _picture(session: Session, actor: Actor, color: str) -> str:
    picture = io.BytesIO()
    Image.new("RGB", (16, 16), color).save(picture, "PNG")
    picture.seek(0)
    return public("media", store_media(session, actor, get_context().storage, picture, f"{color}.png").id)
