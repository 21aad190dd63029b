"""Contesting a rejection.

Generated from docs/worker-openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from typing import cast

from client_api.client.generated.worker import types as t
from client_api.client.resource import Resource


class Disputes(Resource):
    """Contesting a rejection."""

    def open_dispute(self, body: t.DisputeInput, *, idempotency_key: str | None = None) -> t.OpenedDispute:
        """Contest a rejection or a lapsed redo of one's own answer.

        `POST /worker/v1/disputes`; needs `dispute.open`.
        """
        return cast(
            "t.OpenedDispute",
            self._call("POST", "/worker/v1/disputes", body=body, idempotency_key=idempotency_key, keyed=True),
        )
