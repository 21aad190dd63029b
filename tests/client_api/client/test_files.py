"""Files in and out over connections that break: every row arrives once, every byte as it was announced."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from client_api import client as api
from client_api.client import Client
from client_api.client.uploads import upload_of
from tests.client_api.client.conftest import Waits
from tests.client_api.client.scripted import Asked, Handler, Scripted, Step, answer, half, refusal, reset

ADDED = {"added": 3, "skipped_existing": 0, "errors": [], "error_count": 0}
WORDS = b"piecework " * 20_000
DIGEST = hashlib.sha256(WORDS).hexdigest()


def rows(count: int = 3) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {"external_id": f"n-{number}", "rate": "standard", "content": {"text": "Schönes Wetter."}}


def sent(asked: Asked) -> list[dict[str, Any]]:
    assert asked.headers["Content-Encoding"] == "gzip"
    return [json.loads(line) for line in gzip.decompress(asked.body).splitlines()]


def test_items_of_a_generator_are_streamed_as_packed_lines(client: Client, script: Scripted) -> None:
    script.steps = [answer(200, ADDED)]
    assert client.upload_items("job_1", rows(), on_error="skip") == ADDED
    (asked,) = script.asked
    assert sent(asked) == list(rows())
    assert asked.path == "/v1/jobs/job_1/items?on_error=skip"
    assert asked.headers["Content-Type"] == "application/x-ndjson"
    assert "Content-Length" not in asked.headers


@pytest.mark.parametrize("kind", ["generator", "list", "open file", "path"])
def test_an_upload_that_breaks_is_sent_again_from_the_first_row(
    client: Client, script: Scripted, kind: str, tmp_path: Path
) -> None:
    everything = list(rows(30_000))
    text = b"".join(json.dumps(row).encode() + b"\n" for row in everything)
    path = tmp_path / "items.jsonl"
    path.write_bytes(text)
    source: Any = {"generator": iter(everything), "list": everything, "open file": io.BytesIO(text), "path": path}[kind]
    script.unread = True
    script.steps = [reset, answer(200, ADDED)]
    client.upload_items("job_1", source)
    assert len(script.asked) == 2
    assert [sent(asked) == everything for asked in script.asked] == [True, True]


def test_what_takes_long_is_tried_again_all_the_same(
    client: Client, script: Scripted, waits: Waits, tmp_path: Path
) -> None:
    def after_an_hour(step: Step) -> Step:
        def later(handler: Handler, asked: Asked) -> None:
            waits.now += 3600
            step(handler, asked)

        return later

    script.steps = [after_an_hour(reset), answer(200, ADDED)]
    client.upload_items("job_1", rows())
    script.steps = [after_an_hour(half(WORDS)), answer(200, WORDS, "application/octet-stream")]
    client.download("/v1/files/1").save(tmp_path / "out", sha256=DIGEST)
    script.steps = [after_an_hour(reset)]
    with pytest.raises(api.ConnectionFailed):
        client.identity.read_me()


def test_a_packed_file_goes_out_as_it_is_and_a_name_says_what_it_holds(
    client: Client, script: Scripted, tmp_path: Path
) -> None:
    packed = gzip.compress(b"external_id,rate,text\nn-1,standard,Fine.\n")
    path = tmp_path / "items.csv.gz"
    path.write_bytes(packed)
    script.steps = [answer(200, ADDED), answer(200, ADDED)]
    client.upload_items("job_1", str(path))
    assert (script.asked[0].body, script.asked[0].headers["Content-Type"]) == (packed, "text/csv")
    nameless = path.rename(tmp_path / "items.gz")
    with pytest.raises(ValueError, match=r"name the file \.ndjson"):
        client.upload_items("job_1", nameless)
    client.upload_items("job_1", nameless, content_type="text/csv")
    assert script.asked[1].body == packed


def test_a_file_that_is_not_there_is_told_before_a_request_begins(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), upload_of(tmp_path / "items.csv"):
        pytest.fail("A request would begin here.")


def test_a_refused_upload_is_not_sent_again_and_names_the_rows(client: Client, script: Scripted) -> None:
    errors = [{"pointer": "/1/rate", "code": "unknown_rate", "message": "The job has no such rate."}]
    document = {"code": "items_refused", "detail": "Nothing was added.", "errors": errors}
    script.steps = [answer(422, document, "application/problem+json")]
    with pytest.raises(api.Invalid, match="/1/rate: The job has no such rate"):
        client.upload_items("job_1", rows())
    assert len(script.asked) == 1


def test_the_fault_of_a_generator_is_the_callers_own(client: Client, script: Scripted) -> None:
    def broken() -> Iterator[dict[str, Any]]:
        yield from rows(1)
        raise LookupError("the disk is gone")

    script.otherwise = answer(200, ADDED)
    with pytest.raises(LookupError, match="the disk is gone"):
        client.upload_items("job_1", broken())
    assert script.asked == []


def test_progress_tells_how_much_was_read(client: Client, script: Scripted, tmp_path: Path) -> None:
    path = tmp_path / "items.ndjson"
    path.write_bytes(b"".join(json.dumps(row).encode() + b"\n" for row in rows(3_000)))
    told: list[int] = []
    script.steps = [answer(200, ADDED)]
    client.upload_items("job_1", path, progress=told.append)
    assert (told[0], told[-1]) == (0, path.stat().st_size)
    assert told == sorted(told)


def _ranged(handler: Handler, asked: Asked) -> None:
    begin = int(asked.headers["Range"].removeprefix("bytes=").rstrip("-"))
    assert asked.headers["If-Range"] == '"v1"'
    part = WORDS[begin:]
    handler.reply(206, part, "application/octet-stream", {"ETag": '"v1"', "Content-Range": f"bytes {begin}-/*"})


def test_a_download_is_taken_up_where_it_broke(client: Client, script: Scripted, tmp_path: Path) -> None:
    script.steps = [half(WORDS, ETag='"v1"'), _ranged]
    saved = client.download("/v1/files/1").save(tmp_path / "out.jsonl", sha256=DIGEST, size=len(WORDS))
    assert saved.read_bytes() == WORDS
    assert "Range" not in script.asked[0].headers
    assert 0 < int(script.asked[1].headers["Range"][6:-1]) <= len(WORDS) // 2


def test_a_download_begins_again_where_it_cannot_be_taken_up_or_is_another_file_now(
    client: Client, script: Scripted, tmp_path: Path
) -> None:
    whole = answer(200, WORDS, "application/octet-stream", ETag='"v2"')
    for first in (half(b"old" * 9_000), half(b"old" * 9_000, ETag='"v1"'), reset, refusal(503, "unavailable")):
        script.steps = [first, whole]
        assert client.download("/v1/files/1").save(tmp_path / "out", sha256=DIGEST).read_bytes() == WORDS


@pytest.mark.parametrize("announced", [{"sha256": "0" * 64}, {"size": 1}])
def test_a_damaged_download_leaves_no_file(
    client: Client, script: Scripted, tmp_path: Path, announced: dict[str, Any]
) -> None:
    script.steps = [answer(200, WORDS, "application/octet-stream")]
    with pytest.raises(api.DownloadDamaged):
        client.download("/v1/files/1").save(tmp_path / "out", **announced)
    assert list(tmp_path.iterdir()) == []


def test_a_download_that_breaks_for_ever_ends_and_leaves_no_file(
    client: Client, script: Scripted, tmp_path: Path
) -> None:
    script.otherwise = half(WORDS)
    with pytest.raises(api.ConnectionFailed):
        client.download("/v1/files/1").save(tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_the_key_does_not_follow_a_link_to_another_host(client: Client, script: Scripted) -> None:
    script.steps = [answer(200, b"x", "text/csv"), answer(200, b"y", "text/csv")]
    elsewhere = script.url.replace("127.0.0.1", "localhost")
    assert client.download(f"{elsewhere}/file?signature=1").read() == b"x"
    assert client.download(f"{script.url}/file").read() == b"y"
    assert ["Authorization" in asked.headers for asked in script.asked] == [False, True]


def _operation(state: str, **more: Any) -> Any:
    return answer(200, {"id": "opr_1", "state": state, "problem": None, **more})


def test_an_operation_is_asked_after_ever_more_seldom_until_it_ends(
    client: Client, script: Scripted, waits: Waits
) -> None:
    script.steps = [_operation("queued"), *[_operation("running")] * 3, refusal(503, "unavailable")]
    script.steps.append(_operation("succeeded", result={"rows": 3}))
    states: list[str] = []
    done = client.wait_for("opr_1", progress=lambda operation: states.append(operation["state"]))
    assert done["result"] == {"rows": 3}
    assert states == ["queued", "running", "running", "running", "succeeded"]
    assert waits.waited[0] < waits.waited[3]


def test_an_operation_that_fails_or_takes_too_long_says_so(client: Client, script: Scripted) -> None:
    script.steps = [_operation("failed", problem={"code": "too_large", "detail": "It does not fit."})]
    with pytest.raises(api.OperationFailed, match="too_large: It does not fit"):
        client.wait_for("opr_1")
    script.steps = [_operation("cancelled")]
    with pytest.raises(api.OperationFailed, match="cancelled"):
        client.wait_for("opr_1")
    script.otherwise = _operation("running")
    with pytest.raises(api.StillRunning):
        client.wait_for("opr_1", seconds=30)
