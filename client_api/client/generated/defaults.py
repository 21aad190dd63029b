"""Layers that could not go on with a contract, and who took it over at its prices.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Defaults(Resource):
    """Layers that could not go on with a contract, and who took it over at its prices."""

    def declare_default(
        self, contract_id: str, body: t.DefaultInput, *, idempotency_key: str | None = None
    ) -> t.Default:
        """Declare that a contract's seller cannot go on: the seller itself, or the platform's
        operations.

        Its margins of the contract are held; the layer above, else the client, else the platform
        takes the contract over at its prices, in the same moment. Workers keep their claims, pay
        and dates.

        `POST /v1/contracts/{contract_id}/default`; needs `contract.default`.
        """
        return cast(
            "t.Default",
            self._call(
                "POST",
                self._path("/v1/contracts/{contract_id}/default", {"contract_id": contract_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def list_defaults(
        self, *, cursor: str | None = None, limit: int | None = None, contract_id: str | None = None
    ) -> t.DefaultPage:
        """List the defaults of contracts in which your organization sold, sells or buys, the newest
        first.

        `GET /v1/defaults`; needs `default.read`.
        """
        return cast(
            "t.DefaultPage",
            self._call("GET", "/v1/defaults", query={"cursor": cursor, "limit": limit, "contract_id": contract_id}),
        )

    def iter_defaults(self, *, limit: int | None = None, contract_id: str | None = None) -> Iterator[t.Default]:
        """Walk the rows of all pages of `list_defaults`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_defaults(limit=limit, contract_id=contract_id, cursor=cursor))

    def read_default(self, default_id: str) -> t.Default:
        """Read a default.

        `GET /v1/defaults/{default_id}`; needs `default.read`.
        """
        return cast("t.Default", self._call("GET", self._path("/v1/defaults/{default_id}", {"default_id": default_id})))

    def release_default(self, default_id: str, body: t.ReleaseInput) -> t.Default:
        """End the hold on what the former seller had earned: it falls due on its days, and is paid
        like any margin.

        Refused while the former seller owes to a worker or to the guarantee fund.

        `POST /v1/defaults/{default_id}/release`; needs `default.release`.
        """
        return cast(
            "t.Default",
            self._call("POST", self._path("/v1/defaults/{default_id}/release", {"default_id": default_id}), body=body),
        )
