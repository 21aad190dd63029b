from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from ipaddress import ip_network
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from marketplace.db.engine import transaction
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import add_items
from marketplace.jobs.models import Item, RemoteMedia
from marketplace.jobs.queries import media_of_item
from marketplace.jobs.remote import FetchPolicy, fetch_pending, fetch_remote
from marketplace.kernel.errors import DomainError
from tests.builders.jobs import make_job, make_party
from tests.builders.media import MemoryStorage, Pages, image, serving

LOOPBACK = FetchPolicy(networks_allowed=(ip_network("127.0.0.0/8"),), seconds_max=3)


def refused(act: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(DomainError) as refusal:
        act()
    errors = refusal.value.errors
    return refusal.value.slug, errors[0].code if errors else ""


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


def test_an_address_that_breaks_keeps_no_other_waiting(committing_engine: Engine) -> None:
    transactions, storage = partial(transaction, committing_engine), MemoryStorage()

    def resolver(host: str, _port: int) -> list[str]:
        if host.startswith("broken"):
            raise UnicodeError("label too long")
        return ["127.0.0.1"]

    with serving({"/good.png": (200, {}, image().read())}) as base:
        port = base.rpartition(":")[2]
        policy = FetchPolicy(networks_allowed=LOOPBACK.networks_allowed, resolver=resolver)
        with transactions() as session:
            client = make_party(session)
            job = make_job(session, client, kind="image_boxes", label_schema={"classes": ["car"]})
            urls = [f"http://{host}.example.org:{port}/good.png" for host in ("broken-1", "broken-2", "images")]
            add_items(session, client, job.id, [ItemRow(n, u, "standard", {"url": u}) for n, u in enumerate(urls, 1)])
        assert fetch_pending(transactions, storage, policy=policy) == 3
        with transactions() as session:
            states = {row.url: (row.state, row.reason) for row in session.scalars(select(RemoteMedia))}
    failed = ("pending", "The address could not be read: UnicodeError.")
    assert [states[url] for url in urls] == [failed, failed, ("stored", None)]
