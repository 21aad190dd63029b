from __future__ import annotations

import socket
import threading
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from marketplace.outbound import addresses
from marketplace.outbound.addresses import AddressPolicy, AddressRefusedError, address_problem, is_public, vetted


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::",
        "2001:0:7f00:1::", "ff02::1", "240.0.0.1", "fec0::1", "64:ff9b:1::7f00:1", "::7f00:1",
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


def refusal(url: str, policy: AddressPolicy) -> str:
    with pytest.raises(AddressRefusedError) as caught:
        vetted(url, policy)
    return caught.value.sentence


def answering(*answers: str, **policy: Any) -> AddressPolicy:
    return AddressPolicy(resolver=lambda _host, _port: answers, **policy)


@pytest.mark.parametrize("answers", [["10.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["fe80::1%eth0"], []])
def test_every_answer_of_the_name_server_must_be_public(answers: list[str]) -> None:
    assert "private network" in refusal("https://images.example.org/a.png", answering(*answers))


def test_a_public_address_is_asked_on_the_port_of_its_scheme_only() -> None:
    good = answering("93.184.216.34")
    target = vetted("https://images.example.org/a.png?b=c", good)
    assert (target.addresses, target.port, target.path) == (("93.184.216.34",), 443, "/a.png?b=c")
    assert "8080" in refusal("https://images.example.org:8080/a.png", good)


def test_networks_that_the_operator_allows_are_asked_on_any_port_and_open_no_other() -> None:
    allowed = (ip_network("127.0.0.0/8"),)
    assert vetted("http://localhost:8080/", answering("127.0.0.1", networks_allowed=allowed)).port == 8080
    assert "private network" in refusal("http://localhost/", answering("10.0.0.1", networks_allowed=allowed))
    assert "8080" in refusal("http://a.example.org:8080/", answering("93.184.216.34", networks_allowed=allowed))


def test_an_unencrypted_address_can_be_refused() -> None:
    strict = answering("93.184.216.34", encrypted_only=True)
    assert "https://" in refusal("http://images.example.org/", strict)
    assert vetted("https://images.example.org/", strict).port == 443


def test_a_name_server_that_never_answers_is_waited_for_a_few_seconds_and_never_by_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    end = threading.Event()

    def never(*_: object, **__: object) -> list[object]:
        end.wait(30)
        return []

    monkeypatch.setattr(addresses, "RESOLVE_SECONDS", 0.05)
    monkeypatch.setattr(addresses, "_asking", threading.BoundedSemaphore(2))
    monkeypatch.setattr(socket, "getaddrinfo", never)
    for expected in ("within", "within", "Too many"):
        with pytest.raises(TimeoutError, match=expected):
            addresses.resolve("slow.example.org", 443)
    end.set()


def test_what_the_resolver_says_is_said_again() -> None:
    assert addresses.resolve("127.0.0.1", 80) == ["127.0.0.1"]
    with pytest.raises(socket.gaierror):
        addresses.resolve("no-such-name.invalid", 80)
