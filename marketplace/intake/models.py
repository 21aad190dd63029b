"""Tables: uploads of items, and the rows of them that became none."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id
from marketplace.kernel.states import StateMachine

UPLOAD: Final = StateMachine("upload", {"receiving": {"added", "refused", "broken"}}, initial="receiving")
"""`added` stands if and only if its items do; `broken` is one whose server ended in the middle."""

FORMS: Final = ("json", "ndjson", "csv", "label_studio", "mturk")


class Upload(Base):
    """One request that brought items, and what became of it; kept whatever becomes of the items.

    `actor` is the label of who sent it. `received_bytes` and `sha256` are of the body as it was sent, as far as it
    arrived; NULL while it arrives. `error_count` counts all bad rows, `kept_error_count` those that are listed.
    """

    __tablename__ = "upload"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state) for state in sorted(UPLOAD.states))})", name="state"),
        CheckConstraint(f"form IN ({', '.join(repr(form) for form in FORMS)})", name="form"),
        CheckConstraint("on_error IN ('abort', 'skip')", name="on_error"),
        CheckConstraint("(state = 'receiving') = (ended_at IS NULL)", name="ended"),
        Index(None, "job_id", "id"),
        Index("ix_upload_receiving", "id", postgresql_where=text("state = 'receiving'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"))
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    actor: Mapped[str]
    form: Mapped[str]
    packed: Mapped[bool]
    on_error: Mapped[str]
    state: Mapped[str]
    received_bytes: Mapped[int | None]
    sha256: Mapped[bytes | None]
    added: Mapped[int] = mapped_column(server_default=text("0"))
    skipped_existing: Mapped[int] = mapped_column(server_default=text("0"))
    error_count: Mapped[int] = mapped_column(server_default=text("0"))
    kept_error_count: Mapped[int] = mapped_column(server_default=text("0"))
    refusal_code: Mapped[str | None]
    refusal_detail: Mapped[str | None]
    started_at: Mapped[datetime] = mapped_column(server_default=text("market_now()"))
    ended_at: Mapped[datetime | None]


class UploadError(Base):
    """A row that did not become an item, and why; `number` counts from 1 in the order of the lines."""

    __tablename__ = "upload_error"

    upload_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("upload.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    line: Mapped[int]
    external_id: Mapped[str | None]
    code: Mapped[str]
    message: Mapped[str]
    pointer: Mapped[str]
