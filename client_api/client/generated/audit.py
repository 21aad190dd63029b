"""The tamper-evident log: signed heads, events, proofs, receipts.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Audit(Resource):
    """The tamper-evident log: signed heads, events, proofs, receipts."""

    def read_checkpoint(self, *, tree_size: int | None = None) -> t.Checkpoint:
        """Read the signed head of so many leaves.

        `GET /v1/audit/checkpoint`; needs `log.read`.
        """
        return cast("t.Checkpoint", self._call("GET", "/v1/audit/checkpoint", query={"tree_size": tree_size}))

    def list_checkpoints(self, *, cursor: str | None = None, limit: int | None = None) -> t.CheckpointPage:
        """List the signed heads of the log, the newest first.

        `GET /v1/audit/checkpoints`; needs `log.read`.
        """
        return cast(
            "t.CheckpointPage", self._call("GET", "/v1/audit/checkpoints", query={"cursor": cursor, "limit": limit})
        )

    def iter_checkpoints(self, *, limit: int | None = None) -> Iterator[t.Checkpoint]:
        """Walk the rows of all pages of `list_checkpoints`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_checkpoints(limit=limit, cursor=cursor))

    def read_latest_checkpoint(self) -> t.Checkpoint:
        """Read the newest signed head of the log.

        `GET /v1/audit/checkpoints/latest`; needs `log.read`.
        """
        return cast("t.Checkpoint", self._call("GET", "/v1/audit/checkpoints/latest"))

    def prove_consistency(self, *, first: int, second: int | None = None) -> t.ConsistencyProof:
        """Prove that the log has only grown from one signed head to another.

        `GET /v1/audit/consistency-proof`; needs `log.read`.
        """
        return cast(
            "t.ConsistencyProof",
            self._call("GET", "/v1/audit/consistency-proof", query={"first": first, "second": second}),
        )

    def list_events(
        self, *, cursor: str | None = None, limit: int | None = None, subject: str | None = None
    ) -> t.EventPage:
        """List the sealed events that concern your organization, the newest first; auditor and
        operations see all.

        `GET /v1/audit/events`; needs `log.read`.
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

    def prove_event(self, event_id: str, *, tree_size: int | None = None) -> t.InclusionProof:
        """Prove that an event is in the log, under the newest signed head or one of your choice.

        `GET /v1/audit/events/{event_id}/proof`; needs `log.read`.
        """
        return cast(
            "t.InclusionProof",
            self._call(
                "GET",
                self._path("/v1/audit/events/{event_id}/proof", {"event_id": event_id}),
                query={"tree_size": tree_size},
            ),
        )

    def read_receipt(self, event_id: str) -> t.Receipt:
        """Get the signed promise that an event will be in the log within a minute, sealed or not.

        `GET /v1/audit/events/{event_id}/receipt`; needs `log.read`.
        """
        return cast(
            "t.Receipt", self._call("GET", self._path("/v1/audit/events/{event_id}/receipt", {"event_id": event_id}))
        )

    def list_receipts(self, *, subject: str) -> t.Receipts:
        """Get receipts for what you just did: the newest events about a job, a contract, a claim, a
        payout.

        Whatever changed something is written into the log in the same transaction; ask with the id
        of what was changed.

        `GET /v1/audit/receipts`; needs `log.read`.
        """
        return cast("t.Receipts", self._call("GET", "/v1/audit/receipts", query={"subject": subject}))

    def list_timestamps(self, *, cursor: str | None = None, limit: int | None = None) -> t.TimestampPage:
        """List the time stamps (RFC 3161) of signed heads, that of the largest head first.

        `GET /v1/audit/timestamps`; needs `log.read`.
        """
        return cast(
            "t.TimestampPage", self._call("GET", "/v1/audit/timestamps", query={"cursor": cursor, "limit": limit})
        )

    def iter_timestamps(self, *, limit: int | None = None) -> Iterator[t.Timestamp]:
        """Walk the rows of all pages of `list_timestamps`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_timestamps(limit=limit, cursor=cursor))
