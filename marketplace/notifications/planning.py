"""From an organization's events to the deliveries of each of its webhooks, in leaf order, each event once."""

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.kernel.ids import new_id
from marketplace.notifications.models import (
    OrganizationEvent,
    OrganizationEventCursor,
    Webhook,
    WebhookDelivery,
)
from marketplace.notifications.published import as_text, payload

BATCH: int = 200


def sweep(session: Session) -> int:
    """Plan up to 200 deliveries of one webhook that has new events; returns how many.

    Any number of processes: a webhook that another is at is passed over, and where it stands is written with what
    was planned.
    """
    fresh = (
        select(OrganizationEvent.leaf_number)
        .where(
            OrganizationEvent.organization_id == Webhook.organization_id,
            OrganizationEvent.kind == Webhook.kinds.any_(),
            OrganizationEvent.leaf_number >= Webhook.next_leaf,
        )
        .exists()
    )
    webhook = session.scalars(
        select(Webhook)
        .where(Webhook.state == "active", fresh)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return 0 if webhook is None else plan(session, webhook)


def plan(session: Session, webhook: Webhook) -> int:
    """Make deliveries of the next events of a webhook that the caller has locked; returns how many, 0 at the end."""
    # Read before the events: all up to there are committed, so that none is passed over by moving there.
    end = session.scalar(select(OrganizationEventCursor.next_leaf)) or 0
    wanted = (
        select(OrganizationEvent.leaf_number, AuditEvent)
        .join(AuditEvent, AuditEvent.id == OrganizationEvent.event_id)
        .where(
            OrganizationEvent.organization_id == webhook.organization_id,
            OrganizationEvent.kind.in_(webhook.kinds),
            OrganizationEvent.leaf_number >= webhook.next_leaf,
            OrganizationEvent.leaf_number < end,
        )
        .order_by(OrganizationEvent.leaf_number)
        .limit(BATCH)
    )
    found = session.execute(wanted).all()
    if found:
        session.execute(insert(WebhookDelivery), [_row(webhook, number, event) for number, event in found])
    if len(found) == BATCH:
        webhook.next_leaf = found[-1][0] + 1
    else:
        webhook.next_leaf = max(webhook.next_leaf, end)
    session.flush()
    return len(found)


def _row(webhook: Webhook, leaf_number: int, event: AuditEvent) -> dict[str, object]:
    delivery_id = new_id()
    return {
        "id": delivery_id,
        "message_id": delivery_id,
        "webhook_id": webhook.id,
        "kind": event.kind,
        "leaf_number": leaf_number,
        "event_id": event.id,
        "payload": as_text(payload(event, webhook.organization_id)),
    }
