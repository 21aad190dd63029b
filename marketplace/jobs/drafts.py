"""A job as its client describes it, and everything that can be wrong with that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from marketplace.jobs.consensus import ConsensusPolicy, consensus_errors
from marketplace.jobs.gold import Gold, gold_errors
from marketplace.jobs.labels import KINDS, schema_errors
from marketplace.jobs.models import ACCEPTANCE_BY, PRICE_VISIBILITIES
from marketplace.jobs.overlap import Overlap, overlap_errors
from marketplace.jobs.protection import Protection, protection_errors
from marketplace.jobs.review_policy import ReviewPolicy, review_policy_errors
from marketplace.jobs.screening import Screening, screening_errors
from marketplace.kernel.errors import FieldError
from marketplace.kernel.money import PPM, Money, known_currency
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart

TITLE_MAX: Final = 200
TEXT_MAX: Final = 100_000
RATES_MAX: Final = 50
RULES_MAX: Final = 200
DAY_SECONDS: Final = 86_400
INSPECTION_DAYS_DEFAULT: Final = 14
QUALITY_SHARE_PPM_DEFAULT: Final = 300_000
INSPECTION_DAYS_MAX: Final = 90
DEFAULT_TERMS: Final = SettlementTerms((TermPart(1, 1, Anchor.MONTH_END),))

_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_RULE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True, slots=True)
class RateDraft:
    """One line of the rate card: gross price per accepted answer, and the least pay if any."""

    code: str
    price: Money
    worker_pay_min: Money | None = None


@dataclass(frozen=True, slots=True)
class GuidelineDraft:
    """Rules that reviews may cite: `rules` are (id, text) pairs."""

    text: str
    rules: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class JobDraft:
    """What a client asks for; field names are those of the API, seconds and months as named.

    For `inspection_days` after an answer's acceptance its quality can be claimed, and no margin of it falls due; a
    claim brings at most `quality_share_ppm` (parts per million) of what the claimant pays for the answer.
    At most `late_answers_max` answers in all are paid beyond `redundancy`, to who came late and lost their seat.
    `allowance` is kept back in the reserve for gold answers, bonuses and paid recovery; None is nothing.
    """

    title: str
    kind: str
    instructions: str
    label_schema: dict[str, Any]
    currency: str
    rates: tuple[RateDraft, ...]
    redundancy: int = 1
    layers_max: int = 3
    worker_share_min_ppm: int | None = None
    deferral_months_max: int | None = None
    settlement_terms: SettlementTerms = field(default=DEFAULT_TERMS)
    price_visibility: str = "full"
    acceptance_by: str = "layer"
    auto_accept_seconds: int = 7 * DAY_SECONDS
    redo_max: int = 2
    inspection_days: int = INSPECTION_DAYS_DEFAULT
    quality_share_ppm: int = QUALITY_SHARE_PPM_DEFAULT
    media_retention_days: int | None = None
    claims_held_max: int | None = None
    late_answers_max: int = 0
    lease_seconds: int = 3600
    severity: int = 1
    allowance: Money | None = None
    protection: Protection | None = None
    screening: Screening = field(default=Screening())
    review: ReviewPolicy = field(default=ReviewPolicy())
    overlap: Overlap | None = None
    consensus: ConsensusPolicy = field(default=ConsensusPolicy())
    gold: Gold | None = None
    guideline: GuidelineDraft | None = None


_RANGES: Final[dict[str, tuple[int, int]]] = {
    "redundancy": (1, 100),
    "layers_max": (0, 10),
    "auto_accept_seconds": (60, 90 * DAY_SECONDS),
    "redo_max": (0, 10),
    "inspection_days": (0, INSPECTION_DAYS_MAX),
    "quality_share_ppm": (0, PPM),
    "lease_seconds": (60, 7 * DAY_SECONDS),
    "late_answers_max": (0, 1_000_000),
    "severity": (1, 5),
}
_OPTIONAL_RANGES: Final[dict[str, tuple[int, int]]] = {
    "worker_share_min_ppm": (0, PPM),
    "deferral_months_max": (0, 120),
    "media_retention_days": (0, 3650),
    "claims_held_max": (1, 1000),
}


def draft_errors(draft: JobDraft) -> list[FieldError]:
    """Everything wrong with a draft, each with the pointer of its field; empty is good."""
    return [
        *_text_errors(draft),
        *_choice_errors(draft),
        *_number_errors(draft),
        *_rate_errors(draft),
        *_terms_errors(draft),
        *_allowance_errors(draft),
        *protection_errors(draft.protection, draft.currency, draft.allowance),
        *screening_errors(draft.screening),
        *review_policy_errors(draft.review),
        *consensus_errors(draft.consensus, kind=draft.kind, schema=draft.label_schema),
        *gold_errors(draft.gold, draft.allowance),
        *overlap_errors(draft.overlap, redundancy=draft.redundancy, kind=draft.kind),
        *guideline_errors(draft.guideline, "/guideline"),
    ]


def _text_errors(draft: JobDraft) -> Iterator[FieldError]:
    for name, longest in (("title", TITLE_MAX), ("instructions", TEXT_MAX)):
        yield from _text_error(getattr(draft, name), f"/{name}", longest)


def _text_error(text: str, pointer: str, longest: int) -> Iterator[FieldError]:
    if not text.strip():
        yield FieldError(pointer, "required", "This may not be empty.")
    elif len(text) > longest:
        yield FieldError(pointer, "too_long", f"At most {longest} characters.")
    elif "\x00" in text:
        yield FieldError(pointer, "text_invalid", "Text may not hold the character NUL.")


def _choice_errors(draft: JobDraft) -> Iterator[FieldError]:
    kind = KINDS.get(draft.kind)
    if kind is None:
        yield FieldError("/kind", "unknown_choice", f"One of {', '.join(KINDS)}.")
    else:
        for error in schema_errors(kind, draft.label_schema):
            yield FieldError(f"/label_schema{error.pointer}", error.code, error.message)
    if not known_currency(draft.currency):
        yield FieldError("/currency", "currency_unknown", f"{draft.currency!r} is not a currency code of ISO 4217.")
    for name, allowed in (("price_visibility", PRICE_VISIBILITIES), ("acceptance_by", ACCEPTANCE_BY)):
        if getattr(draft, name) not in allowed:
            yield FieldError(f"/{name}", "unknown_choice", f"One of {', '.join(allowed)}.")


def _number_errors(draft: JobDraft) -> Iterator[FieldError]:
    for name, (lowest, highest) in {**_RANGES, **_OPTIONAL_RANGES}.items():
        value = getattr(draft, name)
        if value is None and name in _OPTIONAL_RANGES:
            continue
        if type(value) is not int or not lowest <= value <= highest:
            yield FieldError(f"/{name}", "out_of_range", f"A whole number from {lowest} to {highest}.")


def _rate_errors(draft: JobDraft) -> Iterator[FieldError]:
    if not 1 <= len(draft.rates) <= RATES_MAX:
        yield FieldError("/rates", "out_of_range", f"A rate card has 1 to {RATES_MAX} rates.")
    seen: set[str] = set()
    for index, rate in enumerate(draft.rates):
        at = f"/rates/{index}"
        if not _CODE.fullmatch(rate.code):
            yield FieldError(f"{at}/code", "code_invalid", "1 to 40 lower-case letters, digits, - or _.")
        elif rate.code in seen:
            yield FieldError(f"{at}/code", "duplicate", f"The code {rate.code!r} is there twice.")
        seen.add(rate.code)
        yield from _price_errors(draft.currency, rate, at)


def _price_errors(currency: str, rate: RateDraft, at: str) -> Iterator[FieldError]:
    if rate.price.currency != currency:
        yield FieldError(f"{at}/price/currency", "currency_differs", f"All prices of the job are in {currency}.")
    elif rate.price.amount <= 0:
        yield FieldError(f"{at}/price/amount", "not_positive", "A price is more than nothing.")
    pay_min = rate.worker_pay_min
    if pay_min is None:
        return
    if pay_min.currency != currency:
        yield FieldError(f"{at}/worker_pay_min/currency", "currency_differs", f"All amounts are in {currency}.")
    elif pay_min.currency == rate.price.currency and not 0 <= pay_min.amount <= rate.price.amount:
        yield FieldError(f"{at}/worker_pay_min/amount", "above_price", "The least pay lies between 0 and the price.")


def _terms_errors(draft: JobDraft) -> Iterator[FieldError]:
    cap = draft.deferral_months_max
    if type(cap) is int and draft.settlement_terms.months_max > cap:
        yield FieldError(
            "/settlement_terms",
            "deferral_months_max",
            f"The terms defer by {draft.settlement_terms.months_max} months; deferral_months_max is {cap}.",
        )


def _allowance_errors(draft: JobDraft) -> Iterator[FieldError]:
    if draft.allowance is None:
        return
    if draft.allowance.currency != draft.currency:
        yield FieldError("/allowance/currency", "currency_differs", f"All amounts are in {draft.currency}.")
    elif draft.allowance.amount < 0:
        yield FieldError("/allowance/amount", "amount_negative", "An allowance is nothing or more.")


def guideline_errors(guideline: GuidelineDraft | None, pointer: str = "") -> Iterator[FieldError]:
    """Everything wrong with a guideline, with pointers below `pointer`."""
    if guideline is None:
        return
    yield from _text_error(guideline.text, f"{pointer}/text", TEXT_MAX)
    if len(guideline.rules) > RULES_MAX:
        yield FieldError(f"{pointer}/rules", "out_of_range", f"At most {RULES_MAX} rules.")
    seen: set[str] = set()
    for index, (rule_id, text) in enumerate(guideline.rules):
        at = f"{pointer}/rules/{index}"
        if not _RULE_ID.fullmatch(rule_id):
            yield FieldError(f"{at}/id", "code_invalid", "1 to 40 letters, digits, dots, - or _.")
        elif rule_id in seen:
            yield FieldError(f"{at}/id", "duplicate", f"The rule {rule_id!r} is there twice.")
        seen.add(rule_id)
        yield from _text_error(text, f"{at}/text", TEXT_MAX)
