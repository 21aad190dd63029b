"""What protects one: time, hard content, fees, decisions about one.

Generated from docs/worker-openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from typing import cast

from client_api.client.generated.worker import types as t
from client_api.client.resource import Resource


class Protection(Resource):
    """What protects one: time, hard content, fees, decisions about one."""

    def read_exposure(self) -> t.Exposure:
        """Read what hard content one agreed to see, one's limits, and where one stands today.

        `GET /worker/v1/exposure`; needs `exposure.set.own`.
        """
        return cast("t.Exposure", self._call("GET", "/worker/v1/exposure"))

    def set_consent(self, body: t.ConsentInput) -> t.Exposure:
        """Agree to see content of severity 3, 4 or 5, or no longer; neither has any other effect.

        `PUT /worker/v1/exposure/consents`; needs `exposure.set.own`.
        """
        return cast("t.Exposure", self._call("PUT", "/worker/v1/exposure/consents", body=body))

    def set_limits(self, body: t.LimitsInput | None = None) -> t.Exposure:
        """Set one's own daily limits for hard content, within the platform's, and the time zone of
        one's day.

        `PUT /worker/v1/exposure/limits`; needs `exposure.set.own`.
        """
        return cast("t.Exposure", self._call("PUT", "/worker/v1/exposure/limits", body=body))
