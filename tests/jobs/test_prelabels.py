from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.authoring import change_job
from marketplace.jobs.item_rows import ItemRow, item_digest, rows_from_json
from marketplace.jobs.items import add_items
from marketplace.jobs.media import store_media
from marketplace.jobs.models import Item
from marketplace.jobs.prelabels import is_changed
from marketplace.jobs.queries import rates_of
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from tests.builders.jobs import make_job, make_party
from tests.builders.media import MemoryStorage, image

BOXES: dict[str, Any] = {"kind": "image_boxes", "label_schema": {"classes": ["car"]}}


def proposal(answer: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"answer": answer, "model": "detector", **more}


def row(line: int, prelabel: Any, **content: str) -> ItemRow:
    return ItemRow(line, f"n-{line}", "standard", content or {"text": f"text {line}"}, prelabel=prelabel)


def box(x: int = 0, y: int = 0, width: int = 5, height: int = 5) -> dict[str, Any]:
    return {"boxes": [{"label": "car", "x": x, "y": y, "width": width, "height": height}]}


def test_a_proposal_is_kept_counted_and_part_of_the_digest(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    given = proposal({"label": "car"}, version="8.1", confidence_ppm=930_000)
    add_items(session, client, job.id, [row(1, given), row(2, None)])
    first, second = session.scalars(select(Item).where(Item.job_id == job.id).order_by(Item.ordinal))
    assert (first.prelabel, second.prelabel) == (given, None)
    assert first.digest == item_digest("standard", '{"text":"text 1"}', canonical_bytes(given).decode())
    assert second.digest == item_digest("standard", '{"text":"text 2"}')
    assert [(rate.item_count, rate.prelabeled_item_count) for rate in rates_of(session, job.id)] == [(2, 1)]


def test_the_same_item_with_another_proposal_is_another_item(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    add_items(session, client, job.id, [row(1, proposal({"label": "car"}))])
    again = add_items(session, client, job.id, [row(1, proposal({"label": "car"}))])
    assert (again.added, again.skipped_existing) == (0, 1)
    other = add_items(session, client, job.id, [row(1, proposal({"label": "bus"}))], on_error="skip")
    assert [error.code for error in other.errors] == ["item_conflict"]


@pytest.mark.parametrize(
    ("prelabel", "code", "pointer"),
    [
        ("car", "not_an_object", "/prelabel"),
        ({"answer": {"label": "car"}}, "required", "/prelabel/model"),
        (proposal({"label": "car"}, score=1), "unknown_field", "/prelabel/score"),
        (proposal({"label": "tram"}), "class_unknown", "/prelabel/answer/label"),
        (proposal({}), "required", "/prelabel/answer/label"),
        (proposal({"label": "car"}, model=""), "name_invalid", "/prelabel/model"),
        (proposal({"label": "car"}, model="a\nb"), "name_invalid", "/prelabel/model"),
        (proposal({"label": "car"}, version=8), "name_invalid", "/prelabel/version"),
        (proposal({"label": "car"}, confidence_ppm=0.9), "out_of_range", "/prelabel/confidence_ppm"),
        (proposal({"label": "car"}, confidence_ppm=1_000_001), "out_of_range", "/prelabel/confidence_ppm"),
    ],
)
def test_a_proposal_that_is_no_answer_is_told_with_its_place_in_the_row(
    session: Session, prelabel: Any, code: str, pointer: str
) -> None:
    client = make_party(session)
    job = make_job(session, client)
    rows = [{"external_id": "a", "rate": "standard", "content": {"text": "x"}, "prelabel": prelabel}]
    with pytest.raises(DomainError, match="items_refused") as refused:
        add_items(session, client, job.id, rows_from_json(rows))
    assert [(error.pointer, error.code) for error in refused.value.errors] == [(f"/0{pointer}", code)]
    assert refused.value.data["rows"][0]["pointer"] == pointer


def test_proposed_boxes_lie_inside_their_image(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client, **BOXES)
    media = store_media(session, client, MemoryStorage(), image(size=(40, 30)), "a.png")
    name = public("media", media.id)
    rows = [
        row(1, proposal(box(35, 25)), media=name),
        row(2, proposal(box(36, 0)), media=name),
        row(3, proposal(box(0, 26)), media=name),
        row(4, proposal(box(36, 26)), url="https://images.example.org/1.png"),
    ]
    result = add_items(session, client, job.id, rows, on_error="skip")
    assert [(error.line, error.code) for error in result.errors] == [
        (2, "prelabel_outside_image"),
        (3, "prelabel_outside_image"),
    ]
    assert result.added == 2


def test_the_schema_stays_while_proposals_were_made_for_it(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    add_items(session, client, job.id, [row(1, None)])
    change_job(session, client, job.id, job.version, {"label_schema": {"classes": ["car", "bus", "tram"]}})
    add_items(session, client, job.id, [row(2, proposal({"label": "tram"}))])
    with pytest.raises(DomainError) as refused:
        change_job(session, client, job.id, job.version, {"label_schema": {"classes": ["car"]}})
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/label_schema", "schema_in_use")]
    change_job(session, client, job.id, job.version, {"title": "Trams too"})


def test_a_schema_changed_while_proposals_come_in_refuses_them(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)

    def rows() -> Any:
        yield row(1, proposal({"label": "bus"}))
        job.label_schema = {"classes": ["car"]}

    with pytest.raises(DomainError, match="stale"):
        add_items(session, client, job.id, rows())


@pytest.mark.parametrize(
    ("proposed", "given", "changed"),
    [
        ({"label": "car"}, {"label": "car"}, False),
        ({"label": "car"}, {"label": "bus"}, True),
        ({"labels": ["car", "bus"]}, {"labels": ["bus", "car"]}, False),
        ({"labels": ["car", "bus"]}, {"labels": ["car"]}, True),
        (box(1), box(1), False),
        (box(1), box(2), True),
        ({"boxes": box(1)["boxes"] + box(2)["boxes"]}, {"boxes": box(2)["boxes"] + box(1)["boxes"]}, False),
        ({"boxes": box(1)["boxes"]}, {"boxes": box(1)["boxes"] * 2}, True),
    ],
)
def test_an_answer_is_changed_when_it_says_something_else(proposed: Any, given: Any, changed: bool) -> None:
    assert is_changed(proposal(proposed), given) is changed
    assert is_changed(proposal(proposed), json.loads(json.dumps(given))) is changed


def test_without_a_proposal_nothing_was_changed() -> None:
    assert is_changed(None, {"label": "car"}) is None
