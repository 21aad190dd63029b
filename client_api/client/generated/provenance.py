"""Where each cent goes: the price chain of an answer, its proof, and margins.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.downloads import Download
from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Provenance(Resource):
    """Where each cent goes: the price chain of an answer, its proof, and margins."""

    def download_answer_bundle(self, answer_id: str, *, since: int | None = None) -> Download:
        """Download what proves the price chain of one answer offline, as far as the job's policy shows
        it to you.

        `GET /v1/answers/{answer_id}/bundle`; needs `price_chain.read`.
        """
        return self._download(
            "GET", self._path("/v1/answers/{answer_id}/bundle", {"answer_id": answer_id}), query={"since": since}
        )

    def read_price_chain(self, answer_id: str) -> t.PriceChain:
        """Read one answer's price from the client to the worker, as far as the job's policy shows it
        to you.

        `GET /v1/answers/{answer_id}/price-chain`; needs `price_chain.read`.
        """
        return cast(
            "t.PriceChain",
            self._call("GET", self._path("/v1/answers/{answer_id}/price-chain", {"answer_id": answer_id})),
        )

    def download_contract_bundle(
        self, contract_id: str, *, since: int | None = None, after: str | None = None
    ) -> Download:
        """Download what proves the price chains that go through one of your contracts, 2,000 answers
        at a time.

        `GET /v1/contracts/{contract_id}/bundle`; needs `price_chain.read`.
        """
        return self._download(
            "GET",
            self._path("/v1/contracts/{contract_id}/bundle", {"contract_id": contract_id}),
            query={"since": since, "after": after},
        )

    def read_contract_margin(self, contract_id: str) -> t.ContractMargin:
        """Read what your contract earns you.

        `GET /v1/contracts/{contract_id}/margin`; needs `margin.read`.
        """
        return cast(
            "t.ContractMargin",
            self._call("GET", self._path("/v1/contracts/{contract_id}/margin", {"contract_id": contract_id})),
        )

    def read_contract_scorecard(self, contract_id: str) -> t.Scorecard:
        """Read how work went at and below a contract: quality, lateness, disputes, days to pay.

        `GET /v1/contracts/{contract_id}/scorecard`; needs `contract.read`.
        """
        return cast(
            "t.Scorecard",
            self._call("GET", self._path("/v1/contracts/{contract_id}/scorecard", {"contract_id": contract_id})),
        )

    def list_extras(
        self, *, cursor: str | None = None, limit: int | None = None, job_id: str | None = None
    ) -> t.ExtraPage:
        """List what your organization pays workers beside the price of answers, newest first.

        As a client from the allowances of its jobs (gold answers, bonuses, recovery), as a layer
        from its margins (redo fees, top-ups to a wage floor).

        `GET /v1/extras`; needs `margin.read`.
        """
        return cast(
            "t.ExtraPage", self._call("GET", "/v1/extras", query={"cursor": cursor, "limit": limit, "job_id": job_id})
        )

    def iter_extras(self, *, limit: int | None = None, job_id: str | None = None) -> Iterator[t.Extra]:
        """Walk the rows of all pages of `list_extras`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_extras(limit=limit, job_id=job_id, cursor=cursor))

    def download_item_bundle(self, item_id: str, *, since: int | None = None) -> Download:
        """Download what proves the price chains of an item's answers, of those that you have a part
        in.

        `GET /v1/items/{item_id}/bundle`; needs `price_chain.read`.
        """
        return self._download(
            "GET", self._path("/v1/items/{item_id}/bundle", {"item_id": item_id}), query={"since": since}
        )

    def list_price_chains(self, item_id: str) -> t.PriceChains:
        """Read the price chains of all answers to an item.

        `GET /v1/items/{item_id}/price-chain`; needs `price_chain.read`.
        """
        return cast(
            "t.PriceChains", self._call("GET", self._path("/v1/items/{item_id}/price-chain", {"item_id": item_id}))
        )

    def download_job_bundle(self, job_id: str, *, since: int | None = None, after: str | None = None) -> Download:
        """Download what proves the price chains of a job's answers, 2,000 at a time, of those that you
        have a part in.

        `GET /v1/jobs/{job_id}/bundle`; needs `price_chain.read`.
        """
        return self._download(
            "GET", self._path("/v1/jobs/{job_id}/bundle", {"job_id": job_id}), query={"since": since, "after": after}
        )

    def read_job_margins(self, job_id: str) -> t.JobMargins:
        """Read where the money of a job's accepted answers went.

        `GET /v1/jobs/{job_id}/margins`; needs `margin.read`.
        """
        return cast("t.JobMargins", self._call("GET", self._path("/v1/jobs/{job_id}/margins", {"job_id": job_id})))

    def read_organization_scorecard(self, organization_id: str) -> t.Scorecard:
        """Read how work went below a subcontractor you may offer to, or in the jobs of a client that
        may offer to you.

        `GET /v1/organizations/{organization_id}/scorecard`; needs `contract.offer`.
        """
        return cast(
            "t.Scorecard",
            self._call(
                "GET", self._path("/v1/organizations/{organization_id}/scorecard", {"organization_id": organization_id})
            ),
        )
