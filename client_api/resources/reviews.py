"""Reviewing answers and deciding disputes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.bulk_reviews import AcceptedView, AcceptInput
from client_api.schemas.reviews import (
    BoughtView,
    BreakerView,
    BuyInput,
    CategoriesView,
    DecidedView,
    GroundsInput,
    QueueLineView,
    ReviewQuery,
    ReviewView,
    SamplingView,
    TakeInput,
    VerdictsInput,
)
from client_api.views import With
from marketplace.db.paging import Page
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.bulk_accepting import accept_claims
from marketplace.settlement.buying import buy_rejected
from marketplace.web.media import media_link
from marketplace.work import breaker, review_queries, review_queue
from marketplace.work.accepting import oldest_waiting
from marketplace.work.categories import REVIEW_CATEGORIES
from marketplace.work.models import Answer
from marketplace.work.review_models import ReviewBreaker
from marketplace.work.review_queue import QueueLine
from marketplace.work.verdicts import Decisions, Verdict
from marketplace.work.views import AnswerView, ClaimView, DrawSummary

reviews = Theme("reviews", "Answers that wait for a verdict, and disputes about rejections.")
_EXAMPLE = {
    "verdicts": [
        {"answer_id": "ans_01h455vb4pex5vsknk084sn02q", "verdict": "accept"},
        {
            "answer_id": "ans_01h455vb4pex5vsknk084sn02r",
            "verdict": "redo",
            "category": "imprecise",
            "comment": "The box is too wide on the left.",
        },
    ]
}


@reviews.operation("GET", "/reviews", permission="review.read", query=ReviewQuery, returns=QueueLineView, page=True)
def list_reviews(query: dict[str, Any]) -> Page[QueueLine]:
    """List the claims that wait for your side's verdict, the oldest submission first; or what is held for it."""
    return review_queue.queue(session(), actor(), **query)


@reviews.operation(
    "POST",
    "/reviews/take-next",
    permission="review.decide",
    body=TakeInput,
    example={},
    returns=QueueLineView,
    refusals=[409],
)
def take_next_review(body: dict[str, Any]) -> QueueLine:
    """Take the claim nearest to its deadline in hand: no other reviewer is given it for a quarter of an hour.

    Asked again, you get the same until you have decided it. It binds nobody and ends by itself.
    """
    return review_queue.take_next(session(), actor(), **body)


@reviews.operation("GET", "/reviews/{claim_id}", permission="review.read", returns=ReviewView)
def read_review(claim_id: UUID) -> With:
    """Read a claim with its answers, items and the guideline it froze."""
    found = review_queries.review_view(session(), actor(), claim_id)
    return With(found, answers=[_answer(found, item_id) for item_id in found.answers])


def _answer(claim: ClaimView, item_id: UUID) -> With:
    given: AnswerView = claim.answers[item_id]
    item = next(item for item in claim.items if item.id == item_id)
    return With(
        given.answer,
        item=item.content,
        content=given.content,
        external_id=item.external_id,
        media_path=media_link(item_id, actor()) if item.content.keys() & {"media", "url"} else None,
        agreement=given.agreement,
        prelabel_changed=given.prelabel_changed,
        verdicts=given.reviews,
        hold=given.hold,
        correction=given.correction,
    )


@reviews.operation(
    "POST",
    "/reviews/{claim_id}/verdicts",
    permission="review.decide",
    body=VerdictsInput,
    example=_EXAMPLE,
    returns=DecidedView,
    idempotent=True,
    refusals=[402],
)
def decide_review(body: dict[str, Any], claim_id: UUID) -> dict[str, Any]:
    """Give verdicts on answers of one claim, all or none; what is accepted is booked at once."""
    verdicts = [Verdict(**verdict) for verdict in body["verdicts"]]
    return _decided(decide_answers(session(), actor(), claim_id, verdicts, pay_redo=body["pay_redo_fee"]))


@reviews.operation(
    "POST",
    "/reviews/accept",
    permission="review.decide",
    body=AcceptInput,
    example={"claim_ids": ["clm_01h455vb4pex5vsknk084sn02q", "clm_01h455vb4pex5vsknk084sn02r"]},
    returns=AcceptedView,
    idempotent=True,
)
def accept_reviews(body: dict[str, Any]) -> dict[str, Any]:
    """Accept every waiting answer of many claims at once, and book them; each claim wholly, or it says why not.

    Answers that are held stay held. What is accepted is booked in one journal for each batch of tasks.
    """
    claim_ids = body.get("claim_ids")
    if claim_ids is None:
        claim_ids = oldest_waiting(session(), actor(), body["job_id"], body.get("limit", 100))
    done = accept_claims(session(), actor(), claim_ids)
    accepted = [
        {"claim_id": claim_id, "answer_count": len(done.accepted[claim_id].answer_ids)}
        for claim_id in claim_ids
        if claim_id in done.accepted
    ]
    return {
        "accepted": accepted,
        "refused": [
            {"claim_id": claim_id, "code": done.refused[claim_id].slug, "detail": done.refused[claim_id].detail}
            for claim_id in claim_ids
            if claim_id in done.refused
        ],
        "answer_count": sum(claim["answer_count"] for claim in accepted),
    }


def _decided(decisions: Decisions) -> dict[str, Any]:
    return {
        "claim_id": decisions.claim.id,
        "claim_state": decisions.claim.state,
        **{
            name: [answer.id for answer in getattr(decisions, name)]
            for name in ("accepted", "paid_not_used", "redo", "rejected", "held")
        },
    }


@reviews.operation(
    "POST",
    "/answers/{answer_id}/pay-not-use",
    permission="job.fund",
    body=BuyInput,
    example={"comment": "We want to see what went wrong."},
    returns=BoughtView,
    idempotent=True,
    refusals=[402],
)
def buy_rejected_answer(body: dict[str, Any], answer_id: UUID) -> Answer:
    """Pay for a finally rejected answer of your job after all, without using it: from then on you may read it."""
    return buy_rejected(session(), actor(), answer_id, **body)


@reviews.operation("GET", "/review-categories", permission="job.read", returns=CategoriesView)
def list_review_categories() -> dict[str, Any]:
    """Read the published list of reasons that every verdict but accept chooses from."""
    return {"data": [{"code": code, "meaning": meaning} for code, meaning in REVIEW_CATEGORIES.items()]}


@reviews.operation(
    "POST",
    "/contracts/{contract_id}/lift-breaker",
    permission="review.decide",
    body=GroundsInput,
    returns=BreakerView,
    refusals=[409],
)
def lift_breaker(body: dict[str, Any], contract_id: UUID) -> ReviewBreaker:
    """Let rejections of a contract take effect again, as a reviewer of the side that decides what is held.

    What is held already stays so until it is decided.
    """
    return breaker.lift(session(), actor(), contract_id, body["reason"])


@reviews.operation("GET", "/jobs/{job_id}/sampling", permission="job.read", returns=SamplingView)
def read_sampling(job_id: UUID) -> DrawSummary:
    """Read what of a job was drawn for review; the secret behind it once the job is settled."""
    return review_queries.draw_summary(session(), actor(), job_id)
