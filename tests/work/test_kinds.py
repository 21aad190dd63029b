"""Every kind of labeling on its whole way: job, items, claim, answers, acceptance, results."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.jobs.errors import ITEMS_REFUSED
from marketplace.jobs.item_csv import rows_from_csv
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import add_items
from marketplace.jobs.labels import KINDS
from marketplace.jobs.labels.kind import ANSWER_BYTES_MAX, SCHEMA_BYTES_MAX
from marketplace.jobs.media import store_media
from marketplace.jobs.models import Item
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.settlement.accepting import decide_answers
from marketplace.work.claiming import claim_next
from marketplace.work.errors import ANSWERS_INVALID, SUBMISSION_TOO_LARGE
from marketplace.work.models import Answer
from marketplace.work.results import results
from marketplace.work.submitting import SUBMISSION_BYTES_MAX, submit
from marketplace.work.verdicts import Verdict
from tests.builders.consensus import find_consensus
from tests.builders.jobs import make_job, make_party
from tests.builders.media import MemoryStorage, image
from tests.builders.sounds import wav
from tests.builders.work import Market, make_market, make_worker, open_batch

KINDS_BY_NAME = sorted(KINDS)


def market_of(session: Session, kind: str, *, prelabeled: bool = False, count: int = 1, **overrides: Any) -> Market:
    example = KINDS[kind].EXAMPLE
    prelabel = {"answer": dict(example.answer), "model": "m"} if prelabeled else None
    rows = [ItemRow(n, f"i-{n}", "standard", dict(example.content), prelabel=prelabel) for n in range(1, count + 1)]
    made = {"label_schema": dict(example.schema), **overrides}
    return make_market(session, items_count=count, rows=rows, kind=kind, **made)


@pytest.mark.parametrize("kind", KINDS_BY_NAME)
def test_an_answer_of_each_kind_goes_its_whole_way(session: Session, kind: str) -> None:
    example = KINDS[kind].EXAMPLE
    market = market_of(session, kind)
    batch = open_batch(session, market)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    (item,) = claimed.items
    assert item.content == example.content
    submit(session, worker, claimed.id, {item.id: example.answer}, 1)
    answer_id = session.scalars(select(Answer.id).where(Answer.claim_id == claimed.id)).one()
    decide_answers(session, market.reviewer, claimed.id, [Verdict(answer_id, "accept")])
    (result,) = results(session, market.requester, market.job.id).data
    assert result.content == example.answer


@pytest.mark.parametrize("kind", KINDS_BY_NAME)
def test_two_answers_of_each_kind_can_be_compared(session: Session, kind: str) -> None:
    market = market_of(session, kind, redundancy=2)
    batch = open_batch(session, market)
    for _ in range(2):
        worker = make_worker(session)
        claimed = claim_next(session, worker, batch.id)
        submit(session, worker, claimed.id, {claimed.items[0].id: KINDS[kind].EXAMPLE.answer}, 1)
        answer_id = session.scalars(select(Answer.id).where(Answer.claim_id == claimed.id)).one()
        decide_answers(session, market.reviewer, claimed.id, [Verdict(answer_id, "accept")])
    find_consensus(session)
    for result in results(session, market.requester, market.job.id).data:
        assert result.agreement == 1.0
        assert result.consensus == KINDS[kind].EXAMPLE.answer


@pytest.mark.parametrize("kind", KINDS_BY_NAME)
def test_a_model_may_propose_an_answer_of_each_kind(session: Session, kind: str) -> None:
    market = market_of(session, kind, prelabeled=True)
    item = session.scalars(select(Item).where(Item.job_id == market.job.id)).one()
    assert item.prelabel is not None
    assert item.prelabel["answer"] == KINDS[kind].EXAMPLE.answer


@pytest.mark.parametrize("kind", KINDS_BY_NAME)
def test_an_answer_of_another_kind_is_refused_with_pointers_below_its_item(session: Session, kind: str) -> None:
    market = market_of(session, kind)
    batch = open_batch(session, market)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    (item,) = claimed.items
    with pytest.raises(DomainError) as refused:
        submit(session, worker, claimed.id, {item.id: {"something": "else"}}, 1)
    assert refused.value.spec is ANSWERS_INVALID
    assert all(error.pointer.startswith(f"/answers/{public('item', item.id)}/") for error in refused.value.errors)


def test_a_proposed_span_is_held_against_the_text_at_once(session: Session) -> None:
    wrong = {"answer": {"spans": [{"label": "place", "start": 12, "end": 99}]}, "model": "m"}
    row = ItemRow(1, "i-1", "standard", {"text": "Ada went to Paris."}, prelabel=wrong)
    with pytest.raises(DomainError) as refused:
        make_market(session, items_count=1, rows=[row], kind="text_spans", label_schema={"classes": ["place"]})
    assert refused.value.spec is ITEMS_REFUSED
    assert refused.value.data["rows"][0]["pointer"] == "/prelabel/answer/spans/0/end"


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("image_boxes", {"boxes": [{"label": "a", "x": 1, "y": 1, "width": 40, "height": 4}]}),
        ("audio_segments", {"segments": [{"label": "a", "start_ms": 0, "end_ms": 2001}]}),
        ("image_points", {"points": [{"label": "a", "x": 1, "y": 31}]}),
        ("image_polygons", {"polygons": [{"label": "a", "points": [[0, 0], [40, 30], [41, 0]]}]}),
    ],
)
def test_a_proposal_beyond_its_image_or_sound_is_refused_with_the_items(
    session: Session, kind: str, answer: dict[str, Any]
) -> None:
    client = make_party(session)
    job = make_job(session, client, kind=kind, label_schema={"classes": ["a"]})
    stream = wav(2.0) if kind == "audio_segments" else image()
    kept = store_media(session, client, MemoryStorage(), stream, "scene.png")
    assert (kept.width, kept.height, kept.duration_ms) in {(40, 30, None), (None, None, 2000)}
    row = ItemRow(1, "i-1", "standard", {"media": public("media", kept.id)}, prelabel={"answer": answer, "model": "m"})
    with pytest.raises(DomainError) as refused:
        add_items(session, client, job.id, [row])
    assert [line["code"] for line in refused.value.data["rows"]] == ["prelabel_outside_image"]


def test_answers_of_a_submission_have_a_limit_together_which_is_named(session: Session) -> None:
    market = market_of(session, "free_text", count=60, label_schema={"length_max": 50_000})
    batch = open_batch(session, market, items_per_task=60)
    worker = make_worker(session)
    claimed = claim_next(session, worker, batch.id)
    answers = {item.id: {"text": "x" * 40_000} for item in claimed.items}
    with pytest.raises(DomainError) as refused:
        submit(session, worker, claimed.id, answers, 1)
    assert refused.value.spec is SUBMISSION_TOO_LARGE
    assert refused.value.data["limit"] == SUBMISSION_BYTES_MAX
    assert str(SUBMISSION_BYTES_MAX) in refused.value.detail
    assert submit(session, worker, claimed.id, {**answers, **_short(claimed.items)}, 1).answer_count == 60


def _short(items: list[Any]) -> dict[Any, dict[str, str]]:
    return {item.id: {"text": "short"} for item in items[:20]}


def test_an_answer_has_a_limit_which_is_named(session: Session) -> None:
    market = market_of(session, "image_polygons", label_schema={"classes": ["road"]})
    worker = make_worker(session)
    claimed = claim_next(session, worker, open_batch(session, market).id)
    corners = [[number % 999, 10**5 + number * number % 7919] for number in range(1000)]
    answer = {"polygons": [{"label": "road", "points": corners}] * 40}
    assert len(json.dumps(answer)) > ANSWER_BYTES_MAX
    with pytest.raises(DomainError) as refused:
        submit(session, worker, claimed.id, {claimed.items[0].id: answer}, 1)
    (error,) = refused.value.errors
    assert (error.code, str(ANSWER_BYTES_MAX) in error.message) == ("answer_too_large", True)


def test_a_label_schema_has_a_limit_in_bytes(session: Session) -> None:
    classes = [f"{number:03}" + "数" * 90 for number in range(400)]
    with pytest.raises(DomainError) as refused:
        make_job(session, label_schema={"classes": classes})
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/label_schema", "schema_too_large")]
    assert str(SCHEMA_BYTES_MAX) in refused.value.errors[0].message


def test_pairs_and_options_come_by_csv_too(session: Session) -> None:
    pairs = b'external_id,rate,prompt,a,b\np-1,standard,Why?,"Because, so.",No.\n'
    assert [row.content for row in rows_from_csv(pairs.splitlines(keepends=True))] == [
        {"prompt": "Why?", "a": "Because, so.", "b": "No."}
    ]
    options = b"external_id,rate,prompt,options.m1,options.m2,options.m3\nr-1,standard,Why?,one,two,\n"
    (row,) = rows_from_csv(options.splitlines(keepends=True))
    assert row.content == {"prompt": "Why?", "options": {"m1": "one", "m2": "two"}}
    client = make_party(session)
    job = make_job(session, client, kind="ranking", label_schema={})
    assert add_items(session, client, job.id, [row]).added == 1
    assert add_items(session, client, job.id, [row]).skipped_existing == 1
