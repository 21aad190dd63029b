"""The end-to-end id of a payment: it leads back to payout and attempt, and stands again on the bank's statement.

`PO-<26 characters of the payout's id>-<attempt>`, 33 characters of those that every bank passes on.
"""

import re
import uuid
from typing import Final

from marketplace.kernel.bank_numbers import compact
from marketplace.kernel.ids import public

ATTEMPT_MAX: Final = 999

_PREFIXES: Final = {"payout": "PO", "refund": "RE"}
_WRITTEN: Final = re.compile(r"(?:PO|RE)-[0-9A-Z]{26}-[0-9]{3}")
_FILES: Final = re.compile(r"(?:PW|TEST)-[0-9A-Z]{26}")
_NOUNS: Final = {"PO": "payout", "RE": "refund"}


def end_to_end_id(noun: str, identifier: uuid.UUID, attempt: int = 1) -> str:
    """The id of a payout's attempt, or of a refund. Raises ValueError beyond attempt 999."""
    if not 1 <= attempt <= ATTEMPT_MAX:
        raise ValueError(f"no end-to-end id for attempt {attempt}: it has three digits")
    return f"{_PREFIXES[noun]}-{public(noun, identifier).rpartition('_')[2].upper()}-{attempt:03}"


def end_to_end_ids_in(text: str) -> list[str]:
    """Every id of ours in what a bank wrote, whatever lines it broke it into."""
    return _WRITTEN.findall(compact(text))


def message_ids_in(text: str) -> list[str]:
    """Every id of a payment file of ours in what a bank wrote of a booking."""
    return _FILES.findall(compact(text))


def subject_of(reference: str) -> tuple[str, str, int]:
    """Noun, public id and attempt behind an end-to-end id: ("payout", "pay_…", 1)."""
    prefix, body, attempt = reference.split("-")
    noun = _NOUNS[prefix]
    return noun, f"{_PUBLIC[noun]}{body.lower()}", int(attempt)


_PUBLIC: Final = {noun: public(noun, uuid.UUID(int=0)).partition("_")[0] + "_" for noun in _PREFIXES}
