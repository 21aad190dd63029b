"""Payments of clients that were charged back at the rail.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Chargebacks(Resource):
    """Payments of clients that were charged back at the rail."""

    def list_chargebacks(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["lost", "open", "won"] | None = None,
    ) -> t.ChargebackPage:
        """List chargebacks, the newest first: your organization's, or as the platform's staff
        everybody's.

        `GET /v1/chargebacks`; needs `chargeback.read`.
        """
        return cast(
            "t.ChargebackPage",
            self._call("GET", "/v1/chargebacks", query={"cursor": cursor, "limit": limit, "state": state}),
        )

    def iter_chargebacks(
        self, *, limit: int | None = None, state: Literal["lost", "open", "won"] | None = None
    ) -> Iterator[t.Chargeback]:
        """Walk the rows of all pages of `list_chargebacks`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_chargebacks(limit=limit, state=state, cursor=cursor))

    def read_chargeback(self, chargeback_id: str) -> t.Chargeback:
        """Read a chargeback.

        `GET /v1/chargebacks/{chargeback_id}`; needs `chargeback.read`.
        """
        return cast(
            "t.Chargeback",
            self._call("GET", self._path("/v1/chargebacks/{chargeback_id}", {"chargeback_id": chargeback_id})),
        )

    def declare_chargeback_lost(
        self, chargeback_id: str, body: t.ChargebackReason, *, idempotency_key: str | None = None
    ) -> t.Chargeback:
        """Say that the payer's bank decided for the payer, where the rail's own message did not come.

        What of the client's money is frozen for it is paid with that; what is not covered the
        client owes.

        `POST /v1/chargebacks/{chargeback_id}/declare-lost`; needs `chargeback.close`.
        """
        return cast(
            "t.Chargeback",
            self._call(
                "POST",
                self._path("/v1/chargebacks/{chargeback_id}/declare-lost", {"chargeback_id": chargeback_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def write_chargeback_off(
        self, chargeback_id: str, body: t.ChargebackReason, *, idempotency_key: str | None = None
    ) -> t.Chargeback:
        """Give up what a client still owes of a lost chargeback: the platform bears it, from its own
        money.

        `POST /v1/chargebacks/{chargeback_id}/write-off`; needs `chargeback.close`.
        """
        return cast(
            "t.Chargeback",
            self._call(
                "POST",
                self._path("/v1/chargebacks/{chargeback_id}/write-off", {"chargeback_id": chargeback_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
