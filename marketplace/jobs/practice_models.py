"""Table: items with the right answer that workers see and try before they claim."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id


class PracticeItem(Base):
    """An item to learn from, with the answer that is right and why. It is none of the job's items, and no gold.

    One that `is_example` is shown with its answer; the others a worker answers first. Whoever the job's tasks are open
    to reads all of it. One that was taken away is kept: its answer may be known, and its media goes with its job's.
    """

    __tablename__ = "practice_item"
    __table_args__ = (
        Index(
            "uq_practice_item_named", "job_id", "external_id", unique=True, postgresql_where=text("removed_at IS NULL")
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"), index=True)
    external_id: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    media_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("media.id"))
    expected: Mapped[dict[str, Any]] = mapped_column(JSONB)
    explanation: Mapped[str]
    is_example: Mapped[bool]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
    removed_at: Mapped[dt.datetime | None]
