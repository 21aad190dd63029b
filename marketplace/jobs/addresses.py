"""Which remote addresses may be asked at all: the public internet only."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from marketplace.jobs.errors import FETCH_REFUSED

URL_LENGTH_MAX: Final = 2000
PORTS: Final = {"http": 80, "https": 443}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Sequence[str]]

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_SUFFIXES: Final = (".localhost", ".local", ".internal", ".home.arpa", ".onion")


def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host by the system's resolver; raises OSError if there is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """What may be fetched: limits, and networks an operator allows although they are not public.

    `resolver` turns host and port into addresses.
    """

    bytes_max: int = 20 * 1024 * 1024
    seconds_max: float = 30.0
    redirects_max: int = 5
    networks_allowed: tuple[Network, ...] = ()
    resolver: Resolver = resolve


def address_problem(url: str) -> str | None:
    """What is wrong with an address by its text alone, None if nothing; asks no name server."""
    if len(url) > URL_LENGTH_MAX or not url.isascii() or any(character <= " " for character in url):
        return f"An address is at most {URL_LENGTH_MAX} ASCII characters without spaces."
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "This is no address."
    if parts.scheme not in PORTS or not parts.hostname:
        return "An address begins with https:// or http:// and names a host."
    if parts.username is not None or parts.password is not None:
        return "An address may not carry a user name or password."
    return _host_problem(parts.hostname)


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
        if address.teredo is not None:
            return False
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def vetted(url: str, policy: FetchPolicy) -> tuple[SplitResult, list[str]]:
    """The parts of an address and where to connect: every answer of the name server must be public.

    The caller connects to one of these very addresses and does not resolve the name again, so
    that a second, different answer is of no use to anybody. Raises fetch_refused; OSError if the
    name is unknown.
    """
    parts = urlsplit(url) if address_problem(url) is None else _maybe_allowed(url, policy)
    host = parts.hostname or ""
    found = policy.resolver(host, parts.port or PORTS[parts.scheme])
    addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in found]
    if not addresses or not all(_allowed(address, policy) for address in addresses):
        raise FETCH_REFUSED.error(f"{host} leads into a private network.", host=host)
    if parts.port not in {None, PORTS[parts.scheme]} and not policy.networks_allowed:
        raise FETCH_REFUSED.error(f"Only the ports 80 and 443 are fetched from, not {parts.port}.", host=host)
    return parts, [str(address) for address in addresses]


def _maybe_allowed(url: str, policy: FetchPolicy) -> SplitResult:
    problem = address_problem(url)
    parts = urlsplit(url) if policy.networks_allowed else None
    if parts is None or parts.scheme not in PORTS or not parts.hostname or parts.username is not None:
        raise FETCH_REFUSED.error(problem or "This is no address.")
    return parts


def _allowed(address: Address, policy: FetchPolicy) -> bool:
    return is_public(address) or any(address in network for network in policy.networks_allowed)
