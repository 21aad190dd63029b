"""Further seats of batches, wanted since a job's redundancy was raised."""

import uuid

from sqlalchemy import CheckConstraint, ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base


class SeatRound(Base):
    """Further seats of a batch: `seats_per_task`, when the job's redundancy was raised to `redundancy`.

    They are for the `task_count` tasks, with `item_count` items, that were open then: those that want `redundancy`
    seats or more. `seats_released` counts them task by task in the order of their position.
    """

    __tablename__ = "seat_round"
    __table_args__ = (
        CheckConstraint("seats_per_task > 0 AND task_count > 0 AND item_count > 0", name="not_empty"),
        CheckConstraint("seats_released BETWEEN 0 AND task_count * seats_per_task", name="seats_released"),
    )

    batch_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    redundancy: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seats_per_task: Mapped[int]
    task_count: Mapped[int]
    item_count: Mapped[int]
    seats_released: Mapped[int] = mapped_column(server_default=text("0"))
