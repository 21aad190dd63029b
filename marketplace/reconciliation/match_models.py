"""What lines were taken for that no reference explains: by amount and day, by a sum, or by hand.

The rows of a match stay when it is undone; its journals are then reversed by their mirrors. Times are market time.
"""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money


class LineMatch(Base):
    """What one line was, and who said so: nobody, by amount and day or by a sum; else one person, or two.

    `target_id` is the client of a deposit, or the deposit of a refund. `amount` is the line's, at ledger scale.
    `journal_id` is what explained it; of payouts each has its own.
    """

    __tablename__ = "line_match"
    __table_args__ = (
        CheckConstraint("way IN ('amount_and_date', 'many_to_one', 'by_hand')", name="way"),
        CheckConstraint("kind IN ('payouts', 'transit', 'fee', 'deposit', 'refund', 'moved_already')", name="kind"),
        CheckConstraint("state IN ('proposed', 'done', 'rejected', 'undo_asked', 'undone')", name="state"),
        CheckConstraint("(kind IN ('deposit', 'refund')) = (target_id IS NOT NULL)", name="target"),
        CheckConstraint("(way = 'by_hand') = (proposed_by IS NOT NULL)", name="by_somebody"),
        CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="decided"),
        CheckConstraint(
            "NOT two_people OR state IN ('proposed', 'rejected') "
            "OR (decided_by IS NOT NULL AND decided_by IS DISTINCT FROM proposed_by)",
            name="two_people",
        ),
        CheckConstraint(
            "(state IN ('undo_asked', 'undone')) = (undo_asked_by IS NOT NULL) "
            "AND (undo_asked_by IS NULL) = (undo_reason IS NULL) AND (undo_asked_by IS NULL) = (undo_asked_at IS NULL)",
            name="undo_asked",
        ),
        CheckConstraint(
            "(state = 'undone') = (undone_by IS NOT NULL) AND (undone_by IS NULL) = (undone_at IS NULL)", name="undone"
        ),
        CheckConstraint("NOT undo_two_people OR undone_by <> undo_asked_by", name="undone_by_two"),
        Index(None, "line_id"),
        Index("ix_line_match_waiting", "id", postgresql_where=text("state IN ('proposed', 'undo_asked')")),
        Index(
            "uq_line_match_live",
            "line_id",
            unique=True,
            postgresql_where=text("state IN ('proposed', 'done', 'undo_asked')"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    line_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("external_line.id"))
    way: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    target_id: Mapped[uuid.UUID | None]
    two_people: Mapped[bool]
    reason: Mapped[str]
    proposed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]
    journal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("journal.id"), unique=True)
    undo_reason: Mapped[str | None]
    undo_asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    undo_asked_at: Mapped[dt.datetime | None]
    undo_two_people: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    undone_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    undone_at: Mapped[dt.datetime | None]

    @property
    def money(self) -> Money:
        """What the line moved: positive came in."""
        return Money(self.amount, self.currency)


class LineMatchPayout(Base):
    """A payout that a line was taken for, alone or with others; `journal_id` is its J6, once that is so."""

    __tablename__ = "line_match_payout"
    __table_args__ = (Index(None, "payout_id"),)

    match_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("line_match.id"), primary_key=True)
    payout_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payout.id"), primary_key=True)
    journal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("journal.id"), unique=True)


class LineMatchTransfer(Base):
    """A rail's line of our own money that a bank's line was taken for: it left the one and came to the other."""

    __tablename__ = "line_match_transfer"
    __table_args__ = (Index(None, "line_id"),)

    match_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("line_match.id"), primary_key=True)
    line_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("external_line.id"), primary_key=True)
