"""Identifiers: time-ordered UUIDs inside, prefixed and opaque text outside.

Outside form: the noun's prefix, an underscore, and the 128 bits as 26 characters of
Crockford's base32 in lower case (the alphabet of ULIDs: no i, l, o, u).
"""

from __future__ import annotations

import uuid
from typing import Final

from uuid_utils import compat

from marketplace.kernel.errors import NOT_FOUND

PREFIXES: Final[dict[str, str]] = {
    "organization": "org",
    "person": "per",
    "api_key": "key",
    "job": "job",
    "item": "itm",
    "guideline": "gdl",
    "media": "med",
    "contract": "ctr",
    "price_chain": "prc",
    "batch": "bat",
    "task": "tsk",
    "claim": "clm",
    "answer": "ans",
    "review": "rev",
    "dispute": "dsp",
    "earning": "ern",
    "installment": "ins",
    "payout_run": "run",
    "payout": "pay",
    "journal": "jrn",
    "account": "acc",
    "event": "evt",
    "operation": "opr",
    "discrepancy": "dis",
    "external_line": "lin",
    "notification": "ntf",
    "deposit": "dep",
}

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH: Final = 26
_HIGHEST_FIRST: Final = "01234567"  # 26 x 5 = 130 bits: the first character holds three
_VALUES: Final = {character: value for value, character in enumerate(_ALPHABET)}
_PAIRS: Final = [high + low for high in _ALPHABET for low in _ALPHABET]


def new_id() -> uuid.UUID:
    """A new UUIDv7: ordered by time, unique without asking anybody (RFC 9562)."""
    return compat.uuid7()


def public(noun: str, identifier: uuid.UUID) -> str:
    """The id as outsiders see it, `job_01h4…`; raises KeyError for an unknown noun."""
    value = identifier.int
    # Ten bits at a time from a table: this runs several times in every claim.
    pairs = [_PAIRS[(value >> shift) & 1023] for shift in range(120, -1, -10)]
    return f"{PREFIXES[noun]}_{''.join(pairs)}"


def parse(noun: str, text: object) -> uuid.UUID:
    """Read an outside id of that noun back.

    Raises `not_found` for anything malformed or of another noun, so that a wrong id
    and an id one may not see look alike.
    """
    prefix, separator, body = text.partition("_") if isinstance(text, str) else ("", "", "")
    well_formed = (
        prefix == PREFIXES[noun]
        and separator == "_"
        and len(body) == _LENGTH
        and body[0] in _HIGHEST_FIRST
        and all(character in _VALUES for character in body)
    )
    if not well_formed:
        raise NOT_FOUND.error(f"There is no {noun.replace('_', ' ')} with this id.", noun=noun)
    value = 0
    for character in body:
        value = value << 5 | _VALUES[character]
    return uuid.UUID(int=value)
