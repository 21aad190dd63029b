"""Everything that is kept about one.

Generated from docs/worker-openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated.worker import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Account(Resource):
    """Everything that is kept about one."""

    def read_own_data(self) -> t.OwnData:
        """Read everything that is kept about one, table by table, with why and for how long.

        Secrets are not in it, nor what somebody wrote in an office about others. An account is
        deleted at the pages, for that needs a sign-in of a moment ago.

        `GET /worker/v1/account/data`; needs `account.read.own`.
        """
        return cast("t.OwnData", self._call("GET", "/worker/v1/account/data"))

    def read_page_settings(self) -> t.PageSettings:
        """Read how the pages are shown to one.

        `GET /worker/v1/page-settings`; needs `account.read.own`.
        """
        return cast("t.PageSettings", self._call("GET", "/worker/v1/page-settings"))

    def set_page_settings(self, body: t.PageSettingsInput) -> t.PageSettings:
        """Choose with how little data and with how large letters the pages are shown to one. Nobody
        else is told.

        `PUT /worker/v1/page-settings`; needs `account.change.own`.
        """
        return cast("t.PageSettings", self._call("PUT", "/worker/v1/page-settings", body=body))

    def list_sessions(self, *, cursor: str | None = None, limit: int | None = None) -> t.SessionPage:
        """List the browsers in which one is signed in now, the newest sign-in first.

        `GET /worker/v1/sessions`; needs `account.read.own`.
        """
        return cast("t.SessionPage", self._call("GET", "/worker/v1/sessions", query={"cursor": cursor, "limit": limit}))

    def iter_sessions(self, *, limit: int | None = None) -> Iterator[t.Session]:
        """Walk the rows of all pages of `list_sessions`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_sessions(limit=limit, cursor=cursor))

    def end_session(self, session_id: str) -> t.EndedSession:
        """Sign out in one of these browsers, at once.

        `POST /worker/v1/sessions/{session_id}/end`; needs `session.end.own`.
        """
        return cast(
            "t.EndedSession",
            self._call("POST", self._path("/worker/v1/sessions/{session_id}/end", {"session_id": session_id})),
        )
