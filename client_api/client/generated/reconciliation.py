"""What lines of rails and the bank without a reference were, and how much is explained.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Reconciliation(Resource):
    """What lines of rails and the bank without a reference were, and how much is explained."""

    def list_discrepancies(self) -> t.Discrepancies:
        """List the oldest of what does not match: lines that no journal says, journals that no line
        confirms.

        At most 200 of each. A few minutes old is usual, a day old is not.

        `GET /v1/discrepancies`; needs `reconciliation.read`.
        """
        return cast("t.Discrepancies", self._call("GET", "/v1/discrepancies"))

    def match_line(
        self, external_line_id: str, body: t.LineMatchInput, *, idempotency_key: str | None = None
    ) -> t.LineMatch:
        """Say what a line on 2900 was; above RECONCILIATION_ALONE_MAX it waits for another person.

        `POST /v1/external-lines/{external_line_id}/matches`; needs `reconciliation.match`.
        """
        return cast(
            "t.LineMatch",
            self._call(
                "POST",
                self._path("/v1/external-lines/{external_line_id}/matches", {"external_line_id": external_line_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def set_line_owner(
        self, external_line_id: str, body: t.OwnerInput, *, idempotency_key: str | None = None
    ) -> t.ExternalLine:
        """Say who of finance looks after a line that nothing explains.

        `POST /v1/external-lines/{external_line_id}/owner`; needs `reconciliation.match`.
        """
        return cast(
            "t.ExternalLine",
            self._call(
                "POST",
                self._path("/v1/external-lines/{external_line_id}/owner", {"external_line_id": external_line_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def list_line_matches(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["done", "proposed", "rejected", "undo_asked", "undone"] | None = None,
        line_id: str | None = None,
    ) -> t.LineMatchPage:
        """List what lines without a reference were taken for, the newest first.

        `GET /v1/line-matches`; needs `reconciliation.read`.
        """
        return cast(
            "t.LineMatchPage",
            self._call(
                "GET", "/v1/line-matches", query={"cursor": cursor, "limit": limit, "state": state, "line_id": line_id}
            ),
        )

    def iter_line_matches(
        self,
        *,
        limit: int | None = None,
        state: Literal["done", "proposed", "rejected", "undo_asked", "undone"] | None = None,
        line_id: str | None = None,
    ) -> Iterator[t.LineMatch]:
        """Walk the rows of all pages of `list_line_matches`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_line_matches(limit=limit, state=state, line_id=line_id, cursor=cursor))

    def read_line_match(self, line_match_id: str) -> t.LineMatch:
        """Read one.

        `GET /v1/line-matches/{line_match_id}`; needs `reconciliation.read`.
        """
        return cast(
            "t.LineMatch",
            self._call("GET", self._path("/v1/line-matches/{line_match_id}", {"line_match_id": line_match_id})),
        )

    def approve_line_match(self, line_match_id: str, *, idempotency_key: str | None = None) -> t.LineMatch:
        """Agree to what somebody else said of a line, or to undoing a match: it is booked now.

        `POST /v1/line-matches/{line_match_id}/approve`; needs `reconciliation.match`.
        """
        return cast(
            "t.LineMatch",
            self._call(
                "POST",
                self._path("/v1/line-matches/{line_match_id}/approve", {"line_match_id": line_match_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def reject_line_match(self, line_match_id: str, *, idempotency_key: str | None = None) -> t.LineMatch:
        """Give up what was proposed, or the undoing of a match, also one's own.

        `POST /v1/line-matches/{line_match_id}/reject`; needs `reconciliation.match`.
        """
        return cast(
            "t.LineMatch",
            self._call(
                "POST",
                self._path("/v1/line-matches/{line_match_id}/reject", {"line_match_id": line_match_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def undo_line_match(
        self, line_match_id: str, body: t.UndoInput, *, idempotency_key: str | None = None
    ) -> t.LineMatch:
        """Say that a line was taken for the wrong thing; above RECONCILIATION_ALONE_MAX another person
        must agree.

        Its journals are reversed by their mirrors, and the line stands on 2900 again.

        `POST /v1/line-matches/{line_match_id}/undo`; needs `reconciliation.match`.
        """
        return cast(
            "t.LineMatch",
            self._call(
                "POST",
                self._path("/v1/line-matches/{line_match_id}/undo", {"line_match_id": line_match_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def list_reconciliation_days(self, *, first: str | None = None, last: str | None = None) -> t.ReconciliationDays:
        """List clearing, timeliness and completeness, day by day and account by account, the newest
        first.

        `GET /v1/reconciliation-days`; needs `reconciliation.read`.
        """
        return cast(
            "t.ReconciliationDays", self._call("GET", "/v1/reconciliation-days", query={"first": first, "last": last})
        )
