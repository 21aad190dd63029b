"""Bodies that are right, to be changed by keywords."""

from __future__ import annotations

from typing import Any

TERMS = [
    {"weight": 1, "months": 1, "anchor": "month_end"},
    {"weight": 1, "months": 6, "anchor": "month_end"},
]


def money(amount: str, currency: str = "CNY") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def job(**changes: Any) -> dict[str, Any]:
    body = {
        "title": "Street scenes",
        "kind": "text_classification",
        "instructions": "Say what it is.",
        "label_schema": {"classes": ["good", "bad"]},
        "currency": "CNY",
        "settlement_terms": TERMS,
        "rates": [{"code": "standard", "price": money("0.90")}],
        "guideline": {"text": "Read it first.", "rules": [{"id": "G1", "text": "One class."}]},
    }
    return {**body, **changes}


def items(count: int, rate: str = "standard") -> list[dict[str, Any]]:
    return [{"external_id": f"n-{n}", "rate": rate, "content": {"text": f"Text {n}"}} for n in range(1, count + 1)]
