"""The rows of the daily check of the books."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, Text, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id


class BooksCheck(Base):
    """That all invariants were looked at on one day, by real time, and which of them did not hold."""

    __tablename__ = "books_check"
    __table_args__ = (
        CheckConstraint("checks > 0 AND milliseconds >= 0", name="counts"),
        CheckConstraint("cardinality(failed) <= checks", name="failed_of_them"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    day: Mapped[dt.date] = mapped_column(unique=True)
    checks: Mapped[int]
    failed: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    milliseconds: Mapped[int]
    checked_at: Mapped[dt.datetime] = mapped_column(server_default=func.statement_timestamp())
