from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.exports import cleaning
from tests.builders.exports import lines_of, run_exports
from tests.builders.media import MemoryStorage
from tests.client_api.conftest import Answer, Caller, Market
from tests.client_api.story import COUNT, Story, ok


@pytest.fixture
def story(market: Market, session: Session) -> Story:
    made = Story(market, session)
    made.publish()
    made.contract()
    made.open_tasks()
    made.work()
    made.review()
    return made


def create(caller: Caller, job_id: str | None, name: str = "results.jsonl", **options: object) -> Answer:
    body = {"format": name} if job_id is None else {"format": name, "job_id": job_id}
    return caller.post("/exports", body, **options)


def ready(session: Session, storage: MemoryStorage, caller: Caller, job_id: str | None, name: str) -> dict[str, object]:
    made = create(caller, job_id, name)
    assert made.status_code == 202, made.text
    run_exports(session, storage)
    found: dict[str, object] = ok(caller.get(f"/exports/{made.json['id']}")).json
    assert found["state"] == "ready"
    return found


def fetch(caller: Caller, link: object) -> Answer:
    """As a browser does that has been given the link: without a key."""
    path = str(link).removeprefix("http://market.test")
    assert path.startswith("/exports/")
    response = caller.client.get(path)
    return Answer(response.status_code, response.headers, response.get_data(as_text=True), None)


