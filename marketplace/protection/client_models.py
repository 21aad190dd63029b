"""Table: how clients did lately by those who worked for them."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base


class ClientFigure(Base):
    """How much of the answers to a client's jobs was rejected lately, and after how many days workers were paid.

    `answers` were decided, `rejected_ppm` of them, in parts per million, stand rejected. `payments` are workers' shares
    of answers that were paid out, `pay_days_average` (rounded up) and `pay_days_most` the days from acceptance to
    payment. A figure is null while too few answers or workers stand behind it. Kept by the sweep `measure_clients`.
    """

    __tablename__ = "client_figure"
    __table_args__ = (
        CheckConstraint("answers >= 0 AND payments >= 0", name="counted"),
        CheckConstraint("rejected_ppm BETWEEN 0 AND 1000000", name="rejected_ppm"),
        CheckConstraint("(pay_days_average IS NULL) = (pay_days_most IS NULL)", name="pay_days"),
    )

    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    answers: Mapped[int]
    rejected_ppm: Mapped[int | None]
    payments: Mapped[int]
    pay_days_average: Mapped[int | None]
    pay_days_most: Mapped[int | None]
    measured_at: Mapped[dt.datetime]
