"""What finance holds of what is due to a payee, for a reason in words and for a time.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource


class PayHolds(Resource):
    """What finance holds of what is due to a payee, for a reason in words and for a time."""

    def list_pay_holds(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        state: Literal["holding", "released", "ended"] | None = None,
    ) -> t.PayHoldPage:
        """List what finance holds and held, the newest first.

        `GET /v1/pay-holds`; needs `payout_run.read`.
        """
        return cast(
            "t.PayHoldPage",
            self._call("GET", "/v1/pay-holds", query={"cursor": cursor, "limit": limit, "state": state}),
        )

    def iter_pay_holds(
        self, *, limit: int | None = None, state: Literal["holding", "released", "ended"] | None = None
    ) -> Iterator[t.PayHold]:
        """Walk the rows of all pages of `list_pay_holds`, which are fetched as they are needed;
        `limit` is rows a page.
        """
        return iterate(lambda cursor: self.list_pay_holds(limit=limit, state=state, cursor=cursor))

    def place_pay_hold(self, body: t.PayHoldInput, *, idempotency_key: str | None = None) -> t.PayHold:
        """Hold what is due to a payee, one installment, or a payout that is not on its way, for a
        reason and a time.

        It counts at once: no run takes up what is held, and a payout of a run that is not sent yet
        is given up when its turn comes. What was handed to a rail is not stopped, and no
        installment in it is held. The payee reads reason and end. A worker's holds together take at
        most HOLD_WORKER_DAYS_MAX days in any 90, what one person alone holds seven: a longer one
        ends then unless another person confirms it. Nobody holds what is due to them or to their
        organization.

        `POST /v1/pay-holds`; needs `pay.hold`.
        """
        return cast(
            "t.PayHold", self._call("POST", "/v1/pay-holds", body=body, idempotency_key=idempotency_key, keyed=True)
        )

    def read_pay_hold(self, pay_hold_id: str) -> t.PayHold:
        """Read one hold.

        `GET /v1/pay-holds/{pay_hold_id}`; needs `payout_run.read`.
        """
        return cast(
            "t.PayHold", self._call("GET", self._path("/v1/pay-holds/{pay_hold_id}", {"pay_hold_id": pay_hold_id}))
        )

    def confirm_pay_hold(self, pay_hold_id: str, *, idempotency_key: str | None = None) -> t.PayHold:
        """Confirm somebody else's hold of a worker's pay for longer than they alone may, as long as it
        still holds.

        `POST /v1/pay-holds/{pay_hold_id}/confirm`; needs `pay.hold`.
        """
        return cast(
            "t.PayHold",
            self._call(
                "POST",
                self._path("/v1/pay-holds/{pay_hold_id}/confirm", {"pay_hold_id": pay_hold_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def release_pay_hold(
        self, pay_hold_id: str, body: t.PayHoldReleaseInput, *, idempotency_key: str | None = None
    ) -> t.PayHold:
        """End a hold early, also one of your own, for a reason that the payee reads; what it held
        falls due again.

        `POST /v1/pay-holds/{pay_hold_id}/release`; needs `pay.hold`.
        """
        return cast(
            "t.PayHold",
            self._call(
                "POST",
                self._path("/v1/pay-holds/{pay_hold_id}/release", {"pay_hold_id": pay_hold_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
