"""Gold items: items whose answer is known, among those of some claims."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.gold import GoldAddedView, GoldItemsInput, GoldItemView, RetireGoldInput
from marketplace.db.paging import Page
from marketplace.work import gold_keeping
from marketplace.work.gold_keeping import GoldLine, GoldRow

gold = Theme("gold", "Items whose answer is known, which show how workers do.")
_EXAMPLE = {
    "items": [
        {
            "external_id": "n-900",
            "rate": "standard",
            "content": {"text": "Not one dull minute."},
            "expected": {"label": "good"},
        }
    ]
}


@gold.operation("GET", "/jobs/{job_id}/gold", permission="task.open", query=ListQuery, returns=GoldItemView, page=True)
def list_gold(query: dict[str, Any], job_id: UUID) -> Page[GoldLine]:
    """List the gold items that your organization made for a job, with how workers did on each."""
    return gold_keeping.list_gold(session(), actor(), job_id, **query)


@gold.operation(
    "POST",
    "/jobs/{job_id}/gold",
    permission="task.open",
    body=GoldItemsInput,
    example=_EXAMPLE,
    returns=GoldAddedView,
    idempotent=True,
    refusals=[409],
)
def add_gold(body: dict[str, Any], job_id: UUID) -> dict[str, int]:
    """Add gold items to a job, all or none, as its client or as a layer that opens tasks of it.

    They are drawn at random for the share of claims that the job's `gold` says, never twice for a worker; a layer's
    only for the claims of its own tasks. They are none of the job's items, and in no result.
    """
    rows = [GoldRow(**row) for row in body["items"]]
    added = len(gold_keeping.add_gold(session(), actor(), job_id, rows))
    return {"added": added, "skipped_existing": len(rows) - added}


@gold.operation(
    "POST",
    "/gold/{item_id}/retire",
    permission="task.open",
    body=RetireGoldInput,
    example={"reason": "The expected answer was wrong."},
    returns=GoldItemView,
    refusals=[409],
)
def retire_gold(body: dict[str, Any], item_id: UUID) -> GoldLine:
    """Draw a gold item no more; claims that hold it are finished and paid.

    It retires by itself when 8 of its last 20 workers fail it.
    """
    return gold_keeping.retire_gold(session(), actor(), item_id, body["reason"])
