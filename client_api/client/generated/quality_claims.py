"""Accepted answers that are not good: margin back from the layer that vouched for them.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class QualityClaims(Resource):
    """Accepted answers that are not good: margin back from the layer that vouched for them."""

    def list_quality_claims(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["contested", "dismissed", "open", "upheld", "withdrawn"] | None = None,
        job_id: str | None = None,
    ) -> t.QualityClaimPage:
        """List quality claims that your organization makes or is asked to answer, the newest first; as
        staff all.

        `GET /v1/quality-claims`; needs `quality_claim.read`.
        """
        return cast(
            "t.QualityClaimPage",
            self._call(
                "GET", "/v1/quality-claims", query={"cursor": cursor, "limit": limit, "state": state, "job_id": job_id}
            ),
        )

    def iter_quality_claims(
        self,
        *,
        limit: int | None = None,
        state: Literal["contested", "dismissed", "open", "upheld", "withdrawn"] | None = None,
        job_id: str | None = None,
    ) -> Iterator[t.QualityClaim]:
        """Walk the rows of all pages of `list_quality_claims`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_quality_claims(limit=limit, state=state, job_id=job_id, cursor=cursor))

    def open_quality_claim(self, body: t.QualityClaimInput, *, idempotency_key: str | None = None) -> t.QualityClaim:
        """Claim the quality of accepted answers while they can be inspected, as the client or a layer
        above.

        It is against the layer whose reviewer accepted them, else the one that opened the task.
        Nothing of it touches what the worker earned, and the answers stay yours.

        `POST /v1/quality-claims`; needs `quality_claim.open`.
        """
        return cast(
            "t.QualityClaim",
            self._call("POST", "/v1/quality-claims", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def read_quality_claim(self, quality_claim_id: str) -> t.QualityClaim:
        """Read a quality claim.

        `GET /v1/quality-claims/{quality_claim_id}`; needs `quality_claim.read`.
        """
        return cast(
            "t.QualityClaim",
            self._call(
                "GET", self._path("/v1/quality-claims/{quality_claim_id}", {"quality_claim_id": quality_claim_id})
            ),
        )

    def agree_to_quality_claim(self, quality_claim_id: str, *, idempotency_key: str | None = None) -> t.QualityClaim:
        """Agree to a claim against your organization: what is asked goes back to the job's reserve.

        `POST /v1/quality-claims/{quality_claim_id}/agree`; needs `quality_claim.answer`.
        """
        return cast(
            "t.QualityClaim",
            self._call(
                "POST",
                self._path("/v1/quality-claims/{quality_claim_id}/agree", {"quality_claim_id": quality_claim_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def contest_quality_claim(
        self, quality_claim_id: str, body: t.QualityClaimResponse, *, idempotency_key: str | None = None
    ) -> t.QualityClaim:
        """Contest a claim against your organization, and say why; the platform's operations decide.

        `POST /v1/quality-claims/{quality_claim_id}/contest`; needs `quality_claim.answer`.
        """
        return cast(
            "t.QualityClaim",
            self._call(
                "POST",
                self._path("/v1/quality-claims/{quality_claim_id}/contest", {"quality_claim_id": quality_claim_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def decide_quality_claim(
        self, quality_claim_id: str, body: t.QualityClaimDecision, *, idempotency_key: str | None = None
    ) -> t.QualityClaim:
        """Decide a contested claim, as somebody who belongs to no side of the work.

        `POST /v1/quality-claims/{quality_claim_id}/decide`; needs `quality_claim.decide`.
        """
        return cast(
            "t.QualityClaim",
            self._call(
                "POST",
                self._path("/v1/quality-claims/{quality_claim_id}/decide", {"quality_claim_id": quality_claim_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def withdraw_quality_claim(self, quality_claim_id: str, *, idempotency_key: str | None = None) -> t.QualityClaim:
        """Withdraw a claim of yours that is not decided yet.

        `POST /v1/quality-claims/{quality_claim_id}/withdraw`; needs `quality_claim.open`.
        """
        return cast(
            "t.QualityClaim",
            self._call(
                "POST",
                self._path("/v1/quality-claims/{quality_claim_id}/withdraw", {"quality_claim_id": quality_claim_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
