"""Tables: what workers are paid beside the price of answers, by a client's allowance (J19) or by a layer (J18)."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.money import Money

ALLOWANCE_KINDS = ("bonus", "gold", "recovery")
"""Paid by the client, out of the job's allowance (J19)."""

LAYER_KINDS = ("redo_fee", "wage_top_up")
"""Paid by a layer, out of its margin (J18)."""


class Extra(Base):
    """One amount that a worker is owed beside the price of answers; `key` makes it happen once.

    `contract_id` is the contract under which the worker worked; of an extra paid by a layer it is that layer's own, and
    `debtor_organization_id` who sold under it then: a successor (rule 9) owes nothing of it.
    `unpaid_amount` is what neither the layer's margin nor the guarantee fund could cover yet, `recourse_amount` what
    the fund paid and the layer still owes to it, `written_off_amount` what the platform gave up of that. All are
    nothing for what an allowance paid.
    """

    __tablename__ = "extra"
    __table_args__ = (
        CheckConstraint("kind IN ('gold', 'bonus', 'recovery', 'redo_fee', 'wage_top_up')", name="kind_known"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint(
            "unpaid_amount >= 0 AND recourse_amount >= 0 AND written_off_amount >= 0", name="nothing_negative"
        ),
        CheckConstraint("unpaid_amount + recourse_amount + written_off_amount <= amount", name="within_amount"),
        CheckConstraint(
            "kind IN ('redo_fee', 'wage_top_up') OR (unpaid_amount = 0 AND recourse_amount = 0)",
            name="allowance_pays_at_once",
        ),
        CheckConstraint(
            "(kind IN ('redo_fee', 'wage_top_up')) = (debtor_organization_id IS NOT NULL)",
            name="layers_extra_has_debtor",
        ),
        Index(None, "worker_id", "id"),
        Index(None, "job_id", "id"),
        Index(None, "claim_id", postgresql_where=text("claim_id IS NOT NULL")),
        Index("ix_extra_open", "id", postgresql_where=text("unpaid_amount > 0 OR recourse_amount > 0")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    kind: Mapped[str]
    job_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("job.id"))
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"))
    debtor_organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    claim_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("claim.id"))
    worker_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("worker.person_id"))
    amount: Mapped[int]
    currency: Mapped[str]
    unpaid_amount: Mapped[int] = mapped_column(server_default=text("0"))
    recourse_amount: Mapped[int] = mapped_column(server_default=text("0"))
    written_off_amount: Mapped[int] = mapped_column(server_default=text("0"))
    journal_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("journal.id"))
    key: Mapped[str] = mapped_column(unique=True)
    note: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))

    @property
    def money(self) -> Money:
        """What the worker is owed in all."""
        return Money(self.amount, self.currency)

    @property
    def unpaid(self) -> Money:
        """What of it nobody could pay yet."""
        return Money(self.unpaid_amount, self.currency)

    @property
    def recourse(self) -> Money:
        """What of it the guarantee fund paid and the layer owes to the fund."""
        return Money(self.recourse_amount, self.currency)


class ExtraShare(Base):
    """The part of an extra that one installment of the worker pays; never changed. The currency is the extra's."""

    __tablename__ = "extra_share"
    __table_args__ = (
        Index(None, "installment_id"),
        Index(None, "journal_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
        APPEND_ONLY,
    )

    extra_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("extra.id"), primary_key=True)
    installment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("installment.id"), primary_key=True)
    journal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("journal.id"))
    amount: Mapped[int]


class ExtraCharge(Base):
    """What was taken from one installment of a layer: by an extra for the worker, or back to the guarantee fund; by an
    upheld quality claim for the job's reserve.

    `installment_state` is the state the installment was in: scheduled, due, or held for the layer's default or by
    finance. Never changed.
    """

    __tablename__ = "extra_charge"
    __table_args__ = (
        Index(None, "installment_id"),
        Index(None, "extra_id"),
        Index(None, "quality_claim_id", postgresql_where=text("quality_claim_id IS NOT NULL")),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("paid_to IN ('worker', 'fund', 'reserve')", name="paid_to"),
        CheckConstraint(
            "(extra_id IS NULL) = (quality_claim_id IS NOT NULL) AND (paid_to = 'reserve') = (extra_id IS NULL)",
            name="for_one_thing",
        ),
        CheckConstraint("installment_state IN ('scheduled', 'due', 'held')", name="installment_state"),
        APPEND_ONLY,
    )

    journal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("journal.id"), primary_key=True)
    installment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("installment.id"), primary_key=True)
    extra_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("extra.id"))
    quality_claim_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("quality_claim.id"))
    paid_to: Mapped[str]
    installment_state: Mapped[str]
    amount: Mapped[int]
