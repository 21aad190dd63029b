import io
from dataclasses import replace

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.jobs import beside
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import add_items
from marketplace.jobs.media import store_media
from marketplace.jobs.models import Item
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import new_id, public
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.media import PEAKS, SMALL, media_link
from tests.builders.identity import Mailbox, make_member, make_organization, make_worker
from tests.builders.jobs import make_job
from tests.builders.sounds import TONE_FLAC, TONE_MP3, opus, wav
from tests.builders.web import make_app


def sound_link(session: Session, app: Flask, client: Actor | None = None, data: bytes = TONE_FLAC) -> str:
    client = client or make_member(session, make_organization(session), "requester")
    with app.test_request_context("/"):
        media = store_media(session, client, get_context().storage, io.BytesIO(data), "a")
        job = make_job(session, client, kind="audio_transcript", label_schema={})
        add_items(session, client, job.id, [ItemRow(1, "a", "standard", {"media": public("media", media.id)})])
        link = media_link(session.query(Item.id).filter(Item.job_id == job.id).scalar(), client)
    assert link is not None
    return link


def test_a_key_without_the_scope_gets_no_link_that_would_stand_for_its_person(session: Session, app: Flask) -> None:
    reviewer = make_member(session, make_organization(session, "client"), "reviewer")
    with app.test_request_context("/"):
        for actor, scope in ((reviewer, "review.read"), (make_worker(session), "work.read")):
            assert media_link(new_id(), actor) is not None
            assert media_link(new_id(), replace(actor, permissions=frozenset({scope}))) is None


def test_purged_media_is_gone_for_those_who_might_see_it_and_nothing_for_others(session: Session, app: Flask) -> None:
    client, other = (make_member(session, make_organization(session), "requester") for _ in range(2))
    picture = io.BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    picture.seek(0)
    with app.test_request_context("/"):
        media = store_media(session, client, get_context().storage, picture, "a.png")
        job = make_job(session, client, kind="image_boxes", label_schema={"classes": ["car"]})
        add_items(session, client, job.id, [ItemRow(1, "a", "standard", {"media": public("media", media.id)})])
        item_id = session.query(Item.id).scalar()
        own, others = media_link(item_id, client), media_link(item_id, other)
    assert own is not None
    assert others is not None
    browser = app.test_client()
    assert (browser.get(own).status_code, browser.get(others).status_code) == (200, 404)
    session.execute(text("UPDATE media SET purged_at = market_now()"))
    gone = browser.get(own)
    assert (gone.status_code, gone.get_json()["code"]) == (410, "media_purged")
    assert browser.get(others).status_code == 404


