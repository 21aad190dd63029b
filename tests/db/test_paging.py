import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.idempotency import IdempotencyKey
from marketplace.db.paging import Page, decode_cursor, encode_cursor, paginate
from marketplace.kernel.errors import DomainError

KEYS = (IdempotencyKey.scope, IdempotencyKey.key)


def add(session: Session, *keys: str) -> None:
    session.add_all(IdempotencyKey(scope="org", key=key, request_hash=b"") for key in keys)
    session.flush()


def page(session: Session, cursor: str | None = None, *, limit: int = 2, descending: bool = False) -> Page[str]:
    statement = select(IdempotencyKey.key).where(IdempotencyKey.scope == "org")
    return paginate(session, statement, keys=KEYS, cursor=cursor, limit=limit, descending=descending)


@pytest.mark.parametrize("descending", [False, True])
def test_pages_follow_each_other_to_the_end(session: Session, descending: bool) -> None:
    add(session, *"abcde")
    seen: list[str] = []
    cursor = None
    while True:
        found = page(session, cursor, descending=descending)
        seen += found.data
        cursor = found.next_cursor
        if not found.has_more:
            break
    assert seen == sorted("abcde", reverse=descending)


def test_no_row_is_lost_or_doubled_while_others_insert(session: Session) -> None:
    add(session, "b", "d", "f", "h")
    first = page(session)
    add(session, "a", "c", "e", "g")
    second = page(session, first.next_cursor, limit=50)
    assert first.data + second.data == ["b", "d", "e", "f", "g", "h"]


def test_a_last_page_that_is_just_full_has_no_next(session: Session) -> None:
    add(session, "a", "b")
    assert page(session) == Page(data=["a", "b"], next_cursor=None)


def test_a_statement_of_several_columns_gives_rows_without_the_keys(session: Session) -> None:
    add(session, "a")
    found = paginate(session, select(IdempotencyKey.key, IdempotencyKey.scope), keys=KEYS)
    assert found.data == [("a", "org")]


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_page_holds_one_to_two_hundred_rows(session: Session, limit: int) -> None:
    with pytest.raises(DomainError) as refusal:
        page(session, limit=limit)
    assert refusal.value.slug == "limit_invalid"


@pytest.mark.parametrize(
    "cursor",
    ["", "!", "a", "YQ", "é", encode_cursor(["org"]), encode_cursor(["org", 1]), encode_cursor(["a\x00", "b"])],
)
def test_a_cursor_of_somewhere_else_is_refused(session: Session, cursor: str) -> None:
    with pytest.raises(DomainError) as refusal:
        page(session, cursor)
    assert refusal.value.slug == "cursor_invalid"


@given(st.binary(max_size=60))
def test_no_bytes_whatsoever_get_past_the_reading_of_a_cursor(garbage: bytes) -> None:
    cursor = base64.urlsafe_b64encode(garbage).decode()
    with contextlib.suppress(DomainError):  # anything but this refusal would be a fault
        assert [type(value) for value in decode_cursor(cursor, KEYS)] == [str, str]
