"""How each sweep went, in any process: what monitors and the page of operations show. All times are real time."""

import datetime as dt

from sqlalchemy import CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base


class SweepRun(Base):
    """One sweep: its last run, its last failure, and the sums of all runs of all processes.

    `error` is the kind of the last failure and where in the program it came from, never what it was about; it and
    `failed_at` stay when later runs succeed.
    """

    __tablename__ = "sweep_run"
    __table_args__ = (
        CheckConstraint("(failed_at IS NULL) = (error IS NULL)", name="failure_says_what"),
        CheckConstraint("failures <= runs", name="counts"),
    )

    name: Mapped[str] = mapped_column(primary_key=True)
    ended_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))
    milliseconds: Mapped[int]
    rows_done: Mapped[int]
    failed_at: Mapped[dt.datetime | None]
    error: Mapped[str | None]
    runs: Mapped[int] = mapped_column(server_default=text("1"))
    rows_total: Mapped[int]
    failures: Mapped[int]