def test_a_download_that_broke_off_goes_on_where_it_was_and_is_not_sent_again_unchanged(
    session: Session, story: Story, storage: MemoryStorage
) -> None:
    export = ready(session, storage, story.client, story.job_id, "results.jsonl")
    path = str(export["link"]).removeprefix("http://market.test")
    whole = story.client.client.get(path)
    assert (whole.headers["ETag"], whole.headers["Accept-Ranges"]) == (f'"{export["sha256"]}"', "bytes")
    rest = story.client.client.get(path, headers={"Range": "bytes=100-", "If-Range": whole.headers["ETag"]})
    assert (rest.status_code, rest.data) == (206, whole.data[100:])
    assert rest.headers["Content-Range"] == f"bytes 100-{len(whole.data) - 1}/{len(whole.data)}"
    other = story.client.client.get(path, headers={"Range": "bytes=100-", "If-Range": '"another"'})
    assert (other.status_code, other.data) == (200, whole.data)
    assert story.client.client.get(path, headers={"Range": "bytes=999999-"}).status_code == 416
    same = story.client.client.get(path, headers={"If-None-Match": whole.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")


def test_an_export_of_nothing_says_that_nothing_was_to_be_done(
    session: Session, storage: MemoryStorage, market: Market
) -> None:
    made = create(market.caller(market.organization("subcontractor"), "manager"), None, "payables.csv")
    assert made.status_code == 202, made.text
    run_exports(session, storage)
    assert session.scalar(text("SELECT progress_total FROM operation ORDER BY id DESC LIMIT 1")) == 0


def test_an_export_is_asked_for_followed_and_fetched_without_a_key(
    session: Session, story: Story, storage: MemoryStorage
) -> None:
    made = create(story.client, story.job_id, headers={"Idempotency-Key": "once"})
    assert (made.status_code, made.json["state"], made.json["link"]) == (202, "queued", None)
    again = create(story.client, story.job_id, headers={"Idempotency-Key": "once"})
    assert (again.json["id"], again.headers["Idempotent-Replayed"]) == (made.json["id"], "true")
    where = made.headers["Location"]
    assert where == f"/v1/operations/{made.json['operation_id']}"
    assert run_exports(session, storage) == 1
    operation = ok(story.client.get(where.removeprefix("/v1"))).json
    assert (operation["state"], operation["subject"], operation["progress"]) == (
        "succeeded", made.json["id"], {"done": COUNT, "total": COUNT},
    )  # fmt: skip
    export = ok(story.client.get(f"/exports/{made.json['id']}")).json
    assert (export["state"], export["rows"]) == ("ready", COUNT)
    file = fetch(story.client, export["link"])
    assert (file.status_code, len(lines_of(file.text))) == (200, COUNT)
    assert file.headers["Content-Disposition"] == 'attachment; filename="results.jsonl"'
    assert file.headers["Content-Type"] == "application/jsonl"
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert (export["size"], export["sha256"]) == (
        len(file.text.encode()), hashlib.sha256(file.text.encode()).hexdigest(),
    )  # fmt: skip
    listed = ok(story.client.get(f"/exports?job_id={story.job_id}&format=results.jsonl")).json["data"]
    assert [row["id"] for row in listed] == [export["id"]]
    assert ok(story.client.get("/exports?format=results.csv")).json["data"] == []


def test_every_party_exports_what_is_theirs(session: Session, story: Story, storage: MemoryStorage) -> None:
    for caller, job_id, name in (
        (story.client, story.job_id, "results.csv"),
        (story.client, story.job_id, "label_studio.json"),
        (story.client, story.job_id, "price_chain.csv"),
        (story.upper, story.job_id, "price_chain.csv"),
        (story.lower, None, "payables.csv"),
        (story.finance, None, "payables.csv"),
    ):
        export = ready(session, storage, caller, job_id, name)
        assert fetch(caller, export["link"]).status_code == 200
    for caller, job_id, name, status in (
        (story.upper, story.job_id, "results.jsonl", 403),
        (story.client, None, "payables.csv", 403),
        (story.finance, story.job_id, "price_chain.csv", 403),
        (story.client, story.job_id, "coco.json", 422),
        (story.client, None, "results.jsonl", 422),
    ):
        assert create(caller, job_id, name).status_code == status, name


def test_a_link_is_dead_once_its_person_has_lost_the_right_or_the_file_its_time(
    session: Session, story: Story, storage: MemoryStorage
) -> None:
    export = ready(session, storage, story.client, story.job_id, "results.jsonl")
    link = export["link"]
    with session.begin_nested() as dismissed:
        session.execute(text("DELETE FROM membership WHERE person_id = :id"), {"id": story.client.person_id})
        assert fetch(story.client, link).status_code == 404
        dismissed.rollback()
    assert fetch(story.client, link).status_code == 200
    assert fetch(story.client, str(link)[:-2]).status_code == 404
    session.execute(text("UPDATE export SET expires_at = statement_timestamp()"))
    assert fetch(story.client, link).status_code == 404
    expired = ok(story.client.get(f"/exports/{export['id']}")).json
    assert (expired["state"], expired["link"], expired["sha256"]) == ("expired", None, export["sha256"])
    assert cleaning.delete_one(session, storage) == 1
    assert storage.kept == {}
    assert ok(story.client.get(f"/exports/{export['id']}")).json == expired


def test_a_key_without_the_scope_of_what_is_in_it_gets_no_link(
    session: Session, market: Market, story: Story, storage: MemoryStorage
) -> None:
    export = ready(session, storage, story.client, story.job_id, "results.jsonl")
    organization = session.get_one(type(market.organization("client")), story.client.organization_id)
    narrow = market.caller(organization, "requester", scopes=["export.read", "export.create", "job.read"])
    assert ok(narrow.get(f"/exports/{export['id']}")).json["link"] is None
    assert create(narrow, story.job_id).status_code == 403
    auditor = ok(story.auditor.get(f"/exports/{export['id']}")).json
    assert fetch(story.auditor, auditor["link"]).status_code == 200


def test_a_failed_export_says_why_and_how_to_go_on(session: Session, story: Story, storage: MemoryStorage) -> None:
    made = create(story.client, story.job_id)
    session.execute(text("DELETE FROM membership WHERE person_id = :id"), {"id": story.client.person_id})
    run_exports(session, storage)
    auditor = ok(story.auditor.get(f"/exports/{made.json['id']}")).json
    assert (auditor["state"], auditor["problem"]["code"]) == ("failed", "forbidden")


def test_an_export_is_kept_for_its_hours(session: Session, story: Story, storage: MemoryStorage) -> None:
    export = ready(session, storage, story.client, story.job_id, "results.jsonl")
    kept = dt.datetime.fromisoformat(str(export["expires_at"])) - dt.datetime.fromisoformat(str(export["ready_at"]))
    assert kept == dt.timedelta(hours=72)
    assert cleaning.delete_one(session, storage) == 0
