"""Tables: claims about the quality of accepted answers, made against the layer that vouched for them (J10b)."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money


class QualityClaim(Base):
    """The client, or a layer above, wants margin back from the layer that vouched for accepted answers.

    `contract_id` is that layer's contract and `against_organization_id` who earned the margin by it. `asked_amount` is
    what the claimant asks for, at most the job's share of what it pays for the answers, and `amount` what it got:
    nothing until upheld, then all of that (docs/decisions/0023-quality-claims.md). `uncollected_amount` is what of it
    the layer still owes: all, or nothing. Silence until `deadline_at` decides for the claimant; what is contested is
    decided by operations.
    """

    __tablename__ = "quality_claim"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'contested', 'upheld', 'dismissed', 'withdrawn')", name="state"),
        CheckConstraint("(state IN ('open', 'contested')) = (decided_at IS NULL)", name="decided"),
        CheckConstraint("state NOT IN ('contested', 'dismissed') OR response IS NOT NULL", name="contested_says_why"),
        CheckConstraint("asked_amount > 0", name="asks_for_something"),
        CheckConstraint("amount IN (0, asked_amount)", name="all_or_nothing"),
        CheckConstraint("uncollected_amount IN (0, amount)", name="uncollected"),
        CheckConstraint("written_off_amount BETWEEN 0 AND amount", name="written_off"),
        CheckConstraint("written_off_amount = 0 OR uncollected_amount = 0", name="written_off_ends_it"),
        CheckConstraint("state = 'upheld' OR amount = 0", name="nothing_unless_upheld"),
        CheckConstraint("claimant_organization_id <> against_organization_id", name="two_parties"),
        Index("ix_quality_claim_silent", "deadline_at", postgresql_where=text("state = 'open'")),
        Index(
            "ix_quality_claim_uncollected", "against_organization_id", postgresql_where=text("uncollected_amount > 0")
        ),
        Index(None, "claimant_organization_id", "id"),
        Index(None, "against_organization_id", "id"),
        Index(None, "job_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"))
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"))
    claimant_organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    against_organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    category: Mapped[str]
    rule: Mapped[str | None]
    reason: Mapped[str]
    asked_amount: Mapped[int]
    amount: Mapped[int] = mapped_column(server_default=text("0"))
    uncollected_amount: Mapped[int] = mapped_column(server_default=text("0"))
    written_off_amount: Mapped[int] = mapped_column(server_default=text("0"))
    currency: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    opened_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[dt.datetime]
    deadline_at: Mapped[dt.datetime]
    response: Mapped[str | None]
    responded_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    responded_at: Mapped[dt.datetime | None]
    decision: Mapped[str | None]
    decided_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[dt.datetime | None]

    @property
    def asked(self) -> Money:
        """What the claimant asks for."""
        return Money(self.asked_amount, self.currency)

    @property
    def awarded(self) -> Money:
        """What the claimant got; nothing until it is upheld."""
        return Money(self.amount, self.currency)

    @property
    def uncollected(self) -> Money:
        """What of that the layer still owes."""
        return Money(self.uncollected_amount, self.currency)

    @property
    def collected(self) -> Money:
        """What of that is back in the job's reserve."""
        return self.awarded - self.uncollected - self.written_off

    @property
    def written_off(self) -> Money:
        """What of that nobody could get from the layer, as operations and a second person said."""
        return Money(self.written_off_amount, self.currency)


class QualityClaimAnswer(Base):
    """One answer that a quality claim is about.

    It `stands` while the claim is undecided and once it is upheld: then no other claim is about the answer.
    """

    __tablename__ = "quality_claim_answer"
    __table_args__ = (
        Index("uq_quality_claim_answer_stands", "answer_id", unique=True, postgresql_where=text("stands")),
        Index(None, "answer_id"),
    )

    quality_claim_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("quality_claim.id"), primary_key=True)
    answer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answer.id"), primary_key=True)
    stands: Mapped[bool] = mapped_column(server_default=text("true"))
