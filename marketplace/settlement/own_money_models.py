"""Table: moves of the platform's own money, and debts to be given up at its cost; proposed by one, done by another."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money

MOVES = ("capital", "fees", "contribution")
"""Of any amount: capital put in (J0), fees taken out (J17), the guarantee fund's part (J20)."""

DEBTS = ("extra", "quality_claim")
"""Of what a layer owes for this one, which is given up (J18, J10b); named as the noun of its id."""


class OwnMoneyMove(Base):
    """What one person of finance proposed to do with the platform's own money, and another did or refused.

    `amount` is what was proposed: of a debt what was owed at that time. `done_amount` is what was booked or given up at
    last: of a debt less where some of it came back meanwhile. Times are market time.
    """

    __tablename__ = "own_money_move"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('capital', 'fees', 'contribution', 'extra', 'quality_claim')",
            name="kind_known",
        ),
        CheckConstraint("state IN ('proposed', 'done', 'rejected')", name="state_known"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("(kind = 'extra') = (extra_id IS NOT NULL)", name="of_an_extra"),
        CheckConstraint("(kind = 'quality_claim') = (quality_claim_id IS NOT NULL)", name="of_a_claim"),
        CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name="decided"),
        CheckConstraint("(decided_by IS NULL) = (decided_at IS NULL)", name="decided_at_a_moment"),
        CheckConstraint("state <> 'done' OR decided_by <> proposed_by", name="two_people"),
        CheckConstraint(
            "(state = 'done') = (done_amount IS NOT NULL) AND done_amount BETWEEN 0 AND amount", name="done_whole"
        ),
        Index("uq_own_money_move_extra", "extra_id", unique=True, postgresql_where=text("state = 'proposed'")),
        Index(
            "uq_own_money_move_quality_claim",
            "quality_claim_id",
            unique=True,
            postgresql_where=text("state = 'proposed'"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    extra_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("extra.id"))
    quality_claim_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("quality_claim.id"))
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'proposed'"))
    proposed_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]
    done_amount: Mapped[int | None]

    @property
    def money(self) -> Money:
        """What was proposed."""
        return Money(self.amount, self.currency)

    @property
    def done(self) -> Money | None:
        """What was booked or given up, once it is done."""
        return None if self.done_amount is None else Money(self.done_amount, self.currency)
