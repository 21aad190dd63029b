"""The layers of a job: a buyer above, a seller below, prices and allotted items.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Contracts(Resource):
    """The layers of a job: a buyer above, a seller below, prices and allotted items."""

    def list_contracts(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        job_id: str | None = None,
        state: Literal[
            "accepted",
            "active",
            "closed",
            "declined",
            "defaulted",
            "draft",
            "exhausted",
            "expired",
            "frozen",
            "offered",
            "recalled",
            "succeeded",
            "withdrawn",
        ]
        | None = None,
    ) -> t.ContractPage:
        """List the contracts in which your organization buys or sells, the newest first.

        `GET /v1/contracts`; needs `contract.read`.
        """
        return cast(
            "t.ContractPage",
            self._call(
                "GET", "/v1/contracts", query={"cursor": cursor, "limit": limit, "job_id": job_id, "state": state}
            ),
        )

    def iter_contracts(
        self,
        *,
        limit: int | None = None,
        job_id: str | None = None,
        state: Literal[
            "accepted",
            "active",
            "closed",
            "declined",
            "defaulted",
            "draft",
            "exhausted",
            "expired",
            "frozen",
            "offered",
            "recalled",
            "succeeded",
            "withdrawn",
        ]
        | None = None,
    ) -> Iterator[t.Contract]:
        """Walk the rows of all pages of `list_contracts`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_contracts(limit=limit, job_id=job_id, state=state, cursor=cursor))

    def read_contract(self, contract_id: str) -> t.Contract:
        """Read a contract.

        `GET /v1/contracts/{contract_id}`; needs `contract.read`.
        """
        return cast(
            "t.Contract", self._call("GET", self._path("/v1/contracts/{contract_id}", {"contract_id": contract_id}))
        )

    def accept_contract(self, contract_id: str) -> t.Contract:
        """Accept an offer; its prices and items stand from now on.

        `POST /v1/contracts/{contract_id}/accept`; needs `contract.accept`.
        """
        return cast(
            "t.Contract",
            self._call("POST", self._path("/v1/contracts/{contract_id}/accept", {"contract_id": contract_id})),
        )

    def decline_contract(self, contract_id: str) -> t.Contract:
        """Decline an offer; its items go back to who offered them.

        `POST /v1/contracts/{contract_id}/decline`; needs `contract.accept`.
        """
        return cast(
            "t.Contract",
            self._call("POST", self._path("/v1/contracts/{contract_id}/decline", {"contract_id": contract_id})),
        )

    def freeze_contract(self, contract_id: str, body: t.FreezeInput) -> t.Contract:
        """Freeze a contract you sold to a layer below: nothing new is claimed, offered or opened at or
        below it.

        `POST /v1/contracts/{contract_id}/freeze`; needs `contract.offer`.
        """
        return cast(
            "t.Contract",
            self._call(
                "POST", self._path("/v1/contracts/{contract_id}/freeze", {"contract_id": contract_id}), body=body
            ),
        )

    def offer_contract(self, contract_id: str, body: t.OfferInput, *, idempotency_key: str | None = None) -> t.Contract:
        """Offer a part of a contract to a subcontractor; a client offers parts of its job's root
        contract.

        `POST /v1/contracts/{contract_id}/offers`; needs `contract.offer`.
        """
        return cast(
            "t.Contract",
            self._call(
                "POST",
                self._path("/v1/contracts/{contract_id}/offers", {"contract_id": contract_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def recall_contract(
        self, contract_id: str, body: t.RecallInput | None = None, *, idempotency_key: str | None = None
    ) -> t.Contract:
        """Take back what nobody works on of a contract you sold to a layer below; live claims finish
        and are paid.

        Its items are free in your contract again, the money of its open seats in the job's reserve.

        `POST /v1/contracts/{contract_id}/recall`; needs `contract.offer`.
        """
        return cast(
            "t.Contract",
            self._call(
                "POST",
                self._path("/v1/contracts/{contract_id}/recall", {"contract_id": contract_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def unfreeze_contract(self, contract_id: str) -> t.Contract:
        """Let a frozen contract go on.

        `POST /v1/contracts/{contract_id}/unfreeze`; needs `contract.offer`.
        """
        return cast(
            "t.Contract",
            self._call("POST", self._path("/v1/contracts/{contract_id}/unfreeze", {"contract_id": contract_id})),
        )

    def withdraw_contract(self, contract_id: str) -> t.Contract:
        """Withdraw an offer that was not accepted yet.

        `POST /v1/contracts/{contract_id}/withdraw`; needs `contract.offer`.
        """
        return cast(
            "t.Contract",
            self._call("POST", self._path("/v1/contracts/{contract_id}/withdraw", {"contract_id": contract_id})),
        )
