"""Contracts that were taken over after a default, offered to another seller as they stand.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Handovers(Resource):
    """Contracts that were taken over after a default, offered to another seller as they stand."""

    def offer_handover(
        self, contract_id: str, body: t.HandoverInput, *, idempotency_key: str | None = None
    ) -> t.Handover:
        """Offer a contract that your organization took over after a default to another seller, as it
        stands.

        Nothing of it changes but who sells: prices, terms, items, tasks, claims and the layers
        below stay.

        `POST /v1/contracts/{contract_id}/handovers`; needs `contract.hand_over`.
        """
        return cast(
            "t.Handover",
            self._call(
                "POST",
                self._path("/v1/contracts/{contract_id}/handovers", {"contract_id": contract_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def list_handovers(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        contract_id: str | None = None,
        state: Literal["accepted", "declined", "expired", "offered", "withdrawn"] | None = None,
    ) -> t.HandoverPage:
        """List the contracts that your organization offered to others or was offered, the newest
        first.

        What passes over is said where one of them is read.

        `GET /v1/handovers`; needs `contract.read`.
        """
        return cast(
            "t.HandoverPage",
            self._call(
                "GET",
                "/v1/handovers",
                query={"cursor": cursor, "limit": limit, "contract_id": contract_id, "state": state},
            ),
        )

    def iter_handovers(
        self,
        *,
        limit: int | None = None,
        contract_id: str | None = None,
        state: Literal["accepted", "declined", "expired", "offered", "withdrawn"] | None = None,
    ) -> Iterator[t.Handover]:
        """Walk the rows of all pages of `list_handovers`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(
            lambda cursor: self.list_handovers(limit=limit, contract_id=contract_id, state=state, cursor=cursor)
        )

    def read_handover(self, handover_id: str) -> t.Handover:
        """Read the offer of a contract.

        `GET /v1/handovers/{handover_id}`; needs `contract.read`.
        """
        return cast(
            "t.Handover", self._call("GET", self._path("/v1/handovers/{handover_id}", {"handover_id": handover_id}))
        )

    def accept_handover(self, handover_id: str, body: t.HandoverAcceptInput) -> t.Handover:
        """Accept a contract as it stands: your organization sells under it from now on.

        Answers that wait are yours to review, and what is accepted from now on is your margin; what
        was accepted before stays the former seller's. What you read is what you accept: its
        `terms_digest` is refused once anything of it is another.

        `POST /v1/handovers/{handover_id}/accept`; needs `contract.accept`.
        """
        return cast(
            "t.Handover",
            self._call(
                "POST", self._path("/v1/handovers/{handover_id}/accept", {"handover_id": handover_id}), body=body
            ),
        )

    def decline_handover(self, handover_id: str) -> t.Handover:
        """Decline a contract that was offered to your organization.

        `POST /v1/handovers/{handover_id}/decline`; needs `contract.accept`.
        """
        return cast(
            "t.Handover",
            self._call("POST", self._path("/v1/handovers/{handover_id}/decline", {"handover_id": handover_id})),
        )

    def withdraw_handover(self, handover_id: str) -> t.Handover:
        """Withdraw an offer of your organization that was not answered yet.

        `POST /v1/handovers/{handover_id}/withdraw`; needs `contract.hand_over`.
        """
        return cast(
            "t.Handover",
            self._call("POST", self._path("/v1/handovers/{handover_id}/withdraw", {"handover_id": handover_id})),
        )
