"""Money coming in, what rails told us, and where payees want to be paid. Amounts at ledger scale, times market time."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.db.sealed import SealedField
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money


class Deposit(Base):
    """A client's order to bring money in over a rail; available once the rail's balance shows it.

    `client_secret` is what the payer's browser needs to pay, where the rail asks the payer; it pays this order only.
    `announced` is what was ordered, where the payer then sent another amount.
    """

    __tablename__ = "deposit"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("announced > 0", name="announced_positive"),
        CheckConstraint("state IN ('pending', 'available', 'refused')", name="state"),
        Index("ix_deposit_organization_id", "organization_id", "created_at"),
        Index("ix_deposit_pending", "created_at", postgresql_where=text("state = 'pending'")),
        Index("uq_deposit_reference", "rail", "reference", unique=True, postgresql_where=text("reference IS NOT NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    rail: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    reference: Mapped[str | None]
    reason: Mapped[str | None]
    client_secret: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    available_at: Mapped[dt.datetime | None]
    announced: Mapped[int | None]

    @property
    def money(self) -> Money:
        """What the client brings in."""
        return Money(self.amount, self.currency)

    @property
    def announced_money(self) -> Money | None:
        """What the client had announced, where another amount came."""
        return None if self.announced is None else Money(self.announced, self.currency)


class Refund(Base):
    """A client's order to give unspent money of one deposit back to where it came from.

    While it is pending its money stands on 2030. `first_asked_at` is real time, and of the present `attempt`: a key of
    the rail of its own, which grows only by the word of two people.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("state IN ('pending', 'settled', 'refused')", name="state"),
        Index(None, "deposit_id"),
        Index(None, "organization_id", "created_at"),
        Index("ix_refund_pending", "created_at", postgresql_where=text("state = 'pending'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    deposit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("deposit.id"))
    rail: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    reference: Mapped[str | None]
    reason: Mapped[str | None]
    attempt: Mapped[int] = mapped_column(default=1, server_default=text("1"))
    first_asked_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    settled_at: Mapped[dt.datetime | None]

    @property
    def money(self) -> Money:
        """What goes back."""
        return Money(self.amount, self.currency)


class RefundEvent(Base):
    """A look at the rail that did not find a refund, or a person's word that it never got there; never changed."""

    __tablename__ = "refund_event"
    __table_args__ = (
        CheckConstraint("kind IN ('not_found', 'absence_agreed')", name="kind"),
        Index(None, "refund_id", "id"),
        APPEND_ONLY,
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    refund_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("refund.id"))
    kind: Mapped[str]
    attempt: Mapped[int]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    real_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))


class RailEvent(Base):
    """The inbox: one row for each thing a rail told us, however often it said so."""

    __tablename__ = "rail_event"
    __table_args__ = (
        UniqueConstraint("provider", "event_id"),
        Index("ix_rail_event_waiting", "provider", "id", postgresql_where=text("processed_at IS NULL")),
        Index(
            "ix_rail_event_dispute",
            "provider",
            text("(payload ->> 'dispute')"),
            postgresql_where=text("(payload ->> 'kind') = 'dispute.lost'"),
        ),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    provider: Mapped[str]
    event_id: Mapped[str]
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    processed_at: Mapped[dt.datetime | None]


class PayoutDestination(Base):
    """Where a payee is paid on a rail, sealed: the rail's own token for it, or a bank account.

    `stopped_at` is set while the payee's own bank does not take what the rail pays on to it: nothing is paid there
    then. `look_at` is when the rail is asked about that again, and `told_at` when it hinted that something changed.
    """

    __tablename__ = "payout_destination"
    __table_args__ = (
        CheckConstraint("payee_kind IN ('worker', 'organization')", name="payee_kind"),
        Index(None, "destination_digest"),
        Index("ix_payout_destination_look", "rail", "look_at"),
        Index("ix_payout_destination_stopped", "payee_id", postgresql_where=text("stopped_at IS NOT NULL")),
    )

    payee_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    rail: Mapped[str] = mapped_column(primary_key=True)
    payee_kind: Mapped[str]
    destination_sealed: Mapped[bytes]
    destination_digest: Mapped[bytes]
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    stopped_at: Mapped[dt.datetime | None]
    look_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    told_at: Mapped[dt.datetime | None]


DESTINATION = SealedField(PayoutDestination, "destination", within=("rail",))
