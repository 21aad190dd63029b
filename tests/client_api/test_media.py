from __future__ import annotations

import io

import pytest
from PIL import Image

from marketplace.gateways.choosing import make_pdf_maker
from tests.builders.media import MemoryStorage
from tests.client_api.conftest import Caller, Market
from tests.client_api.examples import job


@pytest.fixture
def requester(market: Market) -> Caller:
    return market.requester()


def picture(shade: int = 0) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), (shade, 0, 0)).save(kept, "PNG")
    return kept.getvalue()


def test_an_image_is_kept_once_whether_sent_as_a_body_or_as_a_form(requester: Caller, storage: MemoryStorage) -> None:
    body = requester.post("/media", data=picture(), content_type="image/png")
    assert body.status_code == 201
    assert {name: body.json[name] for name in ("content_type", "width", "height", "byte_count")} == {
        "content_type": "image/png",
        "width": 40,
        "height": 30,
        "byte_count": len(picture()),
    }
    form = requester.post("/media", data={"file": (io.BytesIO(picture()), "a.png")})
    assert form.json["id"] == body.json["id"]
    assert list(storage.kept.values()) == [picture()]


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", 422),
        (b"<html></html>", "image/png", 422),
        (picture()[:60], "image/png", 422),
        (b"", "image/png", 422),
        (picture(), "text/html", 415),
        (b"x" * 27_000_000, "image/png", 413),
    ],
)
def test_what_is_no_image_is_refused(requester: Caller, data: bytes, content_type: str, status: int) -> None:
    assert requester.post("/media", data=data, content_type=content_type).status_code == status


def test_a_picture_that_is_cut_off_is_refused_where_pdf_files_are_made_too(requester: Caller) -> None:
    # What draws them lets the whole process take such pictures.
    make_pdf_maker()
    assert requester.post("/media", data=picture()[:60], content_type="image/png").status_code == 422


def test_a_form_without_a_file_is_refused(requester: Caller) -> None:
    refused = requester.post("/media", data={"other": (io.BytesIO(b"x"), "a.png")})
    assert (refused.status_code, refused.json["code"]) == (400, "body_malformed")


def test_items_name_media_of_their_own_organization_only(market: Market) -> None:
    ours, theirs = market.requester(), market.requester()
    media = theirs.post("/media", data=picture(9), content_type="image/png").json["id"]
    body = job(kind="image_boxes", label_schema={"classes": ["car"]})
    row = {"external_id": "a", "rate": "standard", "content": {"media": media}}
    for caller, status in ((ours, 422), (theirs, 200)):
        path = f"/jobs/{caller.post('/jobs', body).json['id']}/items"
        assert caller.post(path, {"items": [row]}).status_code == status
