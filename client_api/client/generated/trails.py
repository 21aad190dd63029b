"""A payout followed from answers to the bank's line: every sum, and every difference by its reason.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Trails(Resource):
    """A payout followed from answers to the bank's line: every sum, and every difference by its
    reason.
    """

    def read_payout_history(self, payout_id: str) -> t.PayoutHistory:
        """Read what happened to a payout, the oldest first.

        `GET /v1/payouts/{payout_id}/history`; needs `payout_run.read`.
        """
        return cast(
            "t.PayoutHistory",
            self._call("GET", self._path("/v1/payouts/{payout_id}/history", {"payout_id": payout_id})),
        )

    def read_payout_trail(self, payout_id: str) -> t.Trail:
        """Follow a payout: answers, earnings, installments, payout, transfer, lines; first what does
        not add up.

        `GET /v1/payouts/{payout_id}/trail`; needs `payout_run.read`.
        """
        return cast("t.Trail", self._call("GET", self._path("/v1/payouts/{payout_id}/trail", {"payout_id": payout_id})))

    def list_payout_trail_earnings(
        self, payout_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> t.TrailEarningPage:
        """List the shares of earnings that the payout pays, with their answers and items.

        `GET /v1/payouts/{payout_id}/trail/earnings`; needs `payout_run.read`.
        """
        return cast(
            "t.TrailEarningPage",
            self._call(
                "GET",
                self._path("/v1/payouts/{payout_id}/trail/earnings", {"payout_id": payout_id}),
                query={"cursor": cursor, "limit": limit},
            ),
        )

    def iter_payout_trail_earnings(self, payout_id: str, *, limit: int | None = None) -> Iterator[t.TrailEarning]:
        """Walk the rows of all pages of `list_payout_trail_earnings`, which are fetched as they are
        needed; `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_payout_trail_earnings(payout_id, limit=limit, cursor=cursor))

    def list_payout_trail_installments(
        self, payout_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> t.TrailInstallmentPage:
        """List the installments that the payout took.

        `GET /v1/payouts/{payout_id}/trail/installments`; needs `payout_run.read`.
        """
        return cast(
            "t.TrailInstallmentPage",
            self._call(
                "GET",
                self._path("/v1/payouts/{payout_id}/trail/installments", {"payout_id": payout_id}),
                query={"cursor": cursor, "limit": limit},
            ),
        )

    def iter_payout_trail_installments(
        self, payout_id: str, *, limit: int | None = None
    ) -> Iterator[t.TrailInstallment]:
        """Walk the rows of all pages of `list_payout_trail_installments`, which are fetched as they
        are needed; `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_payout_trail_installments(payout_id, limit=limit, cursor=cursor))

    def find_trails(self, *, of: str, cursor: str | None = None, limit: int | None = None) -> t.PlacePage:
        """Find the payouts that money is in, from any id or reference of it: an item's as well as a
        bank line's.

        `GET /v1/trails`; needs `payout_run.read`.
        """
        return cast("t.PlacePage", self._call("GET", "/v1/trails", query={"cursor": cursor, "limit": limit, "of": of}))

    def iter_find_trails(self, *, of: str, limit: int | None = None) -> Iterator[t.Place]:
        """Walk the rows of all pages of `find_trails`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.find_trails(limit=limit, of=of, cursor=cursor))
