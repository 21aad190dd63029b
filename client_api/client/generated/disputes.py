"""Rejections that workers contest, and the one appeal that each dispute may have.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Disputes(Resource):
    """Rejections that workers contest, and the one appeal that each dispute may have."""

    def list_disputes(
        self, *, cursor: str | None = None, limit: int | None = None, waiting: bool | None = None
    ) -> t.DisputePage:
        """List disputes, the oldest first: those about your side's verdicts, or all as the platform's
        decider.

        `GET /v1/disputes`; needs `dispute.read`.
        """
        return cast(
            "t.DisputePage",
            self._call("GET", "/v1/disputes", query={"cursor": cursor, "limit": limit, "waiting": waiting}),
        )

    def iter_disputes(self, *, limit: int | None = None, waiting: bool | None = None) -> Iterator[t.Dispute]:
        """Walk the rows of all pages of `list_disputes`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_disputes(limit=limit, waiting=waiting, cursor=cursor))

    def read_dispute(self, dispute_id: str) -> t.Dispute:
        """Read a dispute with its appeal.

        `GET /v1/disputes/{dispute_id}`; needs `dispute.read`.
        """
        return cast("t.Dispute", self._call("GET", self._path("/v1/disputes/{dispute_id}", {"dispute_id": dispute_id})))

    def appeal_against_decision(
        self, dispute_id: str, body: t.GroundsInput, *, idempotency_key: str | None = None
    ) -> t.Dispute:
        """Appeal, as the side that rejected, against a rejection's being overturned.

        What was paid stays paid: it only says whether your verdict was right, which counts for your
        reviewers' statistics. Workers appeal in their own API.

        `POST /v1/disputes/{dispute_id}/appeal`; needs `review.decide`.
        """
        return cast(
            "t.Dispute",
            self._call(
                "POST",
                self._path("/v1/disputes/{dispute_id}/appeal", {"dispute_id": dispute_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def decide_one_dispute(
        self, dispute_id: str, body: t.DisputeDecisionInput, *, idempotency_key: str | None = None
    ) -> t.Dispute:
        """Decide a dispute; overturned, the worker and the whole chain are paid at once.

        `POST /v1/disputes/{dispute_id}/decide`; needs `dispute.decide`.
        """
        return cast(
            "t.Dispute",
            self._call(
                "POST",
                self._path("/v1/disputes/{dispute_id}/decide", {"dispute_id": dispute_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def decide_one_appeal(
        self, dispute_id: str, body: t.AppealDecisionInput, *, idempotency_key: str | None = None
    ) -> t.Dispute:
        """Decide the appeal of a dispute, as somebody who had no part in it; a worker's that is
        granted is paid at once.

        `POST /v1/disputes/{dispute_id}/decide-appeal`; needs `dispute.decide`.
        """
        return cast(
            "t.Dispute",
            self._call(
                "POST",
                self._path("/v1/disputes/{dispute_id}/decide-appeal", {"dispute_id": dispute_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def respond_to_dispute(
        self, dispute_id: str, body: t.ResponseInput, *, idempotency_key: str | None = None
    ) -> t.Dispute:
        """Say why your side stands by its verdict, before somebody else decides.

        `POST /v1/disputes/{dispute_id}/respond`; needs `review.decide`.
        """
        return cast(
            "t.Dispute",
            self._call(
                "POST",
                self._path("/v1/disputes/{dispute_id}/respond", {"dispute_id": dispute_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
