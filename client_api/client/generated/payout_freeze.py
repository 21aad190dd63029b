"""Stopping all payouts, by one person at once, and letting them be sent again, by two.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from typing import cast

from client_api.client.generated import types as t
from client_api.client.resource import Resource


class PayoutFreeze(Resource):
    """Stopping all payouts, by one person at once, and letting them be sent again, by two."""

    def read_payout_freeze(self) -> t.PayoutFreeze:
        """Read whether payouts are frozen.

        `GET /v1/payout-freeze`; needs `payout_run.read`.
        """
        return cast("t.PayoutFreeze", self._call("GET", "/v1/payout-freeze"))

    def freeze_payouts(self, body: t.PayoutFreezeInput, *, idempotency_key: str | None = None) -> t.PayoutFreeze:
        """Let nothing be prepared, approved, given up or sent from now on; what is on its way goes on.

        `POST /v1/payout-freeze`; needs `payout_run.approve`.
        """
        return cast(
            "t.PayoutFreeze",
            self._call("POST", "/v1/payout-freeze", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def acknowledge_transfer(self, body: t.AcknowledgeInput, *, idempotency_key: str | None = None) -> t.PayoutFreeze:
        """Say, for good, that a transfer that nothing explains was looked into and keeps payouts
        frozen no more.

        `POST /v1/payout-freeze/acknowledge`; needs `payout_run.approve`.
        """
        return cast(
            "t.PayoutFreeze",
            self._call("POST", "/v1/payout-freeze/acknowledge", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def ask_to_lift_payout_freeze(
        self, body: t.FreezeReasonInput, *, idempotency_key: str | None = None
    ) -> t.PayoutFreeze:
        """Ask, as the first of two people, that payouts be sent again; anybody may ask anew.

        `POST /v1/payout-freeze/ask`; needs `payout_run.approve`.
        """
        return cast(
            "t.PayoutFreeze",
            self._call("POST", "/v1/payout-freeze/ask", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def lift_payout_freeze(self, *, idempotency_key: str | None = None) -> t.ReadBack:
        """Have the rails read back, as the second person, and let payouts be sent again if that
        explains every transfer.

        `POST /v1/payout-freeze/lift`; needs `payout_run.approve`.
        """
        return cast(
            "t.ReadBack", self._call("POST", "/v1/payout-freeze/lift", idempotency_key=idempotency_key, keyed=True)
        )
