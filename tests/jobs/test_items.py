from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from marketplace.jobs.drafts import RateDraft
from marketplace.jobs.item_rows import ItemRow, canonical_content, rows_from_json, rows_from_ndjson
from marketplace.jobs.items import AddResult, add_items, items_digest
from marketplace.jobs.models import Item, RemoteMedia
from marketplace.jobs.queries import list_items, rates_of
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from tests.builders.jobs import make_job, make_open_job, make_party, text_rows


def two_rates() -> tuple[RateDraft, ...]:
    return (
        RateDraft("standard", Money.parse("0.90", "CNY")),
        RateDraft("dense", Money.parse("1.50", "CNY")),
    )


def test_ordinals_are_consecutive_in_each_rate_over_several_uploads(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client, rates=two_rates())
    mixed = [
        ItemRow(1, "a", "dense", {"text": "a"}),
        ItemRow(2, "b", "standard", {"text": "b"}),
        ItemRow(3, "c", "dense", {"text": "c"}),
    ]
    assert add_items(session, client, job.id, mixed) == AddResult(added=3)
    add_items(session, client, job.id, [ItemRow(1, "d", "dense", {"text": "d"})])
    found = session.execute(
        select(Item.rate_code, Item.ordinal, Item.external_id).where(Item.job_id == job.id).order_by(Item.external_id)
    ).all()
    assert [tuple(row) for row in found] == [
        ("dense", 1, "a"),
        ("standard", 1, "b"),
        ("dense", 2, "c"),
        ("dense", 3, "d"),
    ]
    assert {rate.code: rate.item_count for rate in rates_of(session, job.id)} == {"standard": 1, "dense": 3}


