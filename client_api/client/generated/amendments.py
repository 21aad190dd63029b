"""New prices of a contract, which one side proposes and the other accepts.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Amendments(Resource):
    """New prices of a contract, which one side proposes and the other accepts."""

    def read_amendment(self, amendment_id: str) -> t.Amendment:
        """Read a proposal of new prices.

        `GET /v1/amendments/{amendment_id}`; needs `contract.read`.
        """
        return cast(
            "t.Amendment",
            self._call("GET", self._path("/v1/amendments/{amendment_id}", {"amendment_id": amendment_id})),
        )

    def accept_amendment(self, amendment_id: str) -> t.Amendment:
        """Accept new prices that the other side proposed; tasks opened from now on have them.

        `POST /v1/amendments/{amendment_id}/accept`; needs `contract.amend`.
        """
        return cast(
            "t.Amendment",
            self._call("POST", self._path("/v1/amendments/{amendment_id}/accept", {"amendment_id": amendment_id})),
        )

    def decline_amendment(self, amendment_id: str) -> t.Amendment:
        """Decline new prices that the other side proposed.

        `POST /v1/amendments/{amendment_id}/decline`; needs `contract.amend`.
        """
        return cast(
            "t.Amendment",
            self._call("POST", self._path("/v1/amendments/{amendment_id}/decline", {"amendment_id": amendment_id})),
        )

    def withdraw_amendment(self, amendment_id: str) -> t.Amendment:
        """Withdraw new prices that your own side proposed.

        `POST /v1/amendments/{amendment_id}/withdraw`; needs `contract.amend`.
        """
        return cast(
            "t.Amendment",
            self._call("POST", self._path("/v1/amendments/{amendment_id}/withdraw", {"amendment_id": amendment_id})),
        )

    def list_amendments(
        self, contract_id: str, *, cursor: str | None = None, limit: int | None = None
    ) -> t.AmendmentPage:
        """List everything ever proposed for a contract's prices, the newest first.

        `GET /v1/contracts/{contract_id}/amendments`; needs `contract.read`.
        """
        return cast(
            "t.AmendmentPage",
            self._call(
                "GET",
                self._path("/v1/contracts/{contract_id}/amendments", {"contract_id": contract_id}),
                query={"cursor": cursor, "limit": limit},
            ),
        )

    def iter_amendments(self, contract_id: str, *, limit: int | None = None) -> Iterator[t.Amendment]:
        """Walk the rows of all pages of `list_amendments`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_amendments(contract_id, limit=limit, cursor=cursor))

    def propose_amendment(
        self, contract_id: str, body: t.AmendmentInput, *, idempotency_key: str | None = None
    ) -> t.Amendment:
        """Propose new prices of a contract to its other side; they bind your own side until that
        answers.

        Once accepted they are the prices of tasks opened from then on; open tasks keep those they
        were opened at.

        `POST /v1/contracts/{contract_id}/amendments`; needs `contract.amend`.
        """
        return cast(
            "t.Amendment",
            self._call(
                "POST",
                self._path("/v1/contracts/{contract_id}/amendments", {"contract_id": contract_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
