"""Who the key acts for; the directory of subcontractors.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Identity(Resource):
    """Who the key acts for; the directory of subcontractors."""

    def read_me(self) -> t.Me:
        """Read whose key this is and what it may do.

        `GET /v1/me`.
        """
        return cast("t.Me", self._call("GET", "/v1/me"))

    def list_organizations(self, *, cursor: str | None = None, limit: int | None = None) -> t.OrganizationPage:
        """List the approved subcontractors, to any of which a part can be offered.

        `GET /v1/organizations`; needs `contract.offer`.
        """
        return cast(
            "t.OrganizationPage", self._call("GET", "/v1/organizations", query={"cursor": cursor, "limit": limit})
        )

    def iter_organizations(self, *, limit: int | None = None) -> Iterator[t.Organization]:
        """Walk the rows of all pages of `list_organizations`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_organizations(limit=limit, cursor=cursor))
