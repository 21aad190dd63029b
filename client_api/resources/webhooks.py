"""Webhooks, the log of their deliveries, and the events themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cache
from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.paging import ListQuery
from client_api.request import actor, session
from client_api.schemas.webhooks import (
    WEBHOOK_EXAMPLE,
    OrganizationEventQuery,
    OrganizationEventView,
    SecretRotationInput,
    WebhookChange,
    WebhookDeliveryQuery,
    WebhookDeliveryView,
    WebhookInput,
    WebhookSecretView,
    WebhookView,
)
from client_api.views import With
from marketplace.audit.models import AuditEvent
from marketplace.db.paging import Page
from marketplace.notifications import outbox, webhook_queries
from marketplace.notifications import webhooks as verbs
from marketplace.notifications.models import Webhook, WebhookDelivery
from marketplace.notifications.published import payload
from marketplace.notifications.vault import Vault, load_vault
from marketplace.outbound.addresses import AddressPolicy
from marketplace.web.context import get_context

webhooks = Theme(
    "webhooks",
    "Events sent to an address of yours, signed as Standard Webhooks say (`webhook-id`, `webhook-timestamp`, "
    "`webhook-signature`), at least once, in order where nothing fails: a receiver knows by `webhook-id` what it has "
    "already. Any 2xx within ten seconds takes it; else it is tried again, twelve times within a day. 410 disables the "
    "webhook. What was missed is listed at `/v1/events`. A small receiver: `docs/examples/webhook_receiver.py`.",
)
_vault_of = cache(load_vault)


@webhooks.operation("GET", "/webhooks", permission="webhook.read", query=ListQuery, returns=WebhookView, page=True)
def list_webhooks(query: dict[str, Any]) -> Page[Webhook]:
    """List your organization's webhooks, the newest first."""
    return webhook_queries.webhooks(session(), actor(), **query)


@webhooks.operation(
    "POST",
    "/webhooks",
    permission="webhook.manage",
    body=WebhookInput,
    example=WEBHOOK_EXAMPLE,
    returns=WebhookSecretView,
    status=201,
    idempotent=True,
    versioned=True,
    secret_fields=("secret",),
    location="/webhooks/{id}",
)
def create_webhook(body: dict[str, Any]) -> With:
    """Have events sent to an address from now on; the secret that verifies them is shown this once."""
    return _with_secret(*verbs.create_webhook(session(), actor(), _vault(), _policy(), **body))


@webhooks.operation("GET", "/webhooks/{webhook_id}", permission="webhook.read", returns=WebhookView, versioned=True)
def read_webhook(webhook_id: UUID) -> Webhook:
    """Read a webhook; its ETag is what a change sends back."""
    return webhook_queries.get_webhook(session(), actor(), webhook_id)


@webhooks.operation(
    "PATCH",
    "/webhooks/{webhook_id}",
    permission="webhook.manage",
    body=WebhookChange,
    example={"state": "active"},
    returns=WebhookView,
    versioned=True,
    if_match=True,
)
def change_webhook(body: dict[str, Any], webhook_id: UUID, version: int) -> Webhook:
    """Change where events are sent and which, or disable it and let it go on."""
    return verbs.change_webhook(session(), actor(), _policy(), webhook_id, version, body)


@webhooks.operation("DELETE", "/webhooks/{webhook_id}", permission="webhook.manage", status=204)
def delete_webhook(webhook_id: UUID) -> None:
    """End a webhook for good: what waits for it is not sent."""
    verbs.delete_webhook(session(), actor(), webhook_id)


@webhooks.operation(
    "POST",
    "/webhooks/{webhook_id}/rotate-secret",
    permission="webhook.manage",
    body=SecretRotationInput,
    example={"overlap_seconds": 3600},
    returns=WebhookSecretView,
    status=201,
    idempotent=True,
    versioned=True,
    secret_fields=("secret",),
)
def rotate_webhook_secret(body: dict[str, Any], webhook_id: UUID) -> With:
    """Give a webhook a new secret; until the overlap is over its deliveries are signed with both.

    Rotated again meanwhile, the oldest of the three ends at once.
    """
    overlap = dt.timedelta(seconds=body["overlap_seconds"])
    return _with_secret(*verbs.rotate_secret(session(), actor(), _vault(), webhook_id, overlap))


@webhooks.operation(
    "POST",
    "/webhooks/{webhook_id}/ping",
    permission="webhook.manage",
    returns=WebhookDeliveryView,
    status=201,
    idempotent=True,
    location="/webhook-deliveries/{id}",
)
def ping_webhook(webhook_id: UUID) -> With:
    """Send a webhook something to try it out; read the delivery to see what came of it."""
    return _delivery(verbs.ping(session(), actor(), webhook_id))


@webhooks.operation(
    "GET",
    "/webhook-deliveries",
    permission="webhook.read",
    query=WebhookDeliveryQuery,
    returns=WebhookDeliveryView,
    page=True,
)
def list_webhook_deliveries(query: dict[str, Any]) -> Page[With]:
    """List deliveries with their tries, the newest first; those that are over are kept for a limited time."""
    page = webhook_queries.deliveries(session(), actor(), **query)
    return Page(_deliveries(page.data), page.next_cursor)


@webhooks.operation(
    "GET", "/webhook-deliveries/{webhook_delivery_id}", permission="webhook.read", returns=WebhookDeliveryView
)
def read_webhook_delivery(webhook_delivery_id: UUID) -> With:
    """Read a delivery with its tries."""
    return _delivery(webhook_queries.get_delivery(session(), actor(), webhook_delivery_id))


@webhooks.operation(
    "POST",
    "/webhook-deliveries/{webhook_delivery_id}/redeliver",
    permission="webhook.manage",
    returns=WebhookDeliveryView,
    status=201,
    idempotent=True,
    location="/webhook-deliveries/{id}",
)
def redeliver_webhook_delivery(webhook_delivery_id: UUID) -> With:
    """Send what was delivered or given up once more, as another delivery with the same `message_id`."""
    return _delivery(verbs.redeliver(session(), actor(), webhook_delivery_id))


@webhooks.operation(
    "GET",
    "/events",
    permission="event.read",
    query=OrganizationEventQuery,
    returns=OrganizationEventView,
    page=True,
)
def list_organization_events(query: dict[str, Any]) -> Page[dict[str, Any]]:
    """List what your organization's webhooks are told, in the order of the sealed log, the oldest first.

    To catch up after an outage, begin with `after` the last event that you have.
    """
    kinds = query.pop("types", ())
    page = outbox.events(session(), actor(), kinds=kinds, **query)
    return Page([_event(event) for event in page.data], page.next_cursor)


def _event(event: AuditEvent) -> dict[str, Any]:
    content = payload(event, actor().organization)
    return {**content, "id": event.id, "organization_id": actor().organization}


def _vault() -> Vault:
    return _vault_of(get_context().settings)


def _policy() -> AddressPolicy:
    return verbs.policy_of(get_context().settings)


def _with_secret(webhook: Webhook, secret: str) -> With:
    return With(webhook, secret=secret)


def _delivery(delivery: WebhookDelivery) -> With:
    return _deliveries([delivery])[0]


def _deliveries(found: Sequence[WebhookDelivery]) -> list[With]:
    attempts = webhook_queries.attempts(session(), [delivery.id for delivery in found])
    return [With(delivery, attempts=attempts[delivery.id]) for delivery in found]
