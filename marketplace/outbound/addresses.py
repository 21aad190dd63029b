"""Which remote addresses may be asked at all: the public internet only, and what the operator allows beside it."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Final
from urllib.parse import SplitResult, urlsplit

URL_LENGTH_MAX: Final = 2000
RESOLVE_SECONDS: Final = 5.0
RESOLVING_MAX: Final = 32
_asking: Final = threading.BoundedSemaphore(RESOLVING_MAX)
"""Threads that wait for a name server at most: a dead one must not gather them without end."""
PORTS: Final = {"http": 80, "https": 443}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Sequence[str]]

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL: Final = ipaddress.ip_network("64:ff9b:1::/48")
_LOCAL_SUFFIXES: Final = (".localhost", ".local", ".internal", ".home.arpa", ".onion")


class AddressRefusedError(Exception):
    """An address may not be asked; the sentence says why and can be shown to whoever chose it."""

    def __init__(self, sentence: str, host: str = "") -> None:
        """The reason for people, and the host if the address names one."""
        super().__init__(sentence)
        self.sentence = sentence
        self.host = host


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host by the system's resolver; raises OSError if there is none, or no answer in time.

    The system's resolver knows no time limit of ours: it is asked aside, and left to itself when it takes too long.
    """
    places = _asking
    if not places.acquire(timeout=RESOLVE_SECONDS):
        raise TimeoutError(f"Too many names wait for a name server; {host} was not asked for.")
    answer: SimpleQueue[list[str] | Exception] = SimpleQueue()
    threading.Thread(target=_ask, args=(host, port, answer, places), name="resolver", daemon=True).start()
    try:
        found = answer.get(timeout=RESOLVE_SECONDS)
    except Empty:
        raise TimeoutError(f"No name server answered for {host} within {RESOLVE_SECONDS} seconds.") from None
    if isinstance(found, Exception):
        raise found
    return found


def _ask(host: str, port: int, answer: SimpleQueue[list[str] | Exception], places: threading.BoundedSemaphore) -> None:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        answer.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
    except (OSError, UnicodeError) as error:
        answer.put(error)
    finally:
        places.release()


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Which addresses may be asked.

    `networks_allowed` are the operator's exceptions: addresses there may be private, and asked on any port. `resolver`
    turns host and port into addresses. With `encrypted_only` an address begins with https://.
    """

    networks_allowed: tuple[Network, ...] = ()
    resolver: Resolver = resolve
    encrypted_only: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """The parts of an address, and the vetted ones to connect to, in the order to try them."""

    parts: SplitResult
    addresses: tuple[str, ...]

    @property
    def host(self) -> str:
        """The host's name, as it is sent and as its certificate must have it."""
        return self.parts.hostname or ""

    @property
    def port(self) -> int:
        """The port, which follows from the scheme unless the address names it."""
        return self.parts.port or PORTS[self.parts.scheme]

    @property
    def path(self) -> str:
        """Path and query, as they are asked for."""
        return f"{self.parts.path or '/'}{'?' + self.parts.query if self.parts.query else ''}"


def address_problem(url: str, *, encrypted_only: bool = False) -> str | None:
    """What is wrong with an address by its text alone, None if nothing; asks no name server."""
    return _form_problem(url, encrypted_only) or _host_problem(urlsplit(url).hostname or "")


def _form_problem(url: str, encrypted_only: bool) -> str | None:
    if (
        len(url) > URL_LENGTH_MAX
        or not url.isascii()
        or any(character <= " " or character == "\x7f" for character in url)
    ):
        return f"An address is at most {URL_LENGTH_MAX} ASCII characters without spaces."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is no address."
    if encrypted_only and parts.scheme == "http":
        return "The address must begin with https://."
    if parts.scheme not in PORTS or not parts.hostname or port == 0:
        return "An address begins with https:// or http:// and names a host."
    if parts.username is not None or parts.password is not None:
        return "An address may not carry a user name or password."
    return None


def _host_problem(host: str) -> str | None:
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        name = host.lower().rstrip(".")
        if "." not in name or name.endswith(_LOCAL_SUFFIXES):
            return "This names a host of a private network."
        # "127.1", "0x7f.1" and "2130706433" are addresses to the C library though not to us.
        if name.rpartition(".")[2][:1].isdigit():
            return "This is not a well-formed address of a host."
        # What the resolver could not even encode (RFC 1035: labels of 1 to 63, 253 in all).
        if len(name) > 253 or not all(1 <= len(label) <= 63 for label in name.split(".")):
            return "This is not a well-formed name of a host."
        return None
    return None if is_public(literal) else "This is an address of a private network."


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, also where it is wrapped into IPv6."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address.teredo is not None or address in _NAT64_LOCAL or address.is_site_local:
            return False
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast and not address.is_reserved


def vetted(url: str, policy: AddressPolicy) -> Target:
    """Where to connect for this address: every answer of the name server must be allowed.

    The caller connects to one of these very addresses and does not resolve the name again, so
    that a second, different answer is of no use to anybody. Raises AddressRefusedError; OSError if the
    name is unknown.
    """
    # An address in a network that the operator allows may have a host that is refused by its text.
    problem = _form_problem(url, policy.encrypted_only)
    if problem is None and not policy.networks_allowed:
        problem = _host_problem(urlsplit(url).hostname or "")
    if problem is not None:
        raise AddressRefusedError(problem)
    parts = urlsplit(url)
    host = parts.hostname or ""
    found = policy.resolver(host, parts.port or PORTS[parts.scheme])
    addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in found]
    if not addresses or not all(is_public(address) or _excepted(address, policy) for address in addresses):
        raise AddressRefusedError(f"{host} leads into a private network.", host)
    usual_port = parts.port in {None, PORTS[parts.scheme]}
    if not usual_port and not all(_excepted(address, policy) for address in addresses):
        raise AddressRefusedError(f"Only the ports 80 (http) and 443 (https) are asked, not {parts.port}.", host)
    return Target(parts, tuple(str(address) for address in addresses))


def _excepted(address: Address, policy: AddressPolicy) -> bool:
    return any(address in network for network in policy.networks_allowed)
