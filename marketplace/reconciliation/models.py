"""What the outside world says happened to our money, line by line. Amounts at ledger scale, signed: in is positive.

Times are market time, but `imported_at`, which is real.
"""

import datetime as dt
import uuid
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, literal, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money

MATCHED: Final = literal("matched", literal_execute=True)
UNMATCHED: Final = literal("unmatched", literal_execute=True)
"""Written into the statement: a plan that is kept for any state uses no index of open lines."""


class ExternalLine(Base):
    """One line of a rail's balance, and the one journal that says the same; `amount` is net of the rail's `fee`.

    `charge` is the rail's reference of the client's payment that a refund or dispute is of.

    `set_aside`: nothing explained it in time, and its journal stands on 2900 until somebody does; `why` says why not
    (`states.WHY`), and `owner_id` who of finance looks after it.
    """

    __tablename__ = "external_line"
    __table_args__ = (
        UniqueConstraint("rail", "external_id"),
        CheckConstraint("amount <> 0", name="not_nothing"),
        CheckConstraint("state IN ('unmatched', 'matched', 'set_aside')", name="state"),
        CheckConstraint("(state = 'unmatched') = (journal_id IS NULL)", name="matched_has_journal"),
        Index("ix_external_line_unmatched", "rail", "reference", postgresql_where=text("state = 'unmatched'")),
        Index(None, "reference"),
        Index("ix_external_line_open", "rail", "currency", "amount", postgresql_where=text("state <> 'matched'")),
        Index("ix_external_line_open_id", "id", postgresql_where=text("state <> 'matched'")),
        Index("ix_external_line_oldest", "occurred_at", "id", postgresql_where=text("state <> 'matched'")),
        Index(None, "occurred_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    rail: Mapped[str]
    external_id: Mapped[str]
    kind: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    occurred_at: Mapped[dt.datetime]
    reference: Mapped[str]
    charge: Mapped[str | None]
    fee: Mapped[int] = mapped_column(server_default=text("0"))
    state: Mapped[str] = mapped_column(server_default=text("'unmatched'"))
    journal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("journal.id"), unique=True)
    imported_at: Mapped[dt.datetime] = mapped_column(server_default=func.statement_timestamp())
    set_aside_count: Mapped[int] = mapped_column(server_default=text("0"))
    matched_at: Mapped[dt.datetime | None]
    why: Mapped[str | None]
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))

    @property
    def money(self) -> Money:
        """What moved: positive came in, negative went out."""
        return Money(self.amount, self.currency)