def test_sending_the_same_rows_again_adds_nothing(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    add_items(session, client, job.id, text_rows(5))
    assert add_items(session, client, job.id, text_rows(7)) == AddResult(added=2, skipped_existing=5)
    assert rates_of(session, job.id)[0].item_count == 7


def test_each_bad_row_is_told_with_its_line_and_the_good_ones_are_added_on_skip(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    add_items(session, client, job.id, [ItemRow(1, "known", "standard", {"text": "old"})])
    lines = [
        b'{"external_id": "a", "rate": "standard", "content": {"text": "fine"}}\n',
        b"{} {}\n",
        b"\n",
        b'{"external_id": "b", "rate": "gold", "content": {"text": "x"}}\n',
        b'{"external_id": "known", "rate": "standard", "content": {"text": "new"}}\n',
        b'{"external_id": "a", "rate": "standard", "content": {"text": "fine"}}\n',
        b'{"external_id": "a", "rate": "standard", "content": {"text": "other"}}\n',
        b'{"external_id": "c", "rate": "standard", "content": {"text": ""}}\n',
        b'{"external_id": "d", "rate": "standard", "content": {"media": "med_1"}}\n',
        b'{"external_id": "", "rate": "standard", "content": {"text": "x"}}\n',
        b'{"external_id": "e", "rate": "standard", "content": {"text": "\\u0000"}}\n',
        b'{"external_id": "f", "rate": "standard", "content": {"text": "\\ud800"}}\n',
        b'{"external_id": "g", "rate": "standard", "content": {"text": "x"}, "price": 1}\n',
        b'{"external_id": 7, "rate": "standard", "content": {"text": "x"}}\n',
        b"\xff\xfe\n",
    ]
    result = add_items(session, client, job.id, rows_from_ndjson(lines), on_error="skip")
    assert (result.added, result.skipped_existing) == (1, 1)
    assert [(error.line, error.code) for error in result.errors] == [
        (2, "row_invalid"),
        (4, "rate_unknown"),
        (5, "item_conflict"),
        (7, "item_conflict"),
        (8, "content_invalid"),
        (9, "content_invalid"),
        (10, "external_id_invalid"),
        (11, "text_invalid"),
        (12, "text_invalid"),
        (13, "row_invalid"),
        (14, "row_invalid"),
        (15, "row_invalid"),
    ]
    assert result.error_count == len(result.errors)


def test_on_abort_nothing_is_added_and_the_error_points_at_every_row(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    rows = rows_from_json([{"external_id": "a", "rate": "standard", "content": {"text": "x"}}, {"rate": "standard"}])
    with pytest.raises(DomainError) as refusal:
        add_items(session, client, job.id, rows)
    assert refusal.value.slug == "items_refused"
    assert [(error.pointer, error.code) for error in refusal.value.errors] == [("/1", "row_invalid")]
    assert session.scalar(select(func.count()).select_from(Item).where(Item.job_id == job.id)) == 0


def test_ten_thousand_bad_rows_are_kept_a_thousand_listed_and_all_counted(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    bad = (ItemRow(line, f"x{line}", "gold", {"text": "x"}) for line in range(1, 10_501))
    result = add_items(session, client, job.id, bad, on_error="skip")
    assert (len(result.listed), len(result.errors), result.error_count, result.added) == (1_000, 10_000, 10_500, 0)


def test_media_of_another_organization_is_unknown(session: Session) -> None:
    client = make_party(session)
    schema = {"classes": ["car"]}
    job = make_job(session, client, kind="image_boxes", label_schema=schema)
    content = {"media": "med_01h455vb4pex5vsknk084sn02q"}
    result = add_items(session, client, job.id, [ItemRow(1, "a", "standard", content)], on_error="skip")
    assert [(error.line, error.code) for error in result.errors] == [(1, "media_unknown")]


def test_a_remote_address_waits_to_be_fetched_once_for_all_items_that_name_it(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client, kind="image_boxes", label_schema={"classes": ["car"]})
    rows = [
        ItemRow(1, "a", "standard", {"url": "https://images.example.org/1.png"}),
        ItemRow(2, "b", "standard", {"url": "https://images.example.org/1.png"}),
        ItemRow(3, "c", "standard", {"url": "http://127.0.0.1/secret"}),
        ItemRow(4, "d", "standard", {"url": "http://[::ffff:10.0.0.1]/secret"}),
        ItemRow(5, "e", "standard", {"url": "http://0x7f.1/"}),
        ItemRow(6, "f", "standard", {"url": "file:///etc/passwd"}),
    ]
    result = add_items(session, client, job.id, rows, on_error="skip")
    assert result.added == 2
    assert [(error.line, error.code) for error in result.errors] == [(line, "url_refused") for line in (3, 4, 5, 6)]
    waiting = select(RemoteMedia.url, RemoteMedia.state).where(RemoteMedia.organization_id == client.organization)
    assert [tuple(row) for row in session.execute(waiting)] == [("https://images.example.org/1.png", "pending")]


def test_items_are_only_added_before_publication(session: Session) -> None:
    client = make_party(session)
    job, _ = make_open_job(session, client)
    with pytest.raises(DomainError) as refusal:
        add_items(session, client, job.id, text_rows(1, start=99))
    assert refusal.value.slug == "state_conflict"


def test_only_the_client_adds_and_lists_items(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    add_items(session, client, job.id, text_rows(3))
    stranger = make_party(session)
    with pytest.raises(DomainError) as refusal:
        add_items(session, stranger, job.id, text_rows(1))
    assert refusal.value.slug == "not_found"
    with pytest.raises(DomainError):
        list_items(session, stranger, job.id)
    assert [item.ordinal for item in list_items(session, client, job.id).data] == [1, 2, 3]


@pytest.mark.parametrize("change", ["UPDATE item SET external_id = 'other'", "DELETE FROM item"])
def test_items_never_change(session: Session, change: str) -> None:
    client = make_party(session)
    add_items(session, client, make_job(session, client).id, text_rows(1))
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(text(change))


def test_the_digest_of_items_tells_their_order_and_content(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    add_items(session, client, job.id, text_rows(3))
    twin = make_job(session, client)
    add_items(session, client, twin.id, text_rows(3))
    other = make_job(session, client)
    add_items(session, client, other.id, reversed(list(text_rows(3))))
    digests = [items_digest(session, each.id, "standard", 1, 3) for each in (job, twin)]
    assert digests[0] == digests[1]
    add_items(session, client, other.id, text_rows(2, start=4))
    assert items_digest(session, other.id, "standard", 1, 5) != digests[0]


@given(st.sampled_from(["text", "url", "media"]), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_the_quick_canonical_text_is_rfc_8785(key: str, value: str) -> None:
    assert canonical_content(key, value).encode() == canonical_bytes({key: value})


def test_a_million_rows_of_ndjson_are_read_one_at_a_time() -> None:
    read = 0

    def lines() -> Iterator[bytes]:
        nonlocal read
        for number in range(10):
            read += 1
            yield json.dumps({"external_id": str(number), "rate": "standard", "content": {"text": "x"}}).encode()

    rows = rows_from_ndjson(lines())
    next(rows)
    assert read == 1


def test_the_content_comes_back_as_it_was_sent(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    content = {"text": 'tab\t"quoted" \\ line\nbreak é 漢 \x1f'}
    names = ["a", "\\N", "\\.", 'b\\t"', "漢 é"]
    add_items(session, client, job.id, [ItemRow(n, name, "standard", content) for n, name in enumerate(names, 1)])
    assert [(item.external_id, item.content) for item in list_items(session, client, job.id).data] == [
        (name, content) for name in names
    ]
