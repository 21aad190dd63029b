from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Callable
from typing import Any, Final

import pytest

from client_api.uploads import RATIO_FROM_BYTES
from tests.client_api.conftest import Answer, Caller, Market
from tests.client_api.examples import items, job

NDJSON: Final = "application/x-ndjson"
COUNT: Final = 300


def as_json(rows: list[dict[str, Any]]) -> bytes:
    return json.dumps({"items": rows}).encode()


def as_lines(rows: list[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    records = [f'{row["external_id"]},{row["rate"]},"{row["content"]["text"]}"\r\n' for row in rows]
    return "".join(["external_id,rate,text\r\n", *records]).encode()


FORMS: Final[dict[str, Callable[[list[dict[str, Any]]], bytes]]] = {
    "application/json": as_json,
    NDJSON: as_lines,
    "text/csv": as_csv,
}


class Upload:
    """A requester's job and what is sent to it."""

    def __init__(self, market: Market) -> None:
        self.requester: Caller = market.requester()
        self.job_id = self.requester.post("/jobs", job()).json["id"]
        self.path = f"/jobs/{self.job_id}/items"

    def send(self, body: bytes, kind: str, query: str = "", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.requester.post(f"{self.path}{query}", data=body, content_type=kind, headers=named)

    def count(self) -> int:
        rates = self.requester.get(f"/jobs/{self.job_id}").json["rates"]
        return sum(rate["item_count"] for rate in rates)


@pytest.fixture
def upload(market: Market) -> Upload:
    return Upload(market)


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("members", [0, 1, 3])
def test_each_form_comes_as_it_is_or_packed_and_sent_again_it_adds_nothing(
    upload: Upload, kind: str, members: int
) -> None:
    body, headers = FORMS[kind](items(COUNT)), {}
    if members:
        step = len(body) // members + 1
        body = b"".join(gzip.compress(body[at : at + step]) for at in range(0, len(body), step))
        headers = {"Content_Encoding": "gzip"}
    first = upload.send(body, kind, **headers)
    assert first.status_code == 200, first.text
    assert (first.json["added"], first.json["error_count"]) == (COUNT, 0)
    again = upload.send(body, kind, **headers)
    assert (again.json["added"], again.json["skipped_existing"]) == (0, COUNT)


@pytest.mark.parametrize("kind", FORMS)
def test_on_error_means_the_same_in_each_form(upload: Upload, kind: str) -> None:
    rows = [*items(4), {**items(1)[0], "rate": "gold", "external_id": "g"}]
    body = FORMS[kind](rows)
    aborted = upload.send(body, kind)
    assert (aborted.status_code, aborted.json["code"]) == (422, "items_refused")
    assert upload.count() == 0
    skipped = upload.send(body, kind, "?on_error=skip")
    assert (skipped.json["added"], [error["code"] for error in skipped.json["errors"]]) == (4, ["rate_unknown"])
    assert upload.count() == 4


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("packed", [False, True])
def test_a_body_that_breaks_off_anywhere_adds_nothing_and_is_mended_by_sending_it_again(
    upload: Upload, kind: str, packed: bool
) -> None:
    plain = FORMS[kind](items(40))
    body = gzip.compress(plain) if packed else plain
    headers = {"Content_Encoding": "gzip"} if packed else {}
    for number, cut in enumerate([*range(0, len(body), len(body) // 6), len(body) - 1]):
        short = {"CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body[:cut]), "wsgi.input_terminated": True}
        answer = upload.requester.post(
            f"{upload.path}?on_error={('abort', 'skip')[number % 2]}",
            content_type=kind,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            environ_overrides=short,
        )
        assert (answer.status_code, answer.json["code"]) == (400, "body_incomplete"), (cut, answer.text)
    assert upload.count() == 0
    assert upload.send(body, kind, **headers).json["added"] == 40


def chunked(upload: Upload, body: bytes, kind: str) -> Answer:
    """Send without a length, as a program does that makes the rows while it sends them."""
    stream = {
        "HTTP_TRANSFER_ENCODING": "chunked",
        "CONTENT_LENGTH": "",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
    }
    return upload.requester.post(upload.path, content_type=kind, environ_overrides=stream)


@pytest.mark.parametrize("kind", [NDJSON, "text/csv"])
def test_a_stream_of_unknown_length_never_adds_half_a_row(upload: Upload, kind: str) -> None:
    body = FORMS[kind](items(12))
    for cut in range(1, len(body), 7):
        answer = chunked(upload, body[:cut], kind)
        if not body[:cut].endswith(b"\n"):
            assert answer.status_code >= 400, (cut, answer.text)
    assert chunked(upload, body, kind).status_code == 200
    again = upload.send(body, kind)
    assert (again.json["added"], again.json["skipped_existing"]) == (0, 12)


def test_a_bomb_is_refused_before_it_is_unpacked(upload: Upload) -> None:
    air = b" " * 10_000
    bombs = {
        NDJSON: b"\n".join([air] * 6_000),
        "text/csv": b"external_id,rate,text\n" + (b"a,standard," + air + b"\n") * 6_000,
        "application/json": b"[" + air * 6_000 + b"]",
    }
    for kind, body in bombs.items():
        refused = upload.send(gzip.compress(body), kind, "?on_error=skip", Content_Encoding="gzip")
        assert (refused.status_code, refused.json["code"]) == (422, "compression_refused"), kind
    assert upload.count() == 0


def test_honest_text_may_shrink_very_well(upload: Upload) -> None:
    lines = as_lines(items(1)) + (b" " * 9_999 + b"\n") * (RATIO_FROM_BYTES // 10_001)
    added = upload.send(gzip.compress(lines), NDJSON, Content_Encoding="gzip")
    assert added.json["added"] == 1, added.text


def test_json_is_bounded_unpacked_too(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["client_api.resources.items"], "JSON_BYTES", 1_000)
    body = as_json(items(100))
    assert upload.send(body, "application/json").status_code == 413
    assert upload.send(gzip.compress(body), "application/json", Content_Encoding="gzip").status_code == 413


@pytest.mark.parametrize(
    "body",
    [b"no gzip at all", gzip.compress(b"{}\n")[:-6] + b"xxxxxx", gzip.compress(b"{}\n") + b"trailing"],
    ids=["no gzip", "damaged", "with a tail"],
)
def test_damaged_gzip_is_refused(upload: Upload, body: bytes) -> None:
    refused = upload.send(body, NDJSON, Content_Encoding="gzip")
    assert (refused.status_code, refused.json["code"]) == (422, "compression_refused")


def test_other_packings_and_other_types_are_a_415(upload: Upload) -> None:
    assert upload.send(as_json(items(1)), "application/json", Content_Encoding="br").status_code == 415
    assert upload.send(as_csv(items(1)), "text/tab-separated-values").status_code == 415


def test_a_file_whose_quoting_is_broken_adds_nothing_even_on_skip(upload: Upload) -> None:
    body = as_csv(items(3)) + b'z,standard,"not closed\n'
    refused = upload.send(body, "text/csv", "?on_error=skip")
    assert (refused.status_code, refused.json["code"], refused.json["data"]["line"]) == (422, "csv_refused", 5)
    assert upload.count() == 0
