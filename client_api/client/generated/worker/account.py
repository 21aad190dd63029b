"""Everything that is kept about one.

Generated from docs/worker-openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from typing import cast

from client_api.client.generated.worker import types as t
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
