from __future__ import annotations

import contextlib
import io
import socket
import struct
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network
from typing import Any, BinaryIO

import pytest
from PIL import Image
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.jobs.addresses import FetchPolicy, address_problem, is_public, vetted
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import add_items
from marketplace.jobs.media import MEDIA_BYTES_MAX, clean_filename, store_media
from marketplace.jobs.models import Item, RemoteMedia
from marketplace.jobs.queries import get_media, media_of_item
from marketplace.jobs.remote import fetch_pending, fetch_remote
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from tests.builders.jobs import make_job, make_party

LOOPBACK = FetchPolicy(networks_allowed=(ip_network("127.0.0.0/8"),), seconds_max=3)


class MemoryStorage:
    """A media storage that keeps bytes in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def put(self, key: str, stream: BinaryIO, content_type: str) -> None:  # noqa: ARG002 - the port's signature
        self.kept[key] = stream.read()

    def open(self, key: str) -> BinaryIO:
        return io.BytesIO(self.kept[key])

    def delete(self, key: str) -> None:
        self.kept.pop(key, None)

    def exists(self, key: str) -> bool:
        return key in self.kept


def image(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: Any) -> io.BytesIO:
    stream = io.BytesIO()
    Image.new("RGB", size, "red").save(stream, kind, **options)
    stream.seek(0)
    return stream


def refused(act: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(DomainError) as refusal:
        act()
    errors = refusal.value.errors
    return refusal.value.slug, errors[0].code if errors else ""


@pytest.mark.parametrize(
    ("kind", "content_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
)
def test_images_are_kept_once_under_the_name_of_their_content(session: Session, kind: str, content_type: str) -> None:
    client, storage = make_party(session), MemoryStorage()
    kept = store_media(session, client, storage, image(kind), "../../etc/street.png")
    again = store_media(session, client, storage, image(kind), "other.svg")
    assert kept.id == again.id
    assert (kept.content_type, kept.width, kept.height, kept.filename) == (content_type, 40, 30, "street.png")
    assert storage.kept == {kept.storage_key: image(kind).read()}
    assert kept.storage_key == f"{public('organization', client.organization)}/{kept.sha256.hex()}"


def test_a_turned_photograph_has_the_size_it_is_shown_in(session: Session) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    kept = store_media(session, make_party(session), MemoryStorage(), image("JPEG", exif=exif), "turned.jpg")
    assert (kept.width, kept.height) == (30, 40)


def oversized_png() -> io.BytesIO:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return io.BytesIO(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")))


def animated() -> io.BytesIO:
    stream = io.BytesIO()
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(stream, "WEBP", save_all=True, append_images=frames[1:])
    stream.seek(0)
    return stream


@pytest.mark.parametrize(
    ("stream", "code"),
    [
        (io.BytesIO(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'), "not_an_image"),
        (io.BytesIO(b"<!doctype html><script>alert(1)</script>"), "not_an_image"),
        (io.BytesIO(b""), "not_an_image"),
        (image("GIF"), "not_an_image"),
        (io.BytesIO(image("PNG").read()[:60]), "broken_image"),
        (io.BytesIO(image("JPEG", (400, 300)).read()[:400]), "broken_image"),
        (oversized_png(), "too_many_pixels"),
        (io.BytesIO(b"\x89PNG" + bytes(MEDIA_BYTES_MAX)), "too_large"),
        (animated(), "animated"),
    ],
    ids=["svg", "html", "nothing", "gif", "cut png", "cut jpeg", "pixel bomb", "too large", "animated"],
)
def test_whatever_is_no_plain_image_is_refused(session: Session, stream: io.BytesIO, code: str) -> None:
    storage = MemoryStorage()
    attempt = partial(store_media, session, make_party(session), storage, stream, "image.png")
    assert refused(attempt) == ("media_refused", code)
    assert storage.kept == {}


def test_media_belong_to_one_organization(session: Session) -> None:
    client, stranger = make_party(session), make_party(session)
    kept = store_media(session, client, MemoryStorage(), image(), "a.png")
    assert get_media(session, client, kept.id) is kept
    assert refused(lambda: get_media(session, stranger, kept.id))[0] == "not_found"
    assert refused(lambda: get_media(session, make_party(session, "platform", "finance"), kept.id))[0] == "not_found"


def test_an_item_of_stored_media_knows_it(session: Session) -> None:
    client = make_party(session)
    kept = store_media(session, client, MemoryStorage(), image(), "a.png")
    job = make_job(session, client, kind="image_boxes", label_schema={"classes": ["car"]})
    add_items(session, client, job.id, [ItemRow(1, "a", "standard", {"media": public("media", kept.id)})])
    item = session.scalars(select(Item).where(Item.job_id == job.id)).one()
    assert media_of_item(session, item) is kept


def test_file_names_lose_their_folders_and_control_characters() -> None:
    assert clean_filename("C:\\photos\\street\n1.jpg") == "street1.jpg"
    assert clean_filename("/") == "image"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "2001:0:7f00:1::", "ff02::1", "240.0.0.1",
    ],
)  # fmt: skip
def test_addresses_of_private_networks_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a", "//example.org/a", "https://", "https://user@example.org/", "https://:p@example.org/",
        "http://localhost/", "http://printer.local/", "http://intranet/", "http://[::1]/", "http://2130706433/",
        "http://127.1/", "http://example.org:99999/", "http://exa mple.org/", "http://éxample.org/", "http://[::1/",
        "http://metadata.google.internal/", "https://example.org/" + "a" * 2000,
    ],
)  # fmt: skip
def test_the_text_of_an_address_alone_can_be_reason_to_refuse_it(url: str) -> None:
    assert address_problem(url) is not None


def test_every_answer_of_the_name_server_must_be_public() -> None:
    for answers in (["10.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["fe80::1%eth0"], []):
        policy = FetchPolicy(resolver=lambda _host, _port, answers=answers: answers)  # type: ignore[misc]
        assert refused(partial(vetted, "https://images.example.org/a.png", policy))[0] == "fetch_refused"
    good = FetchPolicy(resolver=lambda _host, _port: ["93.184.216.34"])
    assert vetted("https://images.example.org/a.png", good)[1] == ["93.184.216.34"]
    assert refused(lambda: vetted("https://images.example.org:8080/a.png", good))[0] == "fetch_refused"


Pages = dict[str, tuple[int, dict[str, str], bytes]]


@contextmanager
def serving(pages: Pages) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, headers, body = pages.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fetched(url: str, policy: FetchPolicy = LOOPBACK) -> bytes:
    with fetch_remote(url, policy) as stream:
        return stream.read()


def test_a_redirect_is_followed_where_the_guard_allows_it() -> None:
    with serving({"/a": (302, {"Location": "/b"}, b""), "/b": (200, {}, b"bytes")}) as base:
        assert fetched(f"{base}/a") == b"bytes"


@pytest.mark.parametrize("target", ["http://10.0.0.1/", "http://[::1]/", "file:///etc/passwd", "http://localhost:1/"])
def test_a_redirect_into_a_private_network_is_refused(target: str) -> None:
    with serving({"/a": (302, {"Location": target}, b"")}) as base:
        policy = FetchPolicy(
            networks_allowed=(ip_network("127.0.0.1/32"),),
            resolver=lambda host, _port: [host] if host[0].isdigit() or ":" in host else ["192.168.0.1"],
        )
        assert refused(partial(fetched, f"{base}/a", policy))[0] == "fetch_refused"


def test_a_name_is_resolved_once_so_that_a_second_answer_is_of_no_use() -> None:
    with serving({"/a": (200, {}, b"bytes")}) as base:
        answers = iter([["127.0.0.1"], ["10.0.0.1"]])
        policy = FetchPolicy(networks_allowed=LOOPBACK.networks_allowed, resolver=lambda _host, _port: next(answers))
        assert fetched(base.replace("127.0.0.1", "images.example.org") + "/a", policy) == b"bytes"


def test_loopback_is_refused_without_permission_of_the_operator() -> None:
    with serving({"/a": (200, {}, b"bytes")}) as base:
        assert refused(partial(fetched, f"{base}/a", FetchPolicy()))[0] == "fetch_refused"


def test_too_many_redirects_too_many_bytes_and_errors_end_the_fetching() -> None:
    pages = {
        "/loop": (302, {"Location": "/loop"}, b""),
        "/big": (200, {}, b"x" * 1000),
        "/gone": (410, {}, b""),
    }
    small = FetchPolicy(bytes_max=999, networks_allowed=LOOPBACK.networks_allowed)
    with serving(pages) as base:
        assert refused(partial(fetched, f"{base}/loop"))[0] == "fetch_refused"
        assert refused(partial(fetched, f"{base}/big", small))[0] == "fetch_refused"
        assert refused(partial(fetched, f"{base}/gone"))[0] == "fetch_failed"
    assert refused(partial(fetched, f"{base}/gone"))[0] == "fetch_failed"


def test_a_server_that_drips_is_cut_off_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = threading.Event()

        def drip() -> None:
            peer, _ = listener.accept()
            with peer, contextlib.suppress(OSError):
                peer.sendall(b"HTTP/1.1 200 OK\r\n")
                while not done.wait(0.05):
                    peer.sendall(b"X: y\r\n")

        thread = threading.Thread(target=drip)
        thread.start()
        policy = FetchPolicy(seconds_max=0.5, networks_allowed=LOOPBACK.networks_allowed)
        started = time.monotonic()
        try:
            assert (
                refused(partial(fetched, f"http://127.0.0.1:{listener.getsockname()[1]}/", policy))[0] == "fetch_failed"
            )
        finally:
            done.set()
            thread.join()
        assert time.monotonic() - started < 3


def test_the_sweep_stores_what_it_can_and_says_why_it_cannot(committing_engine: Engine) -> None:
    transactions, storage = partial(transaction, committing_engine), MemoryStorage()
    pages: Pages = {
        "/good.png": (200, {}, image().read()),
        "/page.html": (200, {}, b"<html>"),
        "/later.png": (503, {}, b""),
    }
    with serving(pages) as base:
        public_base = base.replace("127.0.0.1", "images.example.org")
        policy = FetchPolicy(networks_allowed=LOOPBACK.networks_allowed, resolver=lambda _host, _port: ["127.0.0.1"])
        with transactions() as session:
            client = make_party(session)
            job = make_job(session, client, kind="image_boxes", label_schema={"classes": ["car"]})
            rows = [ItemRow(n, path, "standard", {"url": f"{public_base}{path}"}) for n, path in enumerate(pages, 1)]
            add_items(session, client, job.id, rows)
        assert fetch_pending(transactions, storage, policy=policy) == 3
        assert fetch_pending(transactions, storage, policy=policy) == 0
        with transactions() as session:
            states = {row.url.rpartition("/")[2]: row for row in session.scalars(select(RemoteMedia))}
            assert {name: row.state for name, row in states.items()} == {
                "good.png": "stored",
                "page.html": "failed",
                "later.png": "pending",
            }
            assert states["later.png"].reason == "The address answered 503."
            item = session.scalars(select(Item).where(Item.external_id == "/good.png")).one()
            media = media_of_item(session, item)
            assert media is not None
            assert storage.kept[media.storage_key] == image().read()
            session.execute(text("UPDATE remote_media SET attempts = 4, next_try_at = now() WHERE state = 'pending'"))
        assert fetch_pending(transactions, storage, policy=policy) == 1
        with transactions() as session:
            assert set(session.scalars(select(RemoteMedia.state))) == {"stored", "failed"}
