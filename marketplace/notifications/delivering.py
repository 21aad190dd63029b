"""Delivering: by any number of processes, each webhook by one at a time, in order, at least once.

Each try is written down before it is made and once more after. Whoever is killed between leaves a try without an end;
once its lease is over the delivery is tried again, with the same id for the receiver.

What waits for a webhook is tried in the order of the log; what fails waits for its next try while later events go on,
so that one event that a receiver cannot digest holds up none behind it. After each failure the webhook as a whole
rests, at most a minute, so that a receiver that is down is not asked for every event.
"""

import datetime as dt
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.kernel.ports import Mailer, Message
from marketplace.notifications.disabling import disable_if_hopeless, mail
from marketplace.notifications.models import Webhook, WebhookAttempt, WebhookDelivery
from marketplace.notifications.retrying import TRIES_MAX, seconds_of_rest, seconds_to_next_try
from marketplace.notifications.sending import SECONDS_MAX, Call, Outcome, send
from marketplace.notifications.states import DELIVERY, OPEN_DELIVERY
from marketplace.notifications.vault import Vault
from marketplace.outbound.addresses import AddressPolicy

LEASE: Final = dt.timedelta(seconds=60)
"""For how long a try may take in all; after it another process may make it again."""

THREADS: Final = 8
TICK_SECONDS_MAX: Final = 20.0
GONE: Final = 410

Transactions = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True, slots=True)
class Courier:
    """What delivering needs.

    `failing_max` is how long a webhook may fail, `stopping` says that no further try is to be begun, and `chance` gives
    numbers from 0 to 1.
    """

    transactions: Transactions
    vault: Vault
    policy: AddressPolicy
    failing_max: dt.timedelta
    mailer: Mailer
    seconds_max: float = SECONDS_MAX
    stopping: Callable[[], bool] = bool
    chance: Callable[[], float] = field(default=secrets.SystemRandom().random)


def deliver_due(courier: Courier, *, threads: int = THREADS) -> int:
    """Make the tries that are due, several webhooks at a time; returns how many were made.

    A sweep: it ends when nothing is due, or after about twenty seconds.
    """
    with courier.transactions() as session:
        if session.scalar(_due().with_only_columns(Webhook.id)) is None:
            return 0
    until = time.monotonic() + TICK_SECONDS_MAX
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(lambda _: _deliver(courier, until), range(threads)))


def _deliver(courier: Courier, until: float) -> int:
    tries = 0
    while time.monotonic() < until and not courier.stopping():
        with courier.transactions() as session:
            webhook = take(session)
            call = None if webhook is None else begin(session, webhook)
        if webhook is None:
            break
        if call is None:
            continue
        tries += 1
        note(courier, call, send(call, courier.vault, courier.policy, seconds_max=courier.seconds_max))
    return tries


def _due() -> Select[Webhook]:
    now = func.statement_timestamp()
    waiting = select(WebhookDelivery.id).where(
        WebhookDelivery.webhook_id == Webhook.id,
        WebhookDelivery.state.in_(OPEN_DELIVERY),
        WebhookDelivery.next_try_at <= now,
    )
    return (
        select(Webhook)
        .where(
            Webhook.state == "active",
            or_(Webhook.lease_until.is_(None), Webhook.lease_until <= now),
            or_(Webhook.rest_until.is_(None), Webhook.rest_until <= now),
            waiting.exists(),
        )
        # Whoever was served last is served again after the others.
        .order_by(Webhook.lease_until.nulls_first(), Webhook.id)
        .limit(1)
    )


def take(session: Session) -> Webhook | None:
    """Lock a webhook with a delivery that is due, and hold it for the time of one try; None when there is none."""
    webhook = session.scalars(
        _due().with_for_update(skip_locked=True).execution_options(populate_existing=True)
    ).one_or_none()
    if webhook is not None:
        webhook.lease_until = real_now(session) + LEASE
        session.flush()
    return webhook


def begin(session: Session, webhook: Webhook) -> Call | None:
    """Write down the next try of a webhook that was taken; None when its delivery has had all its tries."""
    now = real_now(session)
    delivery = session.scalars(
        select(WebhookDelivery)
        .where(
            WebhookDelivery.webhook_id == webhook.id,
            WebhookDelivery.state.in_(OPEN_DELIVERY),
            WebhookDelivery.next_try_at <= now,
        )
        .order_by(WebhookDelivery.position)
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if delivery is None or delivery.tries >= TRIES_MAX:
        # Its last try has no end: whoever made it was lost.
        if delivery is not None:
            _end(delivery, "dead", now)
        webhook.lease_until = now
        session.flush()
        return None
    delivery.tries += 1
    delivery.first_tried_at = delivery.first_tried_at or now
    delivery.next_try_at = now + LEASE
    session.add(WebhookAttempt(delivery_id=delivery.id, number=delivery.tries))
    session.flush()
    older = webhook.secret_before if webhook.secret_before_until and webhook.secret_before_until > now else None
    return Call(
        delivery_id=delivery.id,
        webhook_id=webhook.id,
        message_id=delivery.message_id,
        number=delivery.tries,
        url=webhook.url,
        body=delivery.payload.encode(),
        secrets=tuple(sealed for sealed in (webhook.secret, older) if sealed is not None),
        at=now,
    )


def note(courier: Courier, call: Call, outcome: Outcome) -> None:
    """Write down what came of a try, and tell the organization when its webhook is disabled by it."""
    with courier.transactions() as session:
        webhook = session.get_one(Webhook, call.webhook_id, with_for_update=True, populate_existing=True)
        delivery = session.get_one(WebhookDelivery, call.delivery_id, with_for_update=True, populate_existing=True)
        attempt = session.get_one(WebhookAttempt, (call.delivery_id, call.number))
        attempt.milliseconds, attempt.status, attempt.error = outcome.milliseconds, outcome.status, outcome.error
        notices: list[Message] = []
        # Where the lease was over and another process has tried it since, or its webhook was deleted, only the try
        # itself is still ours to write.
        if delivery.tries == call.number and delivery.state in OPEN_DELIVERY:
            now = real_now(session)
            webhook.lease_until = now
            if outcome.taken:
                _end(delivery, "delivered", now)
                webhook.failures, webhook.failing_since, webhook.rest_until = 0, None, None
            else:
                _failed(courier, webhook, delivery, now)
                gone = outcome.status == GONE
                notices = disable_if_hopeless(session, webhook, now, gone=gone, failing_max=courier.failing_max)
        session.flush()
    mail(courier.mailer, notices)


def _failed(courier: Courier, webhook: Webhook, delivery: WebhookDelivery, now: dt.datetime) -> None:
    webhook.failures += 1
    webhook.failing_since = webhook.failing_since or now
    webhook.rest_until = now + dt.timedelta(seconds=seconds_of_rest(webhook.failures, courier.chance()))
    if delivery.tries >= TRIES_MAX:
        _end(delivery, "dead", now)
        return
    if delivery.state != "retrying":
        DELIVERY.check(delivery.state, "retrying")
        delivery.state = "retrying"
    since_first = (now - (delivery.first_tried_at or now)).total_seconds()
    wait = seconds_to_next_try(delivery.tries, since_first, courier.chance())
    delivery.next_try_at = now + dt.timedelta(seconds=wait)


def _end(delivery: WebhookDelivery, state: str, now: dt.datetime) -> None:
    DELIVERY.check(delivery.state, state)
    delivery.state, delivery.next_try_at, delivery.ended_at = state, None, now
