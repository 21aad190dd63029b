"""Events sent to an address of yours, signed as Standard Webhooks say (`webhook-id`,
`webhook-timestamp`, `webhook-signature`), at least once, in order where nothing fails: a receiver
knows by `webhook-id` what it has already. Any 2xx within ten seconds takes it; else it is tried
again, twelve times within a day. 410 disables the webhook. What was missed is listed at
`/v1/events`. A small receiver: `docs/examples/webhook_receiver.py`.

Generated from docs/openapi.json; `piecework docs` writes it anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, cast

from client_api.client.generated import types as t
from client_api.client.paging import iterate
from client_api.client.resource import Resource
from client_api.client.values import Version, comma


class Webhooks(Resource):
    """Events sent to an address of yours, signed as Standard Webhooks say (`webhook-id`,
    `webhook-timestamp`, `webhook-signature`), at least once, in order where nothing fails: a
    receiver knows by `webhook-id` what it has already. Any 2xx within ten seconds takes it; else it
    is tried again, twelve times within a day. 410 disables the webhook. What was missed is listed
    at `/v1/events`. A small receiver: `docs/examples/webhook_receiver.py`.
    """

    def list_organization_events(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        types: list[
            Literal[
                "amendment.accepted",
                "amendment.declined",
                "amendment.expired",
                "amendment.proposed",
                "amendment.withdrawn",
                "batch.pause_ended",
                "batch.paused",
                "checkpoint.anchored",
                "claim.accepted",
                "claim.held",
                "claim.paid_not_used",
                "claim.redo_requested",
                "claim.rejected",
                "claim.submitted",
                "claims.accepted",
                "contract.accepted",
                "contract.closed",
                "contract.declined",
                "contract.defaulted",
                "contract.exhausted",
                "contract.expired",
                "contract.frozen",
                "contract.handed_over",
                "contract.items_withdrawn",
                "contract.offered",
                "contract.recalled",
                "contract.silence_noticed",
                "contract.succeeded",
                "contract.unfrozen",
                "contract.withdrawn",
                "dispute.appeal_decided",
                "dispute.appealed",
                "dispute.decided",
                "dispute.opened",
                "export.ready",
                "handover.declined",
                "handover.expired",
                "handover.offered",
                "handover.withdrawn",
                "installment.due",
                "job.funded",
                "job.moved",
                "operation.finished",
                "payout.settled",
                "quality_claim.contested",
                "quality_claim.decided",
                "quality_claim.opened",
                "quality_claim.withdrawn",
                "review.breaker_ended",
                "review.breaker_tripped",
            ]
        ]
        | None = None,
        after: str | None = None,
    ) -> t.OrganizationEventPage:
        """List what your organization's webhooks are told, in the order of the sealed log, the oldest
        first.

        To catch up after an outage, begin with `after` the last event that you have.

        `GET /v1/events`; needs `event.read`.
        """
        return cast(
            "t.OrganizationEventPage",
            self._call(
                "GET", "/v1/events", query={"cursor": cursor, "limit": limit, "types": comma(types), "after": after}
            ),
        )

    def iter_organization_events(
        self,
        *,
        limit: int | None = None,
        types: list[
            Literal[
                "amendment.accepted",
                "amendment.declined",
                "amendment.expired",
                "amendment.proposed",
                "amendment.withdrawn",
                "batch.pause_ended",
                "batch.paused",
                "checkpoint.anchored",
                "claim.accepted",
                "claim.held",
                "claim.paid_not_used",
                "claim.redo_requested",
                "claim.rejected",
                "claim.submitted",
                "claims.accepted",
                "contract.accepted",
                "contract.closed",
                "contract.declined",
                "contract.defaulted",
                "contract.exhausted",
                "contract.expired",
                "contract.frozen",
                "contract.handed_over",
                "contract.items_withdrawn",
                "contract.offered",
                "contract.recalled",
                "contract.silence_noticed",
                "contract.succeeded",
                "contract.unfrozen",
                "contract.withdrawn",
                "dispute.appeal_decided",
                "dispute.appealed",
                "dispute.decided",
                "dispute.opened",
                "export.ready",
                "handover.declined",
                "handover.expired",
                "handover.offered",
                "handover.withdrawn",
                "installment.due",
                "job.funded",
                "job.moved",
                "operation.finished",
                "payout.settled",
                "quality_claim.contested",
                "quality_claim.decided",
                "quality_claim.opened",
                "quality_claim.withdrawn",
                "review.breaker_ended",
                "review.breaker_tripped",
            ]
        ]
        | None = None,
        after: str | None = None,
    ) -> Iterator[t.OrganizationEvent]:
        """Walk the rows of all pages of `list_organization_events`, which are fetched as they are
        needed; `limit` is rows a page.
        """
        return iterate(
            lambda cursor: self.list_organization_events(limit=limit, types=types, after=after, cursor=cursor)
        )

    def list_webhook_deliveries(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        webhook_id: str | None = None,
        state: Literal["dead", "delivered", "pending", "redelivered", "retrying"] | None = None,
    ) -> t.WebhookDeliveryPage:
        """List deliveries with their tries, the newest first; those that are over are kept for a
        limited time.

        `GET /v1/webhook-deliveries`; needs `webhook.read`.
        """
        return cast(
            "t.WebhookDeliveryPage",
            self._call(
                "GET",
                "/v1/webhook-deliveries",
                query={"cursor": cursor, "limit": limit, "webhook_id": webhook_id, "state": state},
            ),
        )

    def iter_webhook_deliveries(
        self,
        *,
        limit: int | None = None,
        webhook_id: str | None = None,
        state: Literal["dead", "delivered", "pending", "redelivered", "retrying"] | None = None,
    ) -> Iterator[t.WebhookDelivery]:
        """Walk the rows of all pages of `list_webhook_deliveries`, which are fetched as they are
        needed; `limit` is rows a page.
        """
        return iterate(
            lambda cursor: self.list_webhook_deliveries(limit=limit, webhook_id=webhook_id, state=state, cursor=cursor)
        )

    def read_webhook_delivery(self, webhook_delivery_id: str) -> t.WebhookDelivery:
        """Read a delivery with its tries.

        `GET /v1/webhook-deliveries/{webhook_delivery_id}`; needs `webhook.read`.
        """
        return cast(
            "t.WebhookDelivery",
            self._call(
                "GET",
                self._path(
                    "/v1/webhook-deliveries/{webhook_delivery_id}", {"webhook_delivery_id": webhook_delivery_id}
                ),
            ),
        )

    def redeliver_webhook_delivery(
        self, webhook_delivery_id: str, *, idempotency_key: str | None = None
    ) -> t.WebhookDelivery:
        """Send what was delivered or given up once more, as another delivery with the same
        `message_id`.

        `POST /v1/webhook-deliveries/{webhook_delivery_id}/redeliver`; needs `webhook.manage`.
        """
        return cast(
            "t.WebhookDelivery",
            self._call(
                "POST",
                self._path(
                    "/v1/webhook-deliveries/{webhook_delivery_id}/redeliver",
                    {"webhook_delivery_id": webhook_delivery_id},
                ),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def list_webhooks(self, *, cursor: str | None = None, limit: int | None = None) -> t.WebhookPage:
        """List your organization's webhooks, the newest first.

        `GET /v1/webhooks`; needs `webhook.read`.
        """
        return cast("t.WebhookPage", self._call("GET", "/v1/webhooks", query={"cursor": cursor, "limit": limit}))

    def iter_webhooks(self, *, limit: int | None = None) -> Iterator[t.Webhook]:
        """Walk the rows of all pages of `list_webhooks`, which are fetched as they are needed; `limit`
        is rows a page.
        """
        return iterate(lambda cursor: self.list_webhooks(limit=limit, cursor=cursor))

    def create_webhook(self, body: t.WebhookInput, *, idempotency_key: str | None = None) -> t.WebhookSecret:
        """Have events sent to an address from now on; the secret that verifies them is shown this
        once.

        `POST /v1/webhooks`; needs `webhook.manage`.
        """
        return cast(
            "t.WebhookSecret",
            self._call("POST", "/v1/webhooks", body=body, idempotency_key=idempotency_key, keyed=True),
        )

    def read_webhook(self, webhook_id: str) -> t.Webhook:
        """Read a webhook; its ETag is what a change sends back.

        `GET /v1/webhooks/{webhook_id}`; needs `webhook.read`.
        """
        return cast("t.Webhook", self._call("GET", self._path("/v1/webhooks/{webhook_id}", {"webhook_id": webhook_id})))

    def delete_webhook(self, webhook_id: str) -> None:
        """End a webhook for good: what waits for it is not sent.

        `DELETE /v1/webhooks/{webhook_id}`; needs `webhook.manage`.
        """
        self._call("DELETE", self._path("/v1/webhooks/{webhook_id}", {"webhook_id": webhook_id}))

    def change_webhook(self, webhook_id: str, body: t.WebhookChange | None = None, *, if_match: Version) -> t.Webhook:
        """Change where events are sent and which, or disable it and let it go on.

        `PATCH /v1/webhooks/{webhook_id}`; needs `webhook.manage`.
        """
        return cast(
            "t.Webhook",
            self._call(
                "PATCH",
                self._path("/v1/webhooks/{webhook_id}", {"webhook_id": webhook_id}),
                body=body,
                if_match=if_match,
            ),
        )

    def ping_webhook(self, webhook_id: str, *, idempotency_key: str | None = None) -> t.WebhookDelivery:
        """Send a webhook something to try it out; read the delivery to see what came of it.

        `POST /v1/webhooks/{webhook_id}/ping`; needs `webhook.manage`.
        """
        return cast(
            "t.WebhookDelivery",
            self._call(
                "POST",
                self._path("/v1/webhooks/{webhook_id}/ping", {"webhook_id": webhook_id}),
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )

    def rotate_webhook_secret(
        self, webhook_id: str, body: t.SecretRotationInput | None = None, *, idempotency_key: str | None = None
    ) -> t.WebhookSecret:
        """Give a webhook a new secret; until the overlap is over its deliveries are signed with both.

        Rotated again meanwhile, the oldest of the three ends at once.

        `POST /v1/webhooks/{webhook_id}/rotate-secret`; needs `webhook.manage`.
        """
        return cast(
            "t.WebhookSecret",
            self._call(
                "POST",
                self._path("/v1/webhooks/{webhook_id}/rotate-secret", {"webhook_id": webhook_id}),
                body=body,
                idempotency_key=idempotency_key,
                keyed=True,
            ),
        )
