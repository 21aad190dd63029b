"""Identifiers: time-ordered UUIDs inside, prefixed and opaque text outside.

Outside form: the noun's prefix, an underscore, and the 128 bits as 26 characters of
Crockford's base32 in lower case (the alphabet of ULIDs: no i, l, o, u).
"""

from __future__ import annotations

import re
import uuid
from typing import Final

from uuid_utils import compat, uuid7

from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.texts import named, say

PREFIXES: Final[dict[str, str]] = {
    "organization": "org",
    "person": "per",
    "api_key": "key",
    "passkey": "psk",
    "session": "ses",
    "look": "lok",
    "skill": "skl",
    "skill_grant": "skg",
    "invitation": "inv",
    "identity_provider": "idp",
    "team": "tea",
    "team_invitation": "tin",
    "job": "job",
    "item": "itm",
    "guideline": "gdl",
    "media": "med",
    "contract": "ctr",
    "amendment": "amd",
    "default": "dft",
    "handover": "hov",
    "price_chain": "prc",
    "access_rule": "acr",
    "fee_report": "fee",
    "batch": "bat",
    "task": "tsk",
    "claim": "clm",
    "answer": "ans",
    "review": "rev",
    "dispute": "dsp",
    "appeal": "apl",
    "quality_claim": "qcl",
    "acceptance_mirror": "mir",
    "own_money_move": "omm",
    "earning": "ern",
    "extra": "ext",
    "installment": "ins",
    "payout_run": "run",
    "payout": "pay",
    "payout_freeze": "frz",
    "withholding": "whg",
    "pay_hold": "hld",
    "tax_remittance": "txr",
    "payout_method_change": "pmc",
    "payout_quote": "quo",
    "exchange_rate": "rat",
    "currency_conversion": "cnv",
    "journal": "jrn",
    "period": "prd",
    "books_check": "bok",
    "account": "acc",
    "coverage_report": "cov",
    "event": "evt",
    "log": "log",
    "operation": "opr",
    "export": "exp",
    "kept_book": "kbk",
    "discrepancy": "dis",
    "external_line": "lin",
    "line_match": "lmt",
    "notification": "ntf",
    "bank_file": "bkf",
    "bank_statement": "bks",
    "bank_report": "bkr",
    "bank_csv_layout": "bkl",
    "deposit": "dep",
    "invoice": "doc",
    "refund": "rfd",
    "chargeback": "cbk",
    "bank_refusal": "brf",
    "webhook": "whk",
    "webhook_delivery": "whd",
    "upload": "upl",
}

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
BODY_PATTERN: Final = "[0-7][0-9a-hjkmnp-tv-z]{25}"  # 26 x 5 = 130 bits: the first character holds three
"""The regular expression of what stands after the underscore: 26 characters of the alphabet."""
_BODY: Final = re.compile(BODY_PATTERN)
_PAIRS: Final = [high + low for high in _ALPHABET for low in _ALPHABET]
_TO_PYTHONS_BASE_32: Final = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")


def new_id() -> uuid.UUID:
    """A new UUIDv7: ordered by time, unique without asking anybody (RFC 9562)."""
    return compat.uuid7()


def new_id_text() -> str:
    """A new id in the database's own text form, for uploads: a third of the time that the value takes."""
    return str(uuid7())


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
    if prefix != PREFIXES[noun] or separator != "_" or not _BODY.fullmatch(body):
        raise NOT_FOUND.error(say("There is no %(noun)s with this id.", noun=named(noun)), noun=noun)
    return uuid.UUID(int=int(body.translate(_TO_PYTHONS_BASE_32), 32))
