"""Tables: exports, and the files written for them. All times are real time."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id


class Export(Base):
    """One file that somebody asked for; its work is the operation's.

    `answers` says whether it holds answers that are used or those that are paid but not used; `month`, by its first
    day, of which month of the books it is, None of all of them. From `storage_key` to `expires_at` all is written in
    the transaction that ends the operation. `deleted_at` is when the bytes went.
    """

    __tablename__ = "export"
    __table_args__ = (
        CheckConstraint("answers IN ('used', 'not_used')", name="answers"),
        CheckConstraint("EXTRACT(day FROM month) = 1", name="first_of_month"),
        CheckConstraint("(storage_key IS NULL) = (sha256 IS NULL)", name="file_has_a_digest"),
        CheckConstraint("(storage_key IS NULL) = (expires_at IS NULL)", name="file_expires"),
        CheckConstraint("deleted_at IS NULL OR storage_key IS NOT NULL", name="deleted_was_there"),
        Index("ix_export_organization_id", "organization_id", "id"),
        Index("ix_export_operation_id", "operation_id", unique=True),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    operation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("operation.id", ondelete="CASCADE"))
    format: Mapped[str]
    job_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("job.id"))
    answers: Mapped[str]
    month: Mapped[dt.date | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))
    storage_key: Mapped[str | None]
    byte_count: Mapped[int | None]
    row_count: Mapped[int | None]
    sha256: Mapped[bytes | None]
    ready_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime | None]
    deleted_at: Mapped[dt.datetime | None]


class KeptBook(Base):
    """A file of the books of a month that is over, by its first day, which stays in storage."""

    __tablename__ = "kept_book"
    __table_args__ = (
        UniqueConstraint("month", "name"),
        CheckConstraint("EXTRACT(day FROM month) = 1", name="first_of_month"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    month: Mapped[dt.date]
    name: Mapped[str]
    storage_key: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[bytes]
    byte_count: Mapped[int]
    row_count: Mapped[int]
    written_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))


class ExportFile(Base):
    """A key that a run may have written bytes under, noted before it does: whatever dies, no file is forgotten.

    It has no foreign key: it outlives its export until the bytes are gone. `token` is the run's.
    """

    __tablename__ = "export_file"
    __table_args__ = (Index("ix_export_file_written_at", "written_at"),)

    storage_key: Mapped[str] = mapped_column(primary_key=True)
    export_id: Mapped[uuid.UUID]
    token: Mapped[uuid.UUID]
    written_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))
