"""Tables: earnings, their shares, and the dated installments that the shares add up to."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.money import Money

PAYEE_KINDS = "payee_kind IN ('worker', 'layer')"


class Earning(Base):
    """What one accepted answer owes to one payee of one contract; never changed.

    `payee_id` is a person for a worker and an organization for a layer. A worker's `contract_id` is the contract
    that opened the task, a layer's its own. `accepted_on` is the market's day of acceptance.
    """

    __tablename__ = "earning"
    __table_args__ = (
        UniqueConstraint("answer_id", "payee_kind", "contract_id"),
        Index(None, "payee_kind", "payee_id", "accepted_on"),
        Index(None, "journal_id"),
        # For what is added up by day: rows come in the order of their days.
        Index(None, "accepted_on", postgresql_using="brin"),
        CheckConstraint(PAYEE_KINDS, name="payee_kind_known"),
        CheckConstraint("amount > 0", name="amount_positive"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    answer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answer.id"))
    payee_kind: Mapped[str]
    payee_id: Mapped[uuid.UUID]
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"))
    amount: Mapped[int]
    currency: Mapped[str]
    accepted_on: Mapped[dt.date]
    journal_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("journal.id"))

    @property
    def money(self) -> Money:
        """The amount with its currency."""
        return Money(self.amount, self.currency)


class Installment(Base):
    """What falls due to one payee, of one contract, on one day: the sum of its shares of many earnings.

    It grows while `scheduled`; a share that comes after it fell due opens another one for the same day. What a layer
    has to pay its workers beside the price of answers (J18) is taken from its installments, which shrink by it.
    A worker may take it early (`advanced_at`), for a fee (`advance_fee`) which the payout takes that is prepared before
    its day; one prepared later takes none, and the fee is 0 from then on. What is earned after that opens another one.
    `held_reason` and `held_at` tell the last hold and stay after it ends, as do `due_at` and `paid_at`; after a return
    `paid_at` still tells the first time.
    """

    __tablename__ = "installment"
    __table_args__ = (
        Index(
            "uq_installment_scheduled",
            "payee_kind",
            "payee_id",
            "contract_id",
            "due_on",
            "currency",
            unique=True,
            postgresql_where=text("state = 'scheduled'"),
        ),
        Index(None, "due_on", "id"),
        Index(None, "payout_id", postgresql_where=text("payout_id IS NOT NULL")),
        Index("ix_installment_to_mature", "due_on", "id", postgresql_where=text("state = 'scheduled'")),
        Index("ix_installment_to_pay", "due_on", "id", postgresql_where=text("state IN ('due', 'advanced', 'held')")),
        Index("ix_installment_held", "held_at", "id", postgresql_where=text("state IN ('held', 'unclaimed')")),
        Index(None, "payee_kind", "payee_id", "due_on"),
        Index(
            "ix_installment_worker_first",
            "contract_id",
            "due_on",
            postgresql_where=text("payee_kind = 'worker' AND state IN ('scheduled', 'due', 'in_payout')"),
        ),
        Index(
            "ix_installment_worker_paid",
            "contract_id",
            "paid_at",
            postgresql_where=text("payee_kind = 'worker' AND state = 'paid'"),
        ),
        CheckConstraint(PAYEE_KINDS, name="payee_kind_known"),
        CheckConstraint("amount > 0 OR (amount = 0 AND state = 'cancelled')", name="amount_positive"),
        CheckConstraint(
            "state IN ('scheduled', 'due', 'in_payout', 'paid', 'held', 'advanced', 'cancelled', 'kept', 'unclaimed')",
            name="state_known",
        ),
        CheckConstraint("state <> 'paid' OR paid_at IS NOT NULL", name="paid_has_its_moment"),
        CheckConstraint("(state IN ('in_payout', 'paid')) = (payout_id IS NOT NULL)", name="payout_while_paying"),
        CheckConstraint("state <> 'held' OR held_reason IS NOT NULL", name="held_has_its_reason"),
        CheckConstraint("state <> 'advanced' OR advanced_at IS NOT NULL", name="advanced_has_its_moment"),
        CheckConstraint("advanced_at IS NULL OR payee_kind = 'worker'", name="only_workers_take_early"),
        CheckConstraint(
            "advance_fee = 0 OR (advanced_at IS NOT NULL AND advance_fee > 0 AND advance_fee < amount)",
            name="fee_of_an_advance",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    payee_kind: Mapped[str]
    payee_id: Mapped[uuid.UUID]
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"))
    due_on: Mapped[dt.date]
    currency: Mapped[str]
    amount: Mapped[int]
    state: Mapped[str] = mapped_column(server_default=text("'scheduled'"))
    payout_id: Mapped[uuid.UUID | None]
    held_reason: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
    due_at: Mapped[dt.datetime | None]
    held_at: Mapped[dt.datetime | None]
    paid_at: Mapped[dt.datetime | None]
    advanced_at: Mapped[dt.datetime | None]
    advance_fee: Mapped[int] = mapped_column(server_default=text("0"))

    @property
    def money(self) -> Money:
        """The amount with its currency."""
        return Money(self.amount, self.currency)

    @property
    def fee(self) -> Money:
        """What a payout takes of it because the worker asked to have it early."""
        return Money(self.advance_fee, self.currency)

    def fee_on(self, today: dt.date) -> Money:
        """The fee that a payout prepared on that day takes: none once it would be due anyway."""
        return self.fee if today < self.due_on else Money.zero(self.currency)


class DormancyNotice(Base):
    """That a payee was told, `number` counted from 0, that what is held since that moment will count as unclaimed."""

    __tablename__ = "dormancy_notice"
    __table_args__ = (APPEND_ONLY,)

    installment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("installment.id"), primary_key=True)
    held_at: Mapped[dt.datetime] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    given_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))


class EarningShare(Base):
    """The part of one earning that one installment pays; never changed. The currency is the earning's."""

    __tablename__ = "earning_share"
    __table_args__ = (
        Index(None, "installment_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
        APPEND_ONLY,
    )

    earning_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("earning.id"), primary_key=True)
    installment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("installment.id"), primary_key=True)
    amount: Mapped[int]
