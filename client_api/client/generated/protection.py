"""Wage floors by country, and notice of lower pay for items with pre-labels.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from typing import cast

from client_api.client.generated import types as t
from client_api.client.resource import Resource


class Protection(Resource):
    """Wage floors by country, and notice of lower pay for items with pre-labels."""

    def give_rate_notice(
        self, batch_id: str, body: t.RateNoticeInput, *, idempotency_key: str | None = None
    ) -> t.RateNotice:
        """Give workers fourteen days' notice that items with pre-labels may be opened anew at a lower
        pay.

        Nothing changes by it. After the time you may withdraw what nobody claimed and open it anew
        at that pay; without it that is refused. What is claimed keeps its pay.

        `POST /v1/batches/{batch_id}/rate-notices`; needs `task.open`.
        """
        return cast(
            "t.RateNotice",
            self._call(
                "POST",
                self._path("/v1/batches/{batch_id}/rate-notices", {"batch_id": batch_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def list_wage_floors(self) -> t.WageFloors:
        """List the wage floors of all countries that have one.

        `GET /v1/wage-floors`; needs `protection.read`.
        """
        return cast("t.WageFloors", self._call("GET", "/v1/wage-floors"))

    def set_wage_floor(self, body: t.WageFloorInput, *, idempotency_key: str | None = None) -> t.WageFloors:
        """Set the wage floor of a country, or end it; answers with all of them.

        A batch whose workers of that country are found to earn less is paused, and the work already
        done is topped up from the layer that set the pay.

        `POST /v1/wage-floors`; needs `protection.manage`.
        """
        return cast(
            "t.WageFloors",
            self._call("POST", "/v1/wage-floors", body=body, idempotency_key=idempotency_key, keyed=True),
        )
