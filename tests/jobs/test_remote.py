from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from sqlalchemy import Engine, select, text

from marketplace.db.engine import transaction
from marketplace.jobs.addresses import FetchPolicy, address_problem, is_public, vetted
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import add_items
from marketplace.jobs.models import Item, RemoteMedia
from marketplace.jobs.queries import media_of_item
from marketplace.jobs.remote import fetch_pending, fetch_remote
from marketplace.kernel.errors import DomainError
from tests.builders.jobs import make_job, make_party
from tests.builders.media import MemoryStorage, Pages, image, serving

LOOPBACK = FetchPolicy(networks_allowed=(ip_network("127.0.0.0/8"),), seconds_max=3)


def refused(act: Callable[[], Any]) -> tuple[str, str]:
    with pytest.raises(DomainError) as refusal:
        act()
    errors = refusal.value.errors
    return refusal.value.slug, errors[0].code if errors else ""


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "2001:0:7f00:1::", "ff02::1", "240.0.0.1", "fec0::1",
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
        "http://metadata.google.internal/", f"https://{'a' * 64}.example.org/", "https://example..org/",
        "https://example.org/" + "a" * 2000,
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
