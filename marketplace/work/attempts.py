"""What was answered before."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ForeignKey, SmallInteger
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base


class AnswerAttempt(Base):
    """The content of an attempt that a later one replaced."""

    __tablename__ = "answer_attempt"
    __table_args__ = (APPEND_ONLY,)

    answer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answer.id"), primary_key=True)
    attempt: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)
    submitted_at: Mapped[dt.datetime]
    replaced_at: Mapped[dt.datetime]
