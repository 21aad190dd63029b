"""What a worker looks for, read from a query: the same parameters at the worker API and in the form of the page."""

from __future__ import annotations

from typing import Any, Final, cast

from werkzeug.datastructures import MultiDict

from marketplace.identity.values import languages
from marketplace.jobs.labels import KINDS
from marketplace.kernel.errors import INVALID, DomainError, FieldError
from marketplace.kernel.ids import parse
from marketplace.kernel.money import Money, exponent
from marketplace.kernel.texts import say
from marketplace.web.malformed import QUERY_INVALID
from marketplace.work.finding import ORDERS, Order, Wanted

WAYS: Final = ("phone", "keyboard", "without_hearing", "without_sight")
FILTERS: Final = ("kind", "language", "skill", "hourly_min", "currency", "severity_max", *WAYS, "order")


def read_wanted(query: MultiDict[str, str]) -> Wanted:
    """The filters in a query; a blank one asks for nothing. Raises query_invalid with a pointer for each wrong one."""
    given = {name: query.get(name, "").strip() for name in FILTERS}
    kinds = tuple(dict.fromkeys(kind for kind in query.getlist("kind") if kind))
    errors = []
    if any(kind not in KINDS for kind in kinds):
        errors.append(FieldError("/kind", "kind_unknown", say("One of %(known)s.", known=tuple(KINDS))))
    if given["language"] and given["language"] not in languages():
        errors.append(FieldError("/language", "language_unknown", say("A code of two letters, such as en.")))
    if given["order"] and given["order"] not in ORDERS:
        errors.append(FieldError("/order", "order_unknown", say("One of %(known)s.", known=tuple(ORDERS))))
    if given["severity_max"] and given["severity_max"] not in {"1", "2", "3", "4", "5"}:
        errors.append(FieldError("/severity_max", "out_of_range", say("A whole number from 1 to 5.")))
    errors += [
        FieldError(f"/{way}", "not_a_boolean", say("This must be true or false."))
        for way in WAYS
        if given[way] not in {"", "true", "false"}
    ]
    found: dict[str, Any] = {}
    for name, pointer, read in (("skill_id", "/skill", _skill), ("hourly_min", "/hourly_min", _hourly_min)):
        try:
            found[name] = read(given)
        except DomainError as error:
            errors.append(_wrong(pointer, error))
    if errors:
        raise QUERY_INVALID.error(say("Some of what you look for cannot be read."), errors=errors)
    found |= {way: given[way] == "true" for way in WAYS}
    return Wanted(
        kinds=kinds,
        language=given["language"] or None,
        severity_max=int(given["severity_max"]) if given["severity_max"] else None,
        order=cast(Order, given["order"] or "oldest"),
        **found,
    )


def _skill(given: dict[str, str]) -> Any:
    return parse("skill", given["skill"]) if given["skill"] else None


def _hourly_min(given: dict[str, str]) -> Money | None:
    """An amount an hour, which says nothing without its currency."""
    currency = given["currency"]
    if currency:
        exponent(currency)
    if given["hourly_min"] and not currency:
        message = say("An amount an hour needs its currency.")
        raise INVALID.error(message, errors=[FieldError("/currency", "required", message)])
    return Money.parse(given["hourly_min"], currency) if given["hourly_min"] else None


def _wrong(pointer: str, error: DomainError) -> FieldError:
    """What is wrong with a parameter, named by itself or as its reader names it."""
    if not error.errors:
        return FieldError(pointer, error.slug, error.detail)
    found = error.errors[0]
    return FieldError("/currency" if "currency" in found.pointer else pointer, error.slug, found.message)
