"""Values that go in and out besides plain JSON: money, versions, bodies.

Money stays what it is on the wire, `{"amount": "0.90", "currency": "CNY"}`, inside the typed dictionaries that every
method takes and returns: so an answer is exactly what the API's documentation shows, may be kept as JSON, and may be
sent back unchanged. `money` makes such a value from a Decimal, an int or a string and refuses floats, `amount_of` gives
the exact Decimal to reckon with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

import httpx

from client_api.client.errors import UnexpectedAnswer
from client_api.client.generated.types import Money

_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\b")

Content: TypeAlias = bytes | Path | BinaryIO | Iterable[bytes]
"""A body that is not JSON. Bytes and paths can be sent again after a broken connection, streams cannot."""


class Read(dict[str, Any]):
    """A JSON object that was read, with what came beside it."""

    etag: str | None = None
    replayed: bool = False
    """Whether this is the kept answer to an earlier request with the same idempotency key."""
    withheld: tuple[str, ...] = ()
    """Fields of a kept answer that are null now, because secrets are shown once and never kept."""


Version: TypeAlias = str | Mapping[str, Any]
"""What a change names as the version it changes: an ETag, or the very value that was read."""


def etag_of(version: Version) -> str:
    """The ETag to send as If-Match. Raises ValueError for a value that came without one."""
    if isinstance(version, str):
        return version
    etag = getattr(version, "etag", None)
    if etag is None:
        raise ValueError("This value came without an ETag: read it by itself, and pass on what was read, not a copy.")
    return str(etag)


def was_replayed(value: Mapping[str, Any]) -> bool:
    """Whether an answer was kept from an earlier request with the same idempotency key."""
    return isinstance(value, Read) and value.replayed


def withheld_from(value: Mapping[str, Any]) -> tuple[str, ...]:
    """The secrets that a kept answer held when it was new: the first answer was lost, and they with it."""
    return value.withheld if isinstance(value, Read) else ()


def money(amount: Decimal | int | str, currency: str) -> Money:
    """An exact amount for the wire. Raises TypeError for a float, ValueError for what is no plain amount from 0 up."""
    if isinstance(amount, float | bool):
        raise TypeError("An amount of money is a Decimal, an int or a string; a float is not exact.")
    try:
        exact = Decimal(amount)
    except InvalidOperation:
        raise ValueError(f"{amount!r} is not an amount.") from None
    if not exact.is_finite() or exact.is_signed():
        raise ValueError(f"{amount!r} is not an amount from 0 up.")
    return {"amount": f"{exact:f}", "currency": currency}


def amount_of(value: Mapping[str, Any]) -> Decimal:
    """The exact amount of a money value; its currency stands beside it."""
    return Decimal(value["amount"])


def comma(values: Iterable[Any] | None) -> str | None:
    """Several values of a filter as the one that the document asks for."""
    return None if values is None else ",".join(map(str, values))


def read_of(response: httpx.Response, *, raw: bool = False) -> Any:
    """The JSON of an answer, an object with its ETag; its bytes if `raw`; None where there is nothing.

    Raises UnexpectedAnswer for what is neither.
    """
    if response.status_code >= 300:
        where = response.headers.get("Location", "nowhere")
        raise UnexpectedAnswer(f"{response.url} answers {response.status_code} and points to {where}.")
    if raw:
        return response.content
    if not response.content:
        return None
    kind = response.headers.get("Content-Type", "")
    try:
        value = response.json() if _JSON.match(kind) else None
    except ValueError:
        value = None
    if value is None:
        raise UnexpectedAnswer(f"{response.url} answers {response.status_code} with {kind or 'no type'}, not JSON.")
    if not isinstance(value, dict):
        return value
    found = Read(value)
    found.etag = response.headers.get("ETag")
    found.replayed = response.headers.get("Idempotent-Replayed") == "true"
    withheld = response.headers.get("Idempotent-Withheld", "")
    found.withheld = tuple(name.strip() for name in withheld.split(",") if name.strip())
    return found
