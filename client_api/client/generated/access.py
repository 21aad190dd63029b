"""Allow and block lists, with scope, reason and end; the one concerned reads the reason.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Access(Resource):
    """Allow and block lists, with scope, reason and end; the one concerned reads the reason."""

    def list_access_rules(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        effect: Literal["allow", "block"] | None = None,
        live: bool | None = None,
        worker_id: str | None = None,
        organization_id: str | None = None,
    ) -> t.AccessRulePage:
        """List the rules that your organization made or that concern it, the newest first.

        `GET /v1/access-rules`; needs `access.read`.
        """
        return cast(
            "t.AccessRulePage",
            self._call(
                "GET",
                "/v1/access-rules",
                query={
                    "cursor": cursor,
                    "limit": limit,
                    "effect": effect,
                    "live": live,
                    "worker_id": worker_id,
                    "organization_id": organization_id,
                },
            ),
        )

    def iter_access_rules(
        self,
        *,
        limit: int | None = None,
        effect: Literal["allow", "block"] | None = None,
        live: bool | None = None,
        worker_id: str | None = None,
        organization_id: str | None = None,
    ) -> Iterator[t.AccessRule]:
        """Walk the rows of all pages of `list_access_rules`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(
            lambda cursor: self.list_access_rules(
                limit=limit,
                effect=effect,
                live=live,
                worker_id=worker_id,
                organization_id=organization_id,
                cursor=cursor,
            )
        )

    def make_access_rule(self, body: t.AccessRuleInput, *, idempotency_key: str | None = None) -> t.AccessRule:
        """Allow or block a worker or a subcontractor from now on.

        Claims and contracts that are held already, and what was earned, are never touched.

        `POST /v1/access-rules`; needs `access.make`.
        """
        return cast(
            "t.AccessRule",
            self._call("POST", "/v1/access-rules", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def read_access_rule(self, access_rule_id: str) -> t.AccessRule:
        """Read a rule that your organization made or that concerns it.

        `GET /v1/access-rules/{access_rule_id}`; needs `access.read`.
        """
        return cast(
            "t.AccessRule",
            self._call("GET", self._path("/v1/access-rules/{access_rule_id}", {"access_rule_id": access_rule_id})),
        )

    def contest_access_rule(self, access_rule_id: str, body: t.ReasonInput) -> t.AccessRule:
        """Say once what speaks against a block of your organization; its maker and operations read it.

        `POST /v1/access-rules/{access_rule_id}/contest`; needs `access.contest`.
        """
        return cast(
            "t.AccessRule",
            self._call(
                "POST",
                self._path("/v1/access-rules/{access_rule_id}/contest", {"access_rule_id": access_rule_id}),
                body=body,
            ),
        )

    def end_access_rule(self, access_rule_id: str, body: t.ReasonInput) -> t.AccessRule:
        """End a rule of yours before its time; operations may end any, as after a contest.

        `POST /v1/access-rules/{access_rule_id}/end`; needs `access.end`.
        """
        return cast(
            "t.AccessRule",
            self._call(
                "POST",
                self._path("/v1/access-rules/{access_rule_id}/end", {"access_rule_id": access_rule_id}),
                body=body,
            ),
        )
