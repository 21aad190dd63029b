"""Items on whose answers there is no agreement, decided by a third person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.adjudications import AdjudicatedView, AdjudicationInput, AdjudicationQuery, AdjudicationView
from marketplace.db.paging import Page
from marketplace.web.media import media_link
from marketplace.work import adjudicating
from marketplace.work.adjudicating import Adjudicable
from marketplace.work.overlap_models import Adjudication

adjudications = Theme("adjudications", "Items whose answers never agreed, decided by a third person.")


@adjudications.operation(
    "GET", "/adjudications", permission="review.read", query=AdjudicationQuery, returns=AdjudicationView, page=True
)
def list_adjudications(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """List the items that your side decides, the longest waiting first, with the answers one can choose from.

    The side next above the one that opened the tasks decides, or the client; where there is no other, the platform.
    """
    page = adjudicating.adjudications(session(), actor(), **query)
    return Page([_line(one) for one in page.data], page.next_cursor)


def _line(one: Adjudicable) -> dict[str, Any]:
    seen = one.item.content.keys() & {"media", "url"}
    return {
        "item_id": one.item.id,
        "job_id": one.job.id,
        "job_title": one.job.title,
        "kind": one.job.kind,
        "label_schema": one.job.label_schema,
        "external_id": one.item.external_id,
        "item": one.item.content,
        "media_path": media_link(one.item.id, actor()) if seen else None,
        "waiting_since": one.overlap.since,
        "agreement": one.agreement,
        "answers": [
            {"answer_id": given.id, "content": given.content, "submitted_at": given.submitted_at}
            for given in one.answers
        ],
    }


@adjudications.operation(
    "POST",
    "/adjudications/{item_id}/decide",
    permission="review.decide",
    body=AdjudicationInput,
    example={"answer_id": "ans_01h455vb4pex5vsknk084sn02q", "reason": "The guideline counts irony as what is meant."},
    returns=AdjudicatedView,
    idempotent=True,
    refusals=[409],
)
def decide_adjudication(body: dict[str, Any], item_id: UUID) -> Adjudication:
    """Decide an item by one of its answers or by one of your own; no pay changes by it.

    Who answered the item, or belongs to the side that opened its tasks, does not decide on it.
    """
    return adjudicating.adjudicate(session(), actor(), item_id, **body)
