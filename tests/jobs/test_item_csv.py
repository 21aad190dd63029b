from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.jobs.item_csv import records, rows_from_csv
from marketplace.jobs.item_rows import LINE_BYTES_MAX, ItemRow
from marketplace.jobs.items import add_items
from marketplace.jobs.queries import list_items
from marketplace.kernel.errors import DomainError
from tests.builders.jobs import make_job, make_party


def rows(text: str | bytes) -> list[ItemRow]:
    raw = text.encode() if isinstance(text, str) else text
    return list(rows_from_csv(io.BytesIO(raw)))


def refusal(text: str | bytes) -> DomainError:
    with pytest.raises(DomainError) as found:
        rows(text)
    assert found.value.slug == "csv_refused"
    return found.value


def test_columns_come_in_any_order_and_fields_as_rfc_4180_quotes_them() -> None:
    found = rows('rate,text,external_id\r\nstandard,"He said ""no"",\r\nand left",a\r\n\r\ndense, spaced ,b')
    assert found == [
        ItemRow(2, "a", "standard", {"text": 'He said "no",\r\nand left'}),
        ItemRow(5, "b", "dense", {"text": " spaced "}),
    ]


def test_a_byte_order_mark_is_no_part_of_the_first_name() -> None:
    assert rows(b"\xef\xbb\xbfexternal_id,rate,text\na,standard,x\n") == [ItemRow(2, "a", "standard", {"text": "x"})]


def test_of_several_columns_of_content_each_record_fills_one() -> None:
    found = rows("external_id,rate,url,media\na,s,https://x.example/1.png,\nb,s,,med_1\nc,s,,\nd,s,x,y\n")
    assert [row.content for row in found] == [
        {"url": "https://x.example/1.png"},
        {"media": "med_1"},
        {},
        {"url": "x", "media": "y"},
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("external_id;rate;text\n", 1),
        ("external_id,rate\n", 1),
        ("external_id,rate,text,text\n", 1),
        ("external_id,rate,text,price\n", 1),
        ('external_id,rate,text\na,s,x\n\nb,s,"not closed\nc,s,x\n', 4),
        ('external_id,rate,text\na,s,"x"y\n', 2),
        ('external_id,rate,text\na,s,"x"y\nb,s,z"\n', 2),
        ('external_id,rate,text\na,s,x"\nb,s,z\n', 2),
        ("external_id,rate,text\na,s,x\rb,s,y\n", 2),
        ("external_id,rate,text\na,s," + "x" * 140_000 + "\n", 2),
        ("external_id,rate,text\na,s,x\nb,s," + "y," * 600_000 + "\n", 3),
        ("external_id,rate,text\n" + '"\n",' * 300_000, 2),
    ],
)
def test_what_leaves_no_row_sure_is_refused_whole_with_its_line(text: str, line: int) -> None:
    assert refusal(text).data == {"line": line}


def test_a_line_that_the_stream_cut_off_is_refused() -> None:
    assert refusal(b"external_id,rate,text\n" + b"x" * (LINE_BYTES_MAX + 1)).data == {"line": 2}


def test_bad_records_are_told_with_their_physical_line_and_the_others_become_items(session: Session) -> None:
    client = make_party(session)
    job = make_job(session, client)
    text = (
        b'external_id,rate,text\na,standard,"two\nlines"\nb,standard\nc,gold,x\nd,standard,\xff\n'
        b"\xff,standard,x\ne,standard,\nf,standard,last\n"
    )
    result = add_items(session, client, job.id, rows_from_csv(io.BytesIO(text)), on_error="skip")
    assert [(error.line, error.code) for error in result.errors] == [
        (4, "row_invalid"),
        (5, "rate_unknown"),
        (6, "text_invalid"),
        (7, "external_id_invalid"),
        (8, "content_invalid"),
    ]
    kept = list_items(session, client, job.id).data
    assert [(item.external_id, item.content) for item in kept] == [
        ("a", {"text": "two\nlines"}),
        ("f", {"text": "last"}),
    ]


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8), min_size=2)))
def test_what_a_writer_of_csv_writes_is_read_back(table: list[list[str]]) -> None:
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows(table)
    assert [record for _, record in records(io.BytesIO(written.getvalue().encode()))] == table


def test_records_are_read_one_at_a_time() -> None:
    read = 0

    def lines() -> Iterator[bytes]:
        nonlocal read
        for line in (b"external_id,rate,text\n", *(b"a,standard,x\n" for _ in range(10))):
            read += 1
            yield line

    next(rows_from_csv(lines()))
    assert read == 2
