"""Numbers that carry their own proof: IBANs and creditor references, by ISO 7064 mod 97-10."""

import re
from typing import Final

_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC: Final = re.compile(r"[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
_REFERENCE: Final = re.compile(r"RF[0-9]{11}")
_NUMBER_MAX: Final = 10**9


def compact(text: str) -> str:
    """Without spaces, in capitals: people write these numbers in groups."""
    return "".join(text.split()).upper()


def check_digits_fit(text: str) -> bool:
    """Whether a compact text, such as RF18539007547034, has the check digits that its other characters ask for."""
    return _remainder(text) == 1


def is_iban(text: str) -> bool:
    """Whether a compact text is an IBAN with the right check digits (ISO 13616)."""
    return bool(_IBAN.fullmatch(text)) and check_digits_fit(text)


def is_bic(text: str) -> bool:
    """Whether a compact text has the form of a BIC (ISO 9362)."""
    return bool(_BIC.fullmatch(text))


def creditor_reference(number: int) -> str:
    """The creditor reference of ISO 11649 for a number, `RF` and eleven digits, of which two are check digits.

    Raises ValueError for a number of more than nine digits.
    """
    if not 0 < number < _NUMBER_MAX:
        raise ValueError(f"no reference for {number}: it has one to nine digits")
    body = f"{number:09}"
    return f"RF{98 - _remainder(f'RF00{body}'):02}{body}"


def creditor_references_in(text: str) -> list[str]:
    """Every creditor reference of ours with the right check digits in what a payer wrote, however grouped."""
    written = compact(text)
    found = (written[at : at + 13] for at in range(len(written)) if written.startswith("RF", at))
    return [one for one in found if _REFERENCE.fullmatch(one) and check_digits_fit(one)]


def _remainder(text: str) -> int:
    turned = text[4:] + text[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97
