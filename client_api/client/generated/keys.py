"""API keys: scoped, expiring, rotated with an overlap; a secret is shown once.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Keys(Resource):
    """API keys: scoped, expiring, rotated with an overlap; a secret is shown once."""

    def list_api_keys(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        live: bool | None = None,
        person_id: str | None = None,
    ) -> t.KeyPage:
        """List your organization's keys, the newest first.

        `GET /v1/api-keys`; needs `key.manage`.
        """
        return cast(
            "t.KeyPage",
            self._call(
                "GET", "/v1/api-keys", query={"cursor": cursor, "limit": limit, "live": live, "person_id": person_id}
            ),
        )

    def iter_api_keys(
        self, *, limit: int | None = None, live: bool | None = None, person_id: str | None = None
    ) -> Iterator[t.Key]:
        """Walk the rows of all pages of `list_api_keys`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_api_keys(limit=limit, live=live, person_id=person_id, cursor=cursor))

    def issue_api_key(self, body: t.KeyInput | None = None, *, idempotency_key: str | None = None) -> t.IssuedKey:
        """Issue a key for yourself, with at most the scopes and the time that the key you ask with has
        left.

        It ends together with that key: when that one is revoked, so is what was issued with it.

        `POST /v1/api-keys`; needs `key.manage`.
        """
        return cast(
            "t.IssuedKey", self._call("POST", "/v1/api-keys", body=body, idempotency_key=idempotency_key, keyed=True)
        )

    def read_api_key(self, api_key_id: str) -> t.Key:
        """Read a key of your organization.

        `GET /v1/api-keys/{api_key_id}`; needs `key.manage`.
        """
        return cast("t.Key", self._call("GET", self._path("/v1/api-keys/{api_key_id}", {"api_key_id": api_key_id})))

    def revoke_api_key(self, api_key_id: str, body: t.RevocationInput | None = None) -> t.Key:
        """End a key of your organization at once, and every key that was issued with it; a second time
        changes nothing.

        `POST /v1/api-keys/{api_key_id}/revoke`; needs `key.manage`.
        """
        return cast(
            "t.Key",
            self._call("POST", self._path("/v1/api-keys/{api_key_id}/revoke", {"api_key_id": api_key_id}), body=body),
        )

    def rotate_api_key(
        self, api_key_id: str, body: t.RotationInput | None = None, *, idempotency_key: str | None = None
    ) -> t.IssuedKey:
        """Replace a key of yours by one with the same name, scopes and end, which works at once.

        The old one works beside it for `overlap_seconds` and then ends. A key rotates itself, or
        one that may do no more and works no longer than it does. Should the answer get lost, rotate
        the successor with the old key: that is allowed until the successor has been used.

        `POST /v1/api-keys/{api_key_id}/rotate`; needs `key.manage`.
        """
        return cast(
            "t.IssuedKey",
            self._call(
                "POST",
                self._path("/v1/api-keys/{api_key_id}/rotate", {"api_key_id": api_key_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
