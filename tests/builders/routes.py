"""What an application can be asked for: every method and address under a prefix, with its guard."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from flask import Flask

from marketplace.kernel.ids import PREFIXES, new_id, public
from marketplace.web.guard import ATTRIBUTE

NOUNS: Final = {
    "change": "payout_method_change",
    "device": "session",
    "file": "bank_file",
    "key": "api_key",
    "line": "external_line",
    "match": "line_match",
    "mirror": "acceptance_mirror",
    "own_money": "own_money_move",
    "provider": "identity_provider",
    "remittance": "tax_remittance",
    "report": "fee_report",
    "rule": "access_rule",
    "run": "payout_run",
}
"""What the parts of addresses name that are not called as the noun is."""
VALUES: Final = {
    "code": "abc",
    "currency": "CNY",
    "day": "2026-01-31",
    "kind": "worker",
    "language": "en",
    "month": "2026-01",
    "move": "pause",
    "name": "journal.csv",
    "number": "1",
    "path": "0/000",
    "rail": "sandbox",
    "severity": "3",
    "token": "nothing",
    "year": "2026",
}
"""Parts of addresses that are no ids."""
_CHOICE: Final = re.compile(r"<any\([^)]*\):")
_PART: Final = re.compile(r"<(?:int:|path:)?(\w+)>")


def routes(app: Flask, prefix: str) -> dict[str, str | None]:
    """Every `GET /address` under the prefix but static files, with its guard; None where it has none."""
    return {
        f"{method} {_CHOICE.sub('<', rule.rule).removeprefix(prefix)}": getattr(
            app.view_functions[rule.endpoint], ATTRIBUTE, None
        )
        for rule in app.url_map.iter_rules()
        if (rule.rule == prefix or rule.rule.startswith(prefix + "/")) and not rule.endpoint.endswith(".static")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def parts(address: str) -> list[str]:
    """The names of what stands for something in an address."""
    return _PART.findall(address)


def noun_of(address: str, part: str) -> str | None:
    """What kind of id stands in that part of an address; None where it is no id."""
    if part == "claim" and "/quality-claims/" in address:
        return "quality_claim"
    noun = NOUNS.get(part.removesuffix("_id"), part.removesuffix("_id"))
    return noun if noun in PREFIXES else None


def path_of(address: str, ids: Mapping[str, str] | None = None) -> str:
    """The address with `ids`, by noun, in its parts, and with ids that nothing has for the other nouns."""
    known = ids or {}

    def value(match: re.Match[str]) -> str:
        noun = noun_of(address, match[1])
        if noun is None:
            return VALUES[match[1]]
        return known.get(noun) or public(noun, new_id())

    return _PART.sub(value, address)
