"""Disabling webhooks that nothing can be sent to, and telling their organization."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.identity.models import Membership, Person
from marketplace.kernel.actor import system_actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public
from marketplace.kernel.ports import Mailer, Message
from marketplace.logs import get_logger
from marketplace.notifications.events import WEBHOOK_DISABLED
from marketplace.notifications.models import Webhook
from marketplace.notifications.rules import ROLES
from marketplace.notifications.states import WEBHOOK
from marketplace.notifications.webhooks import host_of

_REASONS = {
    "gone": "its receiver answered that it is gone (410)",
    "failing": "its receiver has taken nothing for days",
}
_LOG = get_logger(__name__)


def disable_if_hopeless(
    session: Session, webhook: Webhook, now: dt.datetime, *, gone: bool, failing_max: dt.timedelta
) -> list[Message]:
    """Disable a locked webhook that just failed if its receiver is gone or has failed for `failing_max`.

    Returns the mails to send once this is committed; what waits for the webhook goes on waiting.
    """
    since = webhook.failing_since or now
    # Its owner may have disabled it while the try was under way.
    if webhook.state != "active" or not (gone or now - since >= failing_max):
        return []
    WEBHOOK.check(webhook.state, "disabled")
    webhook.state, webhook.disabled_reason = "disabled", "gone" if gone else "failing"
    webhook.version += 1
    body = {"host": host_of(webhook), "reason": webhook.disabled_reason, "failing_since": instant(since)}
    record(
        session,
        WEBHOOK_DISABLED,
        system_actor("deliver_webhooks"),
        subject=("webhook", webhook.id),
        organizations=[webhook.organization_id],
        body=body,
    )
    return _messages(session, webhook)


def _messages(session: Session, webhook: Webhook) -> list[Message]:
    members = (
        select(Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.organization_id == webhook.organization_id,
            Membership.role.in_(ROLES),
            Person.email_verified_at.is_not(None),
        )
    )
    text = (
        f"The webhook {public('webhook', webhook.id)} to {host_of(webhook)} was disabled: "
        f"{_REASONS[webhook.disabled_reason or '']}.\n\n"
        "Nothing is lost: what waits for it is sent once you set its state to active again, and /v1/events lists what "
        "happened meanwhile.\n"
    )
    return [
        Message(address, "A webhook was disabled", text)
        for address in session.scalars(members.distinct().order_by(Person.email))
    ]


def mail(mailer: Mailer, messages: Sequence[Message]) -> None:
    """Send them; one that cannot be sent is logged, for the notification tells the same."""
    for message in messages:
        try:
            mailer.send(message)
        except OSError as error:
            _LOG.warning("webhook.notice_not_mailed", problem=type(error).__name__)
