import io
from dataclasses import replace

from flask import Flask
from PIL import Image
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import add_items
from marketplace.jobs.media import store_media
from marketplace.jobs.models import Item
from marketplace.kernel.ids import new_id, public
from marketplace.web.context import get_context
from marketplace.web.media import media_link
from tests.builders.identity import make_member, make_organization, make_worker
from tests.builders.jobs import make_job


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
