"""Practice items: what workers see and try before they claim."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.practice import PracticeAddedView, PracticeItemsInput, PracticeItemView
from marketplace.db.paging import Page
from marketplace.jobs import practice as keeping
from marketplace.jobs.practice import PracticeRow
from marketplace.jobs.practice_models import PracticeItem

practice = Theme("practice", "Examples, and items that workers try before they claim.")
_EXAMPLE = {
    "items": [
        {
            "external_id": "p-1",
            "content": {"text": "What a waste of an evening."},
            "expected": {"label": "bad"},
            "explanation": "Nothing good is said of it.",
        }
    ]
}


@practice.operation(
    "GET", "/jobs/{job_id}/practice-items", permission="job.read", query=ListQuery, returns=PracticeItemView, page=True
)
def list_practice_items(query: dict[str, Any], job_id: UUID) -> Page[PracticeItem]:
    """List the examples and practice items of a job, oldest first."""
    return keeping.list_practice(session(), actor(), job_id, **query)


@practice.operation(
    "POST",
    "/jobs/{job_id}/practice-items",
    permission="job.write",
    body=PracticeItemsInput,
    example=_EXAMPLE,
    returns=PracticeAddedView,
    idempotent=True,
    refusals=[409],
)
def add_practice_items(body: dict[str, Any], job_id: UUID) -> dict[str, int]:
    """Add examples and practice items to a job, all or none; a job has at most 20.

    A worker answers them in the form of the task and sees at once what differs; nothing of it is kept, paid or scored.
    Gold with the same content or media is refused, and drawn no more where it is there already: its answer is known,
    also once the practice item is taken away.
    """
    rows = [PracticeRow(**row) for row in body["items"]]
    added = len(keeping.add_practice(session(), actor(), job_id, rows))
    return {"added": added, "skipped_existing": len(rows) - added}


@practice.operation("POST", "/practice-items/{item_id}/remove", permission="job.write", returns=PracticeItemView)
def remove_practice_item(item_id: UUID) -> PracticeItem:
    """Take an example or a practice item away; the answer holds what it was."""
    return keeping.remove_practice(session(), actor(), item_id)
