"""Tables: what people are told, and how far the sealed log has been read."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base


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
