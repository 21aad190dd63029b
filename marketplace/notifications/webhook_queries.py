"""Reading webhooks and the log of their deliveries."""

import uuid
from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import Session

from marketplace.audit.queries import READ_ALL
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.notifications.models import Webhook, WebhookAttempt, WebhookDelivery


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The actor's organization's own that are not deleted; everybody's for who reads everything."""
    own = true() if actor.may(READ_ALL) else Webhook.organization_id == actor.organization_id
    return and_(own, Webhook.state != "deleted")


def webhooks(session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT) -> Page[Webhook]:
    """A page of webhooks, the newest first. Needs webhook.read."""
    actor.require("webhook.read")
    wanted = select(Webhook).where(visible_to(actor))
    return paginate(session, wanted, keys=[Webhook.id], cursor=cursor, limit=limit, descending=True)


def get_webhook(session: Session, actor: Actor, webhook_id: uuid.UUID) -> Webhook:
    """One webhook. Needs webhook.read; raises not_found."""
    actor.require("webhook.read")
    found = session.scalars(select(Webhook).where(Webhook.id == webhook_id, visible_to(actor))).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no webhook with this id.", noun="webhook")
    return found


def deliveries(
    session: Session,
    actor: Actor,
    *,
    webhook_id: uuid.UUID | None = None,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[WebhookDelivery]:
    """A page of deliveries, the newest first; of one webhook, in one state. Needs webhook.read.

    Another's webhook has no deliveries here.
    """
    actor.require("webhook.read")
    wanted = select(WebhookDelivery).join(Webhook, Webhook.id == WebhookDelivery.webhook_id).where(visible_to(actor))
    if webhook_id is not None:
        wanted = wanted.where(WebhookDelivery.webhook_id == webhook_id)
    if state is not None:
        wanted = wanted.where(WebhookDelivery.state == state)
    return paginate(session, wanted, keys=[WebhookDelivery.id], cursor=cursor, limit=limit, descending=True)


def get_delivery(session: Session, actor: Actor, delivery_id: uuid.UUID) -> WebhookDelivery:
    """One delivery. Needs webhook.read; raises not_found."""
    actor.require("webhook.read")
    found = session.scalars(
        select(WebhookDelivery)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(WebhookDelivery.id == delivery_id, visible_to(actor))
    ).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no delivery with this id.", noun="webhook_delivery")
    return found


def attempts(session: Session, delivery_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[WebhookAttempt]]:
    """The tries of each delivery in order; the caller has been shown the deliveries."""
    wanted = select(WebhookAttempt).where(WebhookAttempt.delivery_id.in_(delivery_ids))
    found: dict[uuid.UUID, list[WebhookAttempt]] = {delivery_id: [] for delivery_id in delivery_ids}
    for attempt in session.scalars(wanted.order_by(WebhookAttempt.delivery_id, WebhookAttempt.number)):
        found[attempt.delivery_id].append(attempt)
    return found
