"""Tables: payout runs, payouts, the installments each pays, and the history of each payout."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.db.sealed import SealedField
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money


class PayoutRun(Base):
    """A set of payouts on one rail, prepared by one person and approved by another."""

    __tablename__ = "payout_run"
    __table_args__ = (
        Index(None, "state"),
        CheckConstraint("state IN ('prepared', 'approved', 'executing', 'done', 'cancelled')", name="state_known"),
        CheckConstraint("approved_by IS NULL OR approved_by <> prepared_by", name="two_people"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    state: Mapped[str] = mapped_column(server_default=text("'prepared'"))
    rail: Mapped[str]
    due_by: Mapped[dt.date]
    prepared_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    prepared_at: Mapped[dt.datetime]
    approved_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    approved_at: Mapped[dt.datetime | None]
    executed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    executed_at: Mapped[dt.datetime | None]
    done_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))


class Payout(Base):
    """One transfer to one payee which pays many installments.

    amount = lines - advance_fee + carried_in - carried_out, a whole number of steps of `step` minor units, which is the
    least that the rail moves of its currency; what is carried stays owed. `advance_fee` is what the worker accepted for
    installments in it that were taken early; the platform has it only while the payout is settled. Where the payee
    chose another currency, the rail is sent `paid_amount` of `paid_currency`, in such steps, and `amount` is what buys
    exactly that at the rate `rate_id`, with the tax; `cost` is what a rail that changes money itself took for it, in
    the currency owed. `withheld` of the amount goes to tax authorities instead of the payee, by the rows of
    `payout_withholding`; the rest of it is what is changed. A rate that is quoted anew leaves it as it was approved.
    A layer's payout is of one contract, a worker's of all. `attempt` counts the keys shown to the rail and grows
    only after a certain refusal; `tries` counts the times one attempt was begun, because a rail that certainly did
    nothing is asked again with the same key. `lease_id` names who may write the outcome of the call under way.
    `lease_until` and `first_asked_at` are real time, the rest is market time.
    """

    __tablename__ = "payout"
    __table_args__ = (
        Index(None, "run_id"),
        Index(None, "payee_kind", "payee_id", "currency"),
        Index(
            "ix_payout_in_flight", "state", "id", postgresql_where=text("state IN ('submitting', 'sent', 'unknown')")
        ),
        Index("ix_payout_failed", "state", "id", postgresql_where=text("state IN ('refused', 'returned')")),
        Index(None, "rail_reference"),
        CheckConstraint("payee_kind IN ('worker', 'layer')", name="payee_kind_known"),
        CheckConstraint("(payee_kind = 'layer') = (contract_id IS NOT NULL)", name="layer_names_its_contract"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("withheld >= 0 AND withheld < amount", name="withheld_less_than_all"),
        CheckConstraint("step > 0", name="step_positive"),
        CheckConstraint("paid_amount > 0", name="paid_amount_positive"),
        CheckConstraint("paid_currency <> currency", name="two_currencies"),
        CheckConstraint(
            "(paid_currency IS NULL) = (paid_amount IS NULL) AND (paid_currency IS NULL) = (rate_id IS NULL)",
            name="changed_whole",
        ),
        CheckConstraint("cost IS NULL OR (cost > 0 AND paid_currency IS NOT NULL)", name="cost_of_a_change"),
        CheckConstraint("advance_fee = 0 OR (advance_fee > 0 AND payee_kind = 'worker')", name="fee_of_a_worker"),
        CheckConstraint(
            "state IN ('draft', 'approved', 'submitting', 'sent', 'settled', 'reconciled', 'unknown', 'refused', "
            "'cancelled', 'returned')",
            name="state_known",
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payout_run.id"))
    payee_kind: Mapped[str]
    payee_id: Mapped[uuid.UUID]
    contract_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contract.id"))
    currency: Mapped[str]
    amount: Mapped[int]
    carried_in: Mapped[int] = mapped_column(server_default=text("0"))
    carried_out: Mapped[int] = mapped_column(server_default=text("0"))
    withheld: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    step: Mapped[int] = mapped_column(server_default=text("1"))
    paid_currency: Mapped[str | None]
    paid_amount: Mapped[int | None]
    rate_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("exchange_rate.id"))
    cost: Mapped[int | None]
    advance_fee: Mapped[int] = mapped_column(server_default=text("0"))
    state: Mapped[str] = mapped_column(server_default=text("'draft'"))
    attempt: Mapped[int] = mapped_column(server_default=text("1"))
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    lease_id: Mapped[uuid.UUID | None]
    lease_until: Mapped[dt.datetime | None]
    first_asked_at: Mapped[dt.datetime | None]
    rail: Mapped[str]
    destination_sealed: Mapped[bytes]
    rail_reference: Mapped[str | None]
    refusal_code: Mapped[str | None]
    created_at: Mapped[dt.datetime]
    sent_at: Mapped[dt.datetime | None]
    settled_at: Mapped[dt.datetime | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    @property
    def money(self) -> Money:
        """What of the debt to the payee it pays, in the currency owed."""
        return Money(self.amount, self.currency)

    @property
    def fee(self) -> Money:
        """The fee inside for paying early, in the currency owed."""
        return Money(self.advance_fee, self.currency)

    @property
    def given(self) -> Money:
        """What of it is for the payee, in the currency owed: the same less what is withheld."""
        return self.money - self.tax

    @property
    def paid(self) -> Money:
        """What the payee gets: what is given, or what that was changed into."""
        if self.paid_currency is None or self.paid_amount is None:
            return self.given
        return Money(self.paid_amount, self.paid_currency)

    @property
    def tax(self) -> Money:
        """What of it goes to tax authorities."""
        return Money(self.withheld, self.currency)

    @property
    def changed(self) -> bool:
        """Whether the payee gets another currency than the one owed."""
        return self.paid_currency is not None

    @property
    def taken(self) -> Money:
        """What left our balance at the rail: what the payee got, or what the rail took for changing it itself."""
        return self.paid if self.cost is None else Money(self.cost, self.currency)


class PayoutQuote(Base):
    """What the payee of a changed payout was shown, each time that a rate was quoted; never changed.

    The newest is what the payout says. `quoted_at` is market time.
    """

    __tablename__ = "payout_quote"
    __table_args__ = (Index(None, "payout_id", "id"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    payout_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payout.id"))
    rate_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("exchange_rate.id"))
    amount: Mapped[int]
    paid_amount: Mapped[int]
    quoted_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))


DESTINATION = SealedField(Payout, "destination")
"""Where the payout goes: what the payee had set when it was prepared, whatever they set later."""


class PayoutLine(Base):
    """One installment paid by one payout; never changed. A cancelled payout keeps its lines as history."""

    __tablename__ = "payout_line"
    __table_args__ = (
        Index(None, "installment_id"),
        CheckConstraint("amount > 0", name="amount_positive"),
        APPEND_ONLY,
    )

    payout_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payout.id"), primary_key=True)
    installment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("installment.id"), primary_key=True)
    amount: Mapped[int]


class PayoutEvent(Base):
    """What happened to a payout and when (market time `at`, real time `real_at`); never changed."""

    __tablename__ = "payout_event"
    __table_args__ = (
        Index(None, "payout_id", "id"),
        Index(
            "ix_payout_event_not_executed",
            text("(body ->> 'reference')"),
            postgresql_where=text("kind = 'not_executed'"),
        ),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    payout_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("payout.id"))
    kind: Mapped[str]
    attempt: Mapped[int]
    state_before: Mapped[str | None]
    state_after: Mapped[str]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    body: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'::jsonb"))
    at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
    real_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))
