"""Practice items: added and taken away by the client, checked as answers are, and never gold."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.jobs.authoring import change_job
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.media import keep_media
from marketplace.jobs.models import RemoteMedia
from marketplace.jobs.practice import ITEMS_MAX, add_practice, list_practice, practice_of, remove_practice
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.work.claiming import claim_next
from marketplace.work.gold_keeping import GoldRow, add_gold
from marketplace.work.gold_models import GoldDraw, GoldItem
from tests.builders.gold import make_gold_market
from tests.builders.media import MemoryStorage, image
from tests.builders.practice import make_practice, practice_row
from tests.builders.work import make_market, make_organization, make_worker, open_batch


def test_the_client_adds_lists_and_takes_away_practice_items(session: Session) -> None:
    market = make_market(session)
    rows = [practice_row("p-1"), practice_row("p-2", is_example=True)]
    added = make_practice(session, market, *rows)
    assert make_practice(session, market, *rows) == [], "what is there is passed over"
    listed = list_practice(session, market.reviewer, market.job.id).data
    assert [(item.external_id, item.is_example) for item in listed] == [("p-1", False), ("p-2", True)]
    remove_practice(session, market.requester, added[0].id)
    assert [item.external_id for item in practice_of(session, market.job.id)] == ["p-2"]
    events = session.scalars(select(AuditEvent).where(AuditEvent.kind == "job.practice_changed")).all()
    assert len(events) == 2
    with pytest.raises(DomainError) as refused:
        remove_practice(session, market.requester, added[0].id)
    assert refused.value.slug == "not_found", "it is taken away once"
    assert len(make_practice(session, market, *rows)) == 1, "its name is free again"
    assert len(list_practice(session, market.reviewer, market.job.id).data) == 2


@pytest.mark.parametrize(
    ("row", "pointer", "code"),
    [
        ({"expected": {"label": "dull"}}, "/items/0/expected/label", "class_unknown"),
        ({"content": {"sound": "x"}}, "/items/0/content", None),
        ({"explanation": "x" * 2001}, "/items/0/explanation", "text_invalid"),
    ],
)
def test_what_is_no_item_with_a_right_answer_is_refused(
    session: Session, row: dict[str, Any], pointer: str, code: str | None
) -> None:
    market = make_market(session)
    with pytest.raises(DomainError) as refused:
        make_practice(session, market, practice_row(**row))
    (error,) = refused.value.errors
    assert error.pointer == pointer
    assert code in {None, error.code}
    assert practice_of(session, market.job.id) == []


def test_a_practice_item_has_its_media_here_and_no_tool_of_the_clients(session: Session) -> None:
    market = make_market(session)
    market.job.kind = "image_boxes"
    session.flush()
    row = practice_row(content={"url": "https://example.org/a.png"}, expected={"boxes": []})
    with pytest.raises(DomainError) as refused:
        make_practice(session, market, row)
    assert [error.code for error in refused.value.errors] == ["address_unsupported"]
    market.job.kind = "external"
    session.flush()
    with pytest.raises(DomainError) as refused:
        make_practice(session, market, row)
    assert [error.code for error in refused.value.errors] == ["kind_unsupported"]


def test_a_job_has_few_practice_items_each_with_a_name_of_its_own(session: Session) -> None:
    market = make_market(session)
    make_practice(session, market, *[practice_row(f"p-{n}") for n in range(ITEMS_MAX)])
    with pytest.raises(DomainError) as refused:
        make_practice(session, market, practice_row("one more"))
    assert refused.value.errors[0].pointer == "/items"
    with pytest.raises(DomainError) as refused:
        make_practice(session, market, practice_row("p-1", expected={"label": "good"}))
    assert refused.value.errors[0].code == "item_conflict"


def test_nobody_but_the_client_changes_practice_items(session: Session) -> None:
    market = make_market(session)
    (item,) = make_practice(session, market)
    (stranger,) = make_organization(session, "client", "requester")
    with pytest.raises(DomainError) as refused:
        add_practice(session, stranger, market.job.id, [practice_row("p-2")])
    assert refused.value.slug == "not_found"
    with pytest.raises(DomainError) as refused:
        remove_practice(session, stranger, item.id)
    assert refused.value.slug == "not_found"
    with pytest.raises(DomainError) as refused:
        add_practice(session, market.reviewer, market.job.id, [practice_row("p-2")])
    assert refused.value.slug == "forbidden"


def test_a_label_schema_under_which_practice_items_stand_is_not_changed(session: Session) -> None:
    market = make_market(session)
    make_practice(session, market)
    market.job.state = "draft"
    session.flush()
    with pytest.raises(DomainError) as refused:
        change_job(
            session, market.requester, market.job.id, market.job.version, {"label_schema": {"classes": ["a", "b"]}}
        )
    assert refused.value.errors[0].code == "schema_in_use"


def test_gold_like_a_practice_item_is_refused(session: Session) -> None:
    market = make_market(session)
    make_practice(session, market)
    row = practice_row()
    with pytest.raises(DomainError) as refused:
        add_gold(session, market.requester, market.job.id, [GoldRow("g-1", "standard", row.content, row.expected)])
    assert (refused.value.errors[0].pointer, refused.value.errors[0].code) == ("/items/0/content", "is_practice")


def test_gold_that_became_a_practice_item_is_drawn_no_more(session: Session) -> None:
    market = make_gold_market(session, gold=1)
    batch = open_batch(session, market)
    claim_next(session, make_worker(session), batch.id)
    assert len(session.scalars(select(GoldDraw)).all()) == 1, "as gold it is drawn for every claim"
    gold = session.scalars(select(GoldDraw)).one()
    content = session.get_one(GoldItem, gold.gold_item_id).content
    (item,) = make_practice(session, market, practice_row(content=content))
    claim_next(session, make_worker(session), batch.id)
    assert len(session.scalars(select(GoldDraw)).all()) == 1
    remove_practice(session, market.requester, item.id)
    claim_next(session, make_worker(session), batch.id)
    assert len(session.scalars(select(GoldDraw)).all()) == 1, "who has seen its answer knows it still"
    with pytest.raises(DomainError) as refused:
        add_gold(session, market.requester, market.job.id, [GoldRow("g-9", "standard", content, {"label": "good"})])
    assert [error.code for error in refused.value.errors] == ["is_practice"]


def test_gold_that_names_by_its_address_the_picture_of_a_practice_item_measures_nobody(session: Session) -> None:
    addresses = [f"https://images.example.org/{number}.png" for number in range(4)]
    rows = [ItemRow(n, f"m-{n}", "standard", {"url": url}) for n, url in enumerate(addresses)]
    schema = {"classes": ["car"]}
    market = make_gold_market(session, gold=0, items_count=4, rows=rows, kind="image_boxes", label_schema=schema)
    client = market.requester
    gold = GoldRow("g-1", "standard", {"url": "https://images.example.org/gold.png"}, {"boxes": []})
    add_gold(session, client, market.job.id, [gold])
    media = keep_media(session, client, client.organization, MemoryStorage(), image(), "gold.png")
    fetched = session.scalars(select(RemoteMedia).where(RemoteMedia.url == gold.content["url"])).one()
    fetched.state, fetched.media_id = "stored", media.id
    session.flush()
    batch = open_batch(session, market)
    claim_next(session, make_worker(session), batch.id)
    assert len(session.scalars(select(GoldDraw)).all()) == 1, "as gold it is drawn for every claim"
    row = practice_row(content={"media": public("media", media.id)}, expected={"boxes": []})
    make_practice(session, market, row)
    claim_next(session, make_worker(session), batch.id)
    assert len(session.scalars(select(GoldDraw)).all()) == 1, "everybody may have read its answer"
    with pytest.raises(DomainError) as refused:
        add_gold(session, client, market.job.id, [replace(gold, external_id="g-2")])
    assert [error.code for error in refused.value.errors] == ["is_practice"]
