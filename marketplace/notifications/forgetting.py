"""How long the log of deliveries is kept."""

import datetime as dt

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from marketplace.notifications.models import Webhook, WebhookDelivery
from marketplace.notifications.states import OPEN_DELIVERY


def forget(session: Session, keep: dt.timedelta, *, limit: int = 1000) -> int:
    """Delete up to `limit` deliveries that ended and are older than `keep`, with their tries; returns how many.

    A deleted webhook goes with the last of them. Safe in any number of processes.
    """
    old = (
        select(WebhookDelivery.id)
        .where(
            WebhookDelivery.state.not_in(OPEN_DELIVERY), WebhookDelivery.created_at < func.statement_timestamp() - keep
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    gone = session.scalars(
        delete(WebhookDelivery).where(WebhookDelivery.id.in_(old.scalar_subquery())).returning(WebhookDelivery.id)
    ).all()
    if not gone:
        log = select(WebhookDelivery.id).where(WebhookDelivery.webhook_id == Webhook.id)
        session.execute(delete(Webhook).where(Webhook.state == "deleted", ~log.exists()))
    return len(gone)
