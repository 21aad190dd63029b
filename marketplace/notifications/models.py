"""Tables: what people and programs are told, and how far the sealed log has been read."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id


class Notification(Base):
    """One thing one person is told, made from one sealed leaf of the log; `read_at` is the only change it sees.

    `organization_id` says for which organization they are told; NULL is as a worker.
    """

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("leaf_index", "person_id", "organization_id", postgresql_nulls_not_distinct=True),
        Index("ix_notification_inbox", "person_id", "organization_id", "id"),
        Index("ix_notification_unread", "person_id", postgresql_where=text("read_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[str]
    subject_noun: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    body: Mapped[dict[str, Any]]
    leaf_index: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
    read_at: Mapped[dt.datetime | None]


class NotificationCursor(Base):
    """One row: the leaf the feed reads next."""

    __tablename__ = "notification_cursor"
    __table_args__ = (CheckConstraint("singleton", name="one_row"),)

    singleton: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    next_leaf: Mapped[int] = mapped_column(server_default=text("0"))


class OrganizationEvent(Base):
    """A sealed leaf that an organization is told as an event of the API; what of it, `published` says.

    Written in leaf order by one reader at a time, so that no row ever appears before one that was seen.
    """

    __tablename__ = "organization_event"
    __table_args__ = (
        UniqueConstraint("organization_id", "event_id"),
        Index("ix_organization_event_kind", "organization_id", "kind", "leaf_number"),
        APPEND_ONLY,
    )

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    leaf_number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    event_id: Mapped[uuid.UUID]


class OrganizationEventCursor(Base):
    """One row: the leaf that is read next for `organization_event`."""

    __tablename__ = "organization_event_cursor"
    __table_args__ = (CheckConstraint("singleton", name="one_row"),)

    singleton: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    next_leaf: Mapped[int] = mapped_column(server_default=text("0"))


class Webhook(Base):
    """An address to which an organization's events are sent. All its times are real time.

    `secret` signs; `secret_before` signs beside it until `secret_before_until`; both are sealed by the vault.
    `next_leaf` is how far the organization's events have become deliveries. Who sends holds it until `lease_until`,
    one process at a time; a time that is past is that of the last try. `rest_until` lets an address that failed
    (`failures` times in a row) rest before the next try. `failing_since` is the first failure since the last success.
    """

    __tablename__ = "webhook"
    __table_args__ = (
        CheckConstraint("state IN ('active', 'disabled', 'deleted')", name="state"),
        CheckConstraint("(state = 'disabled') = (disabled_reason IS NOT NULL)", name="disabled_says_why"),
        CheckConstraint("disabled_reason IN ('owner', 'gone', 'failing')", name="disabled_reason"),
        CheckConstraint("(secret_before IS NULL) = (secret_before_until IS NULL)", name="rotation"),
        CheckConstraint("(secret IS NULL) = (state = 'deleted')", name="deleted_forgets_secret"),
        Index("ix_webhook_organization_id", "organization_id", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    url: Mapped[str]
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    description: Mapped[str] = mapped_column(server_default=text("''"))
    state: Mapped[str] = mapped_column(server_default=text("'active'"))
    disabled_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    secret: Mapped[bytes | None]
    secret_before: Mapped[bytes | None]
    secret_before_until: Mapped[dt.datetime | None]
    next_leaf: Mapped[int]
    lease_until: Mapped[dt.datetime | None]
    rest_until: Mapped[dt.datetime | None]
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    failing_since: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))


class WebhookDelivery(Base):
    """One event on its way to one webhook; `position` is the order in which they are first sent.

    `message_id` is the webhook-id that the receiver sees: the same on every try, and when it is sent again later, which
    is another delivery with the message id of the first; the first's is its own.
    `payload` are the very bytes that are signed and sent, as text. Without a leaf it is a ping.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'retrying', 'delivered', 'dead', 'redelivered')", name="state"),
        CheckConstraint("(state IN ('pending', 'retrying')) = (next_try_at IS NOT NULL)", name="due_while_open"),
        CheckConstraint("tries >= 0", name="tries"),
        Index(
            "uq_webhook_delivery_leaf",
            "webhook_id",
            "leaf_number",
            unique=True,
            postgresql_where=text("message_id = id AND leaf_number IS NOT NULL"),
        ),
        Index(
            "ix_webhook_delivery_due",
            "webhook_id",
            "position",
            postgresql_where=text("state IN ('pending', 'retrying')"),
        ),
        Index("ix_webhook_delivery_webhook_id", "webhook_id", "id"),
        Index("ix_webhook_delivery_ended", "created_at", postgresql_where=text("state NOT IN ('pending', 'retrying')")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    webhook_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("webhook.id"))
    position: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    message_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    leaf_number: Mapped[int | None]
    event_id: Mapped[uuid.UUID | None]
    payload: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    first_tried_at: Mapped[dt.datetime | None]
    next_try_at: Mapped[dt.datetime | None] = mapped_column(server_default=text("statement_timestamp()"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))
    ended_at: Mapped[dt.datetime | None]


class WebhookAttempt(Base):
    """One try of a delivery. Written before the call; a row without an end is a call whose caller was lost."""

    __tablename__ = "webhook_attempt"

    delivery_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("webhook_delivery.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    started_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))
    milliseconds: Mapped[int | None]
    status: Mapped[int | None]
    error: Mapped[str | None]
