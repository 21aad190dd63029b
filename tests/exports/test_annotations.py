from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.media import store_media
from marketplace.jobs.models import RemoteMedia
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.settlement.accepting import decide_answers
from marketplace.work.claiming import claim_next
from marketplace.work.models import Answer
from marketplace.work.submitting import submit
from marketplace.work.verdicts import Verdict
from tests.builders.exports import ask, export_text, run_exports, seen
from tests.builders.media import MemoryStorage, image
from tests.builders.work import Market, make_market, make_worker, open_batch

Boxes = list[tuple[str, int, int, int, int]]
BOXES: list[Boxes] = [
    [("bus", 0, 0, 40, 30), ("car", 3, 5, 7, 11)],
    [],
    [("car", 1, 2, 3, 4)],
]


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


def answered(session: Session, boxes: list[Boxes], **overrides: Any) -> Market:
    """A job of images, each with one answer of these boxes for each of `redundancy` workers, accepted."""
    rows = [
        ItemRow(number, f"scene-{number}", "standard", {"url": f"https://images.example.org/{number}.png"})
        for number in range(1, len(boxes) + 1)
    ]
    made = make_market(
        session,
        items_count=len(boxes),
        rows=rows,
        kind="image_boxes",
        label_schema={"classes": ["car", "bus"]},
        **overrides,
    )
    batch = open_batch(session, made)
    for _ in range(overrides.get("redundancy", 1)):
        worker = make_worker(session)
        for one in boxes:
            _answer(session, made, worker, batch.id, one)
    return made


def _answer(session: Session, market: Market, worker: Actor, batch_id: Any, boxes: Boxes) -> None:
    claimed = claim_next(session, worker, batch_id)
    names = ("label", "x", "y", "width", "height")
    content = {"boxes": [dict(zip(names, box, strict=True)) for box in boxes]}
    submit(session, worker, claimed.id, {item.id: content for item in claimed.items}, 1)
    answer_id = session.scalars(select(Answer.id).where(Answer.claim_id == claimed.id)).one()
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answer_id, "accept")])


def fetched(session: Session, storage: MemoryStorage, market: Market) -> None:
    """The addresses of the job's images have been fetched: each an image of 40 x 30 pixels."""
    stored = store_media(session, market.requester, storage, image(), "scene.png")
    for remote in session.query(RemoteMedia):
        remote.state, remote.media_id = "stored", stored.id
    session.flush()
    storage.kept.clear()


def coco(session: Session, storage: MemoryStorage, market: Market) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(export_text(session, storage, market.requester, "coco.json", market.job.id))
    return found


def test_coco_keeps_the_rules_of_its_format(session: Session, storage: MemoryStorage) -> None:
    market = answered(session, BOXES)
    fetched(session, storage, market)
    made = coco(session, storage, market)
    assert set(made) == {"info", "licenses", "categories", "images", "annotations"}
    assert [(one["id"], one["name"]) for one in made["categories"]] == [(1, "car"), (2, "bus")]
    assert [(one["id"], one["external_id"], one["width"], one["height"]) for one in made["images"]] == [
        (1, "scene-1", 40, 30), (2, "scene-2", 40, 30), (3, "scene-3", 40, 30),
    ]  # fmt: skip
    assert len({one["id"] for one in made["annotations"]}) == len(made["annotations"]) == 3
    sizes = {one["id"]: (one["width"], one["height"]) for one in made["images"]}
    for annotation in made["annotations"]:
        x, y, width, height = annotation["bbox"]
        assert 0 <= x < x + width <= sizes[annotation["image_id"]][0]
        assert 0 <= y < y + height <= sizes[annotation["image_id"]][1]
        assert annotation["area"] == width * height
        assert (annotation["iscrowd"], annotation["segmentation"]) == (0, [])
        assert annotation["category_id"] in {1, 2}
    assert [(one["image_id"], one["category_id"], one["bbox"]) for one in made["annotations"]] == [
        (1, 2, [0, 0, 40, 30]), (1, 1, [3, 5, 7, 11]), (3, 1, [1, 2, 3, 4]),
    ]  # fmt: skip


def test_coco_with_several_answers_an_image_says_whose_each_box_is(session: Session, storage: MemoryStorage) -> None:
    market = answered(session, BOXES, redundancy=2)
    made = coco(session, storage, market)
    assert [one["id"] for one in made["images"]] == [1, 2, 3]
    assert "width" not in made["images"][0], "not fetched, so not known"
    assert [one["image_id"] for one in made["annotations"]] == [1, 1, 1, 1, 3, 3]
    workers = {one["attributes"]["worker"] for one in made["annotations"]}
    answers = {one["attributes"]["answer_id"] for one in made["annotations"]}
    assert (len(workers), len(answers)) == (2, 4)


def test_label_studio_gets_a_task_an_item_and_regions_in_percent(session: Session, storage: MemoryStorage) -> None:
    market = answered(session, BOXES, redundancy=2)
    fetched(session, storage, market)
    tasks = json.loads(export_text(session, storage, market.requester, "label_studio.json", market.job.id))
    assert [(task["id"], task["data"]["external_id"], task["data"]["image"]) for task in tasks] == [
        (number, f"scene-{number}", f"https://images.example.org/{number}.png") for number in (1, 2, 3)
    ]
    assert [len(task["annotations"]) for task in tasks] == [2, 2, 2]
    for task, boxes in zip(tasks, BOXES, strict=True):
        for annotation in task["annotations"]:
            assert [_pixels(region) for region in annotation["result"]] == boxes
            assert not annotation["was_cancelled"]


def _pixels(region: dict[str, Any]) -> tuple[str, int, int, int, int]:
    """A region back in pixels, as its importer counts."""
    value, wide, high = region["value"], region["original_width"], region["original_height"]
    assert region["type"] == "rectanglelabels"
    assert (region["from_name"], region["to_name"]) == ("label", "image")
    (label,) = value["rectanglelabels"]
    x, y = round(value["x"] * wide / 100), round(value["y"] * high / 100)
    return label, x, y, round(value["width"] * wide / 100), round(value["height"] * high / 100)


def test_label_studio_fails_with_the_item_whose_size_is_not_known(session: Session, storage: MemoryStorage) -> None:
    market = answered(session, BOXES)
    export = ask(session, market.requester, "label_studio.json", market.job.id)
    run_exports(session, storage)
    failed = seen(session, export).operation
    assert (failed.state, failed.problem_code, storage.kept) == ("failed", "image_size_unknown", {})
    assert "'scene-1'" in (failed.problem_detail or "")


def test_label_studio_gets_the_choices_of_texts(session: Session, storage: MemoryStorage) -> None:
    market = make_market(session, items_count=1, label_schema={"classes": ["a", "b", "c"], "multiple": True})
    claimed = claim_next(session, worker := make_worker(session), open_batch(session, market).id)
    submit(session, worker, claimed.id, {claimed.items[0].id: {"labels": ["a", "c"]}}, 1)
    answer_id = session.scalars(select(Answer.id)).one()
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answer_id, "accept")])
    (task,) = json.loads(export_text(session, storage, market.requester, "label_studio.json", market.job.id))
    assert task["data"]["text"] == "Film 1"
    assert task["annotations"][0]["result"] == [
        {"from_name": "label", "to_name": "text", "type": "choices", "value": {"choices": ["a", "c"]}}
    ]
    assert task["annotations"][0]["meta"]["answer_id"] == public("answer", answer_id)
