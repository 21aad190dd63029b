"""The tamper-evident log: signed heads, events, proofs of inclusion.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Audit(Resource):
    """The tamper-evident log: signed heads, events, proofs of inclusion."""

    def read_latest_checkpoint(self) -> t.Checkpoint:
        """Read the newest signed head of the log.

        `GET /v1/audit/checkpoints/latest`; needs `audit.read`.
        """
        return cast("t.Checkpoint", self._call("GET", "/v1/audit/checkpoints/latest"))

    def list_events(
        self, *, cursor: str | None = None, limit: int | None = None, subject: str | None = None
    ) -> t.EventPage:
        """List sealed events, the newest first.

        `GET /v1/audit/events`; needs `audit.read`.
        """
        return cast(
            "t.EventPage",
            self._call("GET", "/v1/audit/events", query={"cursor": cursor, "limit": limit, "subject": subject}),
        )

    def iter_events(self, *, limit: int | None = None, subject: str | None = None) -> Iterator[t.Event]:
        """Walk the rows of all pages of `list_events`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_events(limit=limit, subject=subject, cursor=cursor))

    def prove_event(self, event_id: str) -> t.InclusionProof:
        """Prove that an event is in the log, under the newest signed head.

        `GET /v1/audit/events/{event_id}/proof`; needs `audit.read`.
        """
        return cast(
            "t.InclusionProof",
            self._call("GET", self._path("/v1/audit/events/{event_id}/proof", {"event_id": event_id})),
        )
