"""Webhooks as their organization manages them: address, kinds of events, secrets."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.models import AuditLeaf
from marketplace.audit.recording import record
from marketplace.db.clock import real_now
from marketplace.db.locks import advisory_xact_lock
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import INVALID, NOT_FOUND, STALE, FieldError
from marketplace.kernel.ids import new_id
from marketplace.notifications import events
from marketplace.notifications.errors import WEBHOOK_ADDRESS_REFUSED, WEBHOOK_DISABLED, WEBHOOK_LIMIT
from marketplace.notifications.models import Webhook, WebhookDelivery
from marketplace.notifications.planning import plan
from marketplace.notifications.published import PING, PUBLISHED, as_text, ping_payload
from marketplace.notifications.signing import new_secret
from marketplace.notifications.states import DELIVERY, OPEN_DELIVERY, WEBHOOK
from marketplace.notifications.vault import Vault
from marketplace.notifications.webhook_queries import get_delivery, visible_to
from marketplace.outbound.addresses import AddressPolicy, AddressRefusedError, vetted
from marketplace.settings import Settings

WEBHOOKS_MAX: Final = 20
"""Webhooks that an organization may have at a time."""

OVERLAP_MAX: Final = dt.timedelta(days=7)


def policy_of(settings: Settings) -> AddressPolicy:
    """To which addresses this installation sends events: encrypted ones outside development."""
    return AddressPolicy(networks_allowed=settings.webhook_networks_allowed, encrypted_only=not settings.development)


def create_webhook(
    session: Session,
    actor: Actor,
    vault: Vault,
    policy: AddressPolicy,
    *,
    url: str,
    kinds: Collection[str],
    description: str = "",
) -> tuple[Webhook, str]:
    """Have events sent to an address from now on: (the row, its secret "whsec_…", which is shown this once).

    Needs webhook.manage. Raises webhook_address_refused, webhook_limit, invalid.
    """
    actor.require("webhook.manage")
    organization_id = actor.organization
    wanted = _known(kinds)
    _check_address(url, policy)
    # Two who create at once would both count one too few.
    advisory_xact_lock(session, f"webhooks of {organization_id}")
    there = select(func.count()).where(Webhook.organization_id == organization_id, Webhook.state != "deleted")
    if (session.scalar(there) or 0) >= WEBHOOKS_MAX:
        raise WEBHOOK_LIMIT.error(f"Your organization has {WEBHOOKS_MAX} webhooks, which is as many as there may be.")
    webhook_id, secret = new_id(), new_secret()
    webhook = Webhook(
        id=webhook_id,
        organization_id=organization_id,
        url=url,
        kinds=wanted,
        description=description,
        secret=vault.seal(webhook_id, secret),
        next_leaf=session.scalar(select(func.coalesce(func.max(AuditLeaf.number) + 1, 0))),
    )
    session.add(webhook)
    session.flush()
    _record(session, actor, events.WEBHOOK_CREATED, webhook, {"kinds": wanted})
    return webhook, secret


def change_webhook(
    session: Session,
    actor: Actor,
    policy: AddressPolicy,
    webhook_id: uuid.UUID,
    version: int,
    changes: Mapping[str, Any],
) -> Webhook:
    """Change url, kinds, description or state ("active" or "disabled") of the version that was read.

    An active one goes on where it stopped when it was disabled: nothing is left out. Needs webhook.manage. Raises
    not_found, stale, webhook_address_refused, invalid.
    """
    actor.require("webhook.manage")
    webhook = _lock(session, actor, webhook_id)
    if webhook.version != version:
        raise STALE.error(f"The webhook is at version {webhook.version} by now, not {version}.")
    wanted: dict[str, Any] = {name: _known(value) if name == "kinds" else value for name, value in changes.items()}
    changed = sorted(name for name, value in wanted.items() if getattr(webhook, name) != value)
    if not changed:
        return webhook
    if "kinds" in changed and webhook.state == "active":
        # What it has waited for so far is what it asked for so far; a kind that it adds begins now.
        while plan(session, webhook):
            pass
    if "url" in changed:
        _check_address(wanted["url"], policy)
    if "state" in changed:
        WEBHOOK.check(webhook.state, wanted["state"])
        webhook.disabled_reason = "owner" if wanted["state"] == "disabled" else None
    for name in changed:
        setattr(webhook, name, wanted[name])
    if changed != ["description"]:
        # Whatever was wrong with it may be mended: it is tried at once, and its days of failing count anew.
        webhook.failures, webhook.failing_since, webhook.rest_until = 0, None, None
    webhook.version += 1
    session.flush()
    body = {"changed": changed, "kinds": webhook.kinds, "state": webhook.state, "version": webhook.version}
    _record(session, actor, events.WEBHOOK_CHANGED, webhook, body)
    return webhook


def delete_webhook(session: Session, actor: Actor, webhook_id: uuid.UUID) -> None:
    """End a webhook and forget its secrets; what waits for it is not sent. Needs webhook.manage. Raises not_found."""
    actor.require("webhook.manage")
    webhook = _lock(session, actor, webhook_id)
    WEBHOOK.check(webhook.state, "deleted")
    webhook.state, webhook.disabled_reason = "deleted", None
    webhook.secret = webhook.secret_before = webhook.secret_before_until = None
    webhook.version += 1
    session.flush()
    waiting = update(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.state.in_(OPEN_DELIVERY)
    )
    session.execute(waiting.values(state="dead", next_try_at=None, ended_at=real_now(session)))
    _record(session, actor, events.WEBHOOK_DELETED, webhook, {})


def rotate_secret(
    session: Session, actor: Actor, vault: Vault, webhook_id: uuid.UUID, overlap: dt.timedelta
) -> tuple[Webhook, str]:
    """Give a webhook a new secret: (the row, the secret, which is shown this once).

    The one before signs beside it for `overlap` of real time, at most seven days; one still older ends at once. Needs
    webhook.manage. Raises not_found.
    """
    actor.require("webhook.manage")
    if not dt.timedelta() <= overlap <= OVERLAP_MAX:
        raise ValueError("an overlap lasts from none to seven days")
    webhook = _lock(session, actor, webhook_id)
    secret, until = new_secret(), real_now(session) + overlap
    webhook.secret_before, webhook.secret_before_until = webhook.secret, until
    webhook.secret = vault.seal(webhook.id, secret)
    webhook.version += 1
    session.flush()
    _record(session, actor, events.WEBHOOK_SECRET_ROTATED, webhook, {"older_until": instant(until)})
    return webhook, secret


def ping(session: Session, actor: Actor, webhook_id: uuid.UUID) -> WebhookDelivery:
    """Send a webhook something to try it out. Needs webhook.manage. Raises not_found, webhook_disabled."""
    actor.require("webhook.manage")
    webhook = _lock(session, actor, webhook_id)
    _require_active(webhook)
    delivery_id = new_id()
    content = ping_payload(delivery_id, webhook.id, webhook.organization_id, instant(real_now(session)))
    made = WebhookDelivery(
        id=delivery_id, message_id=delivery_id, webhook_id=webhook.id, kind=PING, payload=as_text(content)
    )
    session.add(made)
    session.flush()
    session.refresh(made)
    return made


def redeliver(session: Session, actor: Actor, delivery_id: uuid.UUID) -> WebhookDelivery:
    """Send what was delivered or given up once more, as a new delivery with the same id for the receiver.

    Needs webhook.manage. Raises not_found, webhook_disabled, state_conflict while it is still being tried.
    """
    actor.require("webhook.manage")
    seen = get_delivery(session, actor, delivery_id)
    webhook = _lock(session, actor, seen.webhook_id)
    _require_active(webhook)
    # Looked at again under its lock: two who redeliver at once would send it twice, a sender may have just ended it.
    earlier = session.get_one(WebhookDelivery, delivery_id, with_for_update=True, populate_existing=True)
    if earlier.state != "delivered":
        DELIVERY.check(earlier.state, "redelivered")
        earlier.state = "redelivered"
    made = WebhookDelivery(
        message_id=earlier.message_id,
        webhook_id=earlier.webhook_id,
        kind=earlier.kind,
        leaf_number=earlier.leaf_number,
        event_id=earlier.event_id,
        payload=earlier.payload,
    )
    session.add(made)
    session.flush()
    session.refresh(made)
    return made


def host_of(webhook: Webhook) -> str:
    """The host of a webhook's address; the rest of it may hold what is nobody's business."""
    return urlsplit(webhook.url).hostname or ""


def _lock(session: Session, actor: Actor, webhook_id: uuid.UUID) -> Webhook:
    """The webhook under its lock, as it is now: senders and its owners change the same row."""
    own = select(Webhook).where(
        Webhook.id == webhook_id, visible_to(actor), Webhook.organization_id == actor.organization
    )
    found = session.scalars(own.with_for_update().execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NOT_FOUND.error("There is no webhook with this id.", noun="webhook")
    return found


def _require_active(webhook: Webhook) -> None:
    if webhook.state != "active":
        raise WEBHOOK_DISABLED.error(f"The webhook is {webhook.state}; nothing is sent to it.")


def _known(kinds: Collection[str]) -> list[str]:
    wanted = sorted(set(kinds))
    unknown = [kind for kind in wanted if kind not in PUBLISHED]
    if unknown or not wanted:
        message = f"There is no event {', '.join(unknown)}." if unknown else "Name at least one kind of event."
        raise INVALID.error(message, errors=[FieldError("/kinds", "unknown_choice", message)])
    return wanted


def _check_address(url: str, policy: AddressPolicy) -> None:
    try:
        vetted(url, policy)
    except AddressRefusedError as refused:
        problem = refused.sentence
    except UnicodeError:
        problem = "This is not a well-formed name of a host."
    except OSError:
        # A name that is not known yet may be so tomorrow; it is vetted again at every connection.
        return
    else:
        return
    field = FieldError("/url", "webhook_address_refused", problem)
    raise WEBHOOK_ADDRESS_REFUSED.error(problem, errors=[field])


def _record(session: Session, actor: Actor, kind: EventKind, webhook: Webhook, more: Mapping[str, Any]) -> None:
    record(
        session,
        kind,
        actor,
        subject=("webhook", webhook.id),
        organizations=[webhook.organization_id],
        body={"host": host_of(webhook), **more},
    )
