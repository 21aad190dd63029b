"""What protects one: time, hard content, fees, decisions about one.

Generated from docs/worker-openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from client_api.client.generated.worker import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class Protection(Resource):
    """What protects one: time, hard content, fees, decisions about one."""

    def list_decisions(self, *, cursor: str | None = None, limit: int | None = None) -> t.DecisionPage:
        """List what rules decided about one, and what keeps one from work, newest first, in words.

        `GET /worker/v1/decisions`; needs `decision.read.own`.
        """
        return cast(
            "t.DecisionPage", self._call("GET", "/worker/v1/decisions", query={"cursor": cursor, "limit": limit})
        )

    def iter_decisions(self, *, limit: int | None = None) -> Iterator[t.Decision]:
        """Walk the rows of all pages of `list_decisions`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_decisions(limit=limit, cursor=cursor))

    def contest_decision(self, event_id: str, body: t.DecisionContestInput) -> t.Decision:
        """Say once what is wrong with a decision about one; the platform's operations read and answer
        it.

        `POST /worker/v1/decisions/{event_id}/contest`; needs `decision.contest`.
        """
        return cast(
            "t.Decision",
            self._call(
                "POST", self._path("/worker/v1/decisions/{event_id}/contest", {"event_id": event_id}), body=body
            ),
        )

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

    def list_fee_reports(self, *, cursor: str | None = None, limit: int | None = None) -> t.FeeReportPage:
        """List one's reports of fees, newest first.

        `GET /worker/v1/fee-reports`; needs `fee.report`.
        """
        return cast(
            "t.FeeReportPage", self._call("GET", "/worker/v1/fee-reports", query={"cursor": cursor, "limit": limit})
        )

    def iter_fee_reports(self, *, limit: int | None = None) -> Iterator[t.FeeReport]:
        """Walk the rows of all pages of `list_fee_reports`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_fee_reports(limit=limit, cursor=cursor))

    def report_fee(self, body: t.FeeReportInput, *, idempotency_key: str | None = None) -> t.FeeReport:
        """Report that an organization asked one for money in order to work: nobody may.

        If one had to do with it before, its offers stand still until operations have decided. It
        never learns who reported.

        `POST /worker/v1/fee-reports`; needs `fee.report`.
        """
        return cast(
            "t.FeeReport",
            self._call("POST", "/worker/v1/fee-reports", body=body, idempotency_key=idempotency_key, keyed=True),
        )
