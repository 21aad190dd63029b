"""Answers that wait for a verdict, and disputes about rejections.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Reviews(Resource):
    """Answers that wait for a verdict, and disputes about rejections."""

    def buy_rejected_answer(self, answer_id: str, body: t.BuyInput, *, idempotency_key: str | None = None) -> t.Bought:
        """Pay for a finally rejected answer of your job after all, without using it: from then on you
        may read it.

        `POST /v1/answers/{answer_id}/pay-not-use`; needs `job.fund`.
        """
        return cast(
            "t.Bought",
            self._call(
                "POST",
                self._path("/v1/answers/{answer_id}/pay-not-use", {"answer_id": answer_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def lift_breaker(self, contract_id: str, body: t.GroundsInput) -> t.Breaker:
        """Let rejections of a contract take effect again, as a reviewer of the side that decides what
        is held.

        What is held already stays so until it is decided.

        `POST /v1/contracts/{contract_id}/lift-breaker`; needs `review.decide`.
        """
        return cast(
            "t.Breaker",
            self._call(
                "POST", self._path("/v1/contracts/{contract_id}/lift-breaker", {"contract_id": contract_id}), body=body
            ),
        )

    def read_sampling(self, job_id: str) -> t.Sampling:
        """Read what of a job was drawn for review; the secret behind it once the job is settled.

        `GET /v1/jobs/{job_id}/sampling`; needs `job.read`.
        """
        return cast("t.Sampling", self._call("GET", self._path("/v1/jobs/{job_id}/sampling", {"job_id": job_id})))

    def list_review_categories(self) -> t.Categories:
        """Read the published list of reasons that every verdict but accept chooses from.

        `GET /v1/review-categories`; needs `job.read`.
        """
        return cast("t.Categories", self._call("GET", "/v1/review-categories"))

    def list_reviews(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        job_id: str | None = None,
        contract_id: str | None = None,
        held: bool | None = None,
        sampled: bool | None = None,
        order: Literal["oldest", "deadline"] | None = None,
    ) -> t.QueueLinePage:
        """List the claims that wait for your side's verdict, the oldest submission first; or what is
        held for it.

        `GET /v1/reviews`; needs `review.read`.
        """
        return cast(
            "t.QueueLinePage",
            self._call(
                "GET",
                "/v1/reviews",
                query={
                    "cursor": cursor,
                    "limit": limit,
                    "job_id": job_id,
                    "contract_id": contract_id,
                    "held": held,
                    "sampled": sampled,
                    "order": order,
                },
            ),
        )

    def iter_reviews(
        self,
        *,
        limit: int | None = None,
        job_id: str | None = None,
        contract_id: str | None = None,
        held: bool | None = None,
        sampled: bool | None = None,
        order: Literal["oldest", "deadline"] | None = None,
    ) -> Iterator[t.QueueLine]:
        """Walk the rows of all pages of `list_reviews`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(
            lambda cursor: self.list_reviews(
                limit=limit,
                job_id=job_id,
                contract_id=contract_id,
                held=held,
                sampled=sampled,
                order=order,
                cursor=cursor,
            )
        )

    def accept_reviews(self, body: t.AcceptInput | None = None, *, idempotency_key: str | None = None) -> t.Accepted:
        """Accept every waiting answer of many claims at once, and book them; each claim wholly, or it
        says why not.

        Answers that are held stay held. What is accepted is booked in one journal for each batch of
        tasks.

        `POST /v1/reviews/accept`; needs `review.decide`.
        """
        return cast(
            "t.Accepted",
            self._call("POST", "/v1/reviews/accept", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def take_next_review(self, body: t.TakeInput | None = None) -> t.QueueLine:
        """Take the claim nearest to its deadline in hand: no other reviewer is given it for a quarter
        of an hour.

        Asked again, you get the same until you have decided it. It binds nobody and ends by itself.

        `POST /v1/reviews/take-next`; needs `review.decide`.
        """
        return cast("t.QueueLine", self._call("POST", "/v1/reviews/take-next", body=body))

    def read_review(self, claim_id: str) -> t.Review:
        """Read a claim with its answers, items and the guideline it froze.

        `GET /v1/reviews/{claim_id}`; needs `review.read`.
        """
        return cast("t.Review", self._call("GET", self._path("/v1/reviews/{claim_id}", {"claim_id": claim_id})))

    def decide_review(self, claim_id: str, body: t.VerdictsInput, *, idempotency_key: str | None = None) -> t.Decided:
        """Give verdicts on answers of one claim, all or none; what is accepted is booked at once.

        `POST /v1/reviews/{claim_id}/verdicts`; needs `review.decide`.
        """
        return cast(
            "t.Decided",
            self._call(
                "POST",
                self._path("/v1/reviews/{claim_id}/verdicts", {"claim_id": claim_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
