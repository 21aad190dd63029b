"""The table of journals that no line confirms, up to a posting; which they are now is that and what came since."""

import uuid

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base


class UnconfirmedJournal(Base):
    """What one journal moved of our money at a rail, by the postings up to its horizon, as no line confirmed it.

    It follows from postings and lines: it may be removed and made again at any time.
    """

    __tablename__ = "unconfirmed_journal"

    journal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    rail: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[int]
