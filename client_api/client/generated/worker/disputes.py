"""Contesting a rejection.

Generated from docs/worker-openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from typing import cast

from client_api.client.generated.worker import types as t
from client_api.client.resource import Resource


class Disputes(Resource):
    """Contesting a rejection."""

    def open_disputes(
        self, claim_id: str, body: t.DisputesInput, *, idempotency_key: str | None = None
    ) -> t.OpenedDisputes:
        """Contest several answers of one claim for one reason, all or none; all that can be contested
        if none is named.

        `POST /worker/v1/claims/{claim_id}/disputes`; needs `dispute.open`.
        """
        return cast(
            "t.OpenedDisputes",
            self._call(
                "POST",
                self._path("/worker/v1/claims/{claim_id}/disputes", {"claim_id": claim_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def open_dispute(self, body: t.DisputeInput, *, idempotency_key: str | None = None) -> t.OpenedDispute:
        """Contest a rejection or a lapsed redo of one's own answer.

        `POST /worker/v1/disputes`; needs `dispute.open`.
        """
        return cast(
            "t.OpenedDispute",
            self._call("POST", "/worker/v1/disputes", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def appeal_dispute(self, dispute_id: str, body: t.AppealInput, *, idempotency_key: str | None = None) -> t.Appeal:
        """Appeal against a dispute's having been upheld; somebody else decides, and silence decides
        for you.

        `POST /worker/v1/disputes/{dispute_id}/appeal`; needs `dispute.open`.
        """
        return cast(
            "t.Appeal",
            self._call(
                "POST",
                self._path("/worker/v1/disputes/{dispute_id}/appeal", {"dispute_id": dispute_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
