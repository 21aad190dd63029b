"""Practice items of a text job."""

from typing import Any

from sqlalchemy.orm import Session

from marketplace.jobs.practice import PracticeRow, add_practice
from marketplace.jobs.practice_models import PracticeItem
from tests.builders.work import Market


def practice_row(name: str = "p-1", **overrides: Any) -> PracticeRow:
    """A text that is bad."""
    values: dict[str, Any] = {
        "content": {"text": f"What a waste of an evening, {name}."},
        "expected": {"label": "bad"},
        "explanation": "Nothing good is said of it.",
        **overrides,
    }
    return PracticeRow(name, **values)


def make_practice(session: Session, market: Market, *rows: PracticeRow) -> list[PracticeItem]:
    """One practice item, or those of the rows, added by the client."""
    return add_practice(session, market.requester, market.job.id, rows or [practice_row()])