def test_a_part_of_a_sound_is_served_for_who_asks_for_one(session: Session, app: Flask) -> None:
    client = make_member(session, make_organization(session), "requester")
    whole = wav(2.0).getvalue()
    with app.test_request_context("/"):
        media = store_media(session, client, get_context().storage, io.BytesIO(whole), "a.wav")
        job = make_job(session, client, kind="audio_transcript", label_schema={})
        add_items(session, client, job.id, [ItemRow(1, "a", "standard", {"media": public("media", media.id)})])
        link = media_link(session.query(Item.id).scalar(), client)
    assert link is not None
    browser = app.test_client()
    all_of_it = browser.get(link)
    assert (all_of_it.status_code, all_of_it.data, all_of_it.headers["Accept-Ranges"]) == (200, whole, "bytes")
    assert (all_of_it.content_type, all_of_it.headers["X-Content-Type-Options"]) == ("audio/wav", "nosniff")
    for asked, first, stop in (
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, len(whole)),
        ("bytes=-50", len(whole) - 50, len(whole)),
        ("bytes=10-999999999", 10, len(whole)),
    ):
        part = browser.get(link, headers={"Range": asked})
        assert (part.status_code, part.data) == (206, whole[first:stop])
        assert part.headers["Content-Range"] == f"bytes {first}-{stop - 1}/{len(whole)}"
        assert part.headers["Content-Length"] == str(stop - first)
    assert browser.get(link, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    assert browser.get(link, headers={"Range": "bytes=0-1,5-6"}).data == whole
    assert browser.get(link, headers={"Range": "lines=0-1"}).data == whole


def test_a_picture_is_given_small_to_who_asks_for_that_and_a_sound_is_not_changed(session: Session, app: Flask) -> None:
    client = make_member(session, make_organization(session), "requester")
    picture, sound = io.BytesIO(), wav(0.1)
    Image.new("RGB", (1600, 800)).save(picture, "PNG")
    with app.test_request_context("/"):
        links = []
        for file, kind, schema in ((picture, "image_boxes", {"classes": ["car"]}), (sound, "audio_transcript", {})):
            file.seek(0)
            media = store_media(session, client, get_context().storage, file, "a")
            job = make_job(session, client, kind=kind, label_schema=schema)
            add_items(session, client, job.id, [ItemRow(1, "a", "standard", {"media": public("media", media.id)})])
            links.append(media_link(session.query(Item.id).filter(Item.job_id == job.id).scalar(), client))
    browser = app.test_client()
    small = browser.get(f"{links[0]}?{SMALL}=1")
    assert (small.status_code, small.content_type) == (200, "image/webp")
    assert Image.open(io.BytesIO(small.data)).size == (320, 160)
    assert small.headers["Content-Disposition"] == "inline"
    assert small.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert Image.open(io.BytesIO(browser.get(links[0]).data)).size == (1600, 800)
    assert browser.get(f"{links[1]}?{SMALL}=1").data == sound.getvalue()


def test_the_peaks_of_a_sound_come_in_place_of_it_as_many_as_are_asked_for(session: Session, app: Flask) -> None:
    client = make_member(session, make_organization(session), "requester")
    links = [sound_link(session, app, client, file) for file in (TONE_FLAC, opus())]
    browser = app.test_client()
    whole = browser.get(f"{links[0]}?{PEAKS}=6000")
    assert (whole.status_code, whole.content_type) == (200, "application/octet-stream")
    assert (int.from_bytes(whole.data[:4], "little"), len(whole.data)) == (400, 4 + 20)
    assert whole.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert whole.headers["Cache-Control"].startswith("private")
    assert len(browser.get(f"{links[0]}?{PEAKS}=5").data) == 4 + 5
    for odd in ("", "x", "99999999999", "7000"):
        assert browser.get(f"{links[0]}?{PEAKS}={odd}").data == whole.data
    for odd in ("0", "-7"):
        assert len(browser.get(f"{links[0]}?{PEAKS}={odd}").data) == 4 + 1
    none = browser.get(f"{links[1]}?{PEAKS}=6000")
    assert (none.status_code, none.data) == (204, b"")


def test_peaks_are_given_to_nobody_who_may_not_have_the_media(session: Session, app: Flask) -> None:
    client, other = (make_member(session, make_organization(session), "requester") for _ in range(2))
    with app.test_request_context("/"):
        media = store_media(session, client, get_context().storage, io.BytesIO(TONE_FLAC), "a")
        job = make_job(session, client, kind="audio_transcript", label_schema={})
        add_items(session, client, job.id, [ItemRow(1, "a", "standard", {"media": public("media", media.id)})])
        item_id = session.query(Item.id).scalar()
        own, others = media_link(item_id, client), media_link(item_id, other)
    browser = app.test_client()
    assert browser.get(f"{own}?{PEAKS}=9").status_code == 200
    assert browser.get(f"{others}?{PEAKS}=9").status_code == 404
    session.execute(text("UPDATE media SET purged_at = market_now()"))
    assert browser.get(f"{own}?{PEAKS}=9").status_code == 410


def test_while_peaks_are_made_the_request_holds_no_transaction_and_who_comes_meanwhile_is_sent_away(
    session: Session, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = sound_link(session, app)
    states: list[bool] = []
    answers: list[int] = []

    def makes(*_: object) -> bytes:
        states.append(request_session().in_transaction())
        answers.append(app.test_client().get(f"{link}?{PEAKS}=9").status_code)
        return bytes(4 + 20)

    monkeypatch.setattr(beside, "peaks_of", makes)
    assert app.test_client().get(f"{link}?{PEAKS}=9").status_code == 200
    assert (states, answers) == ([False], [503])


def test_making_is_counted_for_the_person_of_the_link_and_what_is_kept_is_not(session: Session, mail: Mailbox) -> None:
    app = make_app(session, mailer=mail, environ={"RATE_LIMIT_PER_MINUTE": "1"})
    member = make_member(session, make_organization(session), "requester")
    first, second = (sound_link(session, app, member, data) for data in (TONE_FLAC, TONE_MP3))
    browser = app.test_client()
    assert [browser.get(f"{first}?{PEAKS}=9").status_code for _ in range(3)] == [200] * 3
    assert browser.get(f"{second}?{PEAKS}=9").status_code == 429
    assert browser.get(second).status_code == 200
    other = make_member(session, make_organization(session), "requester")
    assert browser.get(f"{sound_link(session, app, other)}?{PEAKS}=9").status_code == 200
