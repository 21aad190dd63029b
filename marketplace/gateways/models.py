"""The sandbox rail's own books, and the development mailbox. The rest of the house never reads these tables.

The sandbox counts in minor units (cents), as rails do.
"""

import datetime as dt

from sqlalchemy import CheckConstraint, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base


class _Order:
    """What every order at the sandbox keeps: its key and what was asked under it, the amount, a refusal."""

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    request_hash: Mapped[bytes]
    minor_units: Mapped[int]
    currency: Mapped[str]
    refusal_code: Mapped[str | None]
    refusal_message: Mapped[str | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())


class SandboxCharge(_Order, Base):
    """Money the sandbox took from a payer for us."""

    __tablename__ = "sandbox_charge"
    __table_args__ = (CheckConstraint("minor_units > 0", name="amount_positive"),)

    deposit_id: Mapped[str]
    payer: Mapped[str]


class SandboxTransfer(_Order, Base):
    """Money the sandbox paid out for us, or refused to."""

    __tablename__ = "sandbox_transfer"
    __table_args__ = (
        CheckConstraint("minor_units > 0", name="amount_positive"),
        Index("ix_sandbox_transfer_transfer_group", "transfer_group"),
    )

    transfer_group: Mapped[str]
    destination: Mapped[str]


class SandboxRefund(_Order, Base):
    """What was given back of a charge, or the refusal, once for each key."""

    __tablename__ = "sandbox_refund"
    __table_args__ = (CheckConstraint("minor_units > 0", name="amount_positive"),)

    charge: Mapped[str]


class SandboxDispute(Base):
    """A payer's dispute of a charge: what was taken back, what it cost us, and how it ended."""

    __tablename__ = "sandbox_dispute"
    __table_args__ = (
        CheckConstraint("minor_units > 0 AND fee_minor_units >= 0", name="amounts"),
        CheckConstraint("outcome IN ('won', 'lost')", name="outcome"),
        CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended_has_its_moment"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    charge: Mapped[str]
    minor_units: Mapped[int]
    fee_minor_units: Mapped[int]
    currency: Mapped[str]
    outcome: Mapped[str | None]
    ended_at: Mapped[dt.datetime | None]


class SandboxBalanceLine(Base):
    """One movement of our balance at the sandbox; shown from `available_at` on."""

    __tablename__ = "sandbox_balance_line"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('charge', 'transfer', 'transfer_return', 'refund', 'dispute', 'to_bank', 'from_bank', 'fee', "
            "'other')",
            name="kind",
        ),
        CheckConstraint("minor_units <> 0", name="not_nothing"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    kind: Mapped[str]
    minor_units: Mapped[int]
    currency: Mapped[str]
    reference: Mapped[str]
    deposit_id: Mapped[str | None]
    occurred_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())
    available_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())


class SandboxRate(Base):
    """A rate the sandbox gives; the newest between two currencies counts.

    Without `changes` it does not change money: it takes what a payee gets from our balance in that currency.
    """

    __tablename__ = "sandbox_rate"
    __table_args__ = (CheckConstraint("valid_seconds > 0", name="valid_for_a_while"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    sold: Mapped[str]
    bought: Mapped[str]
    rate: Mapped[str]
    valid_seconds: Mapped[int]
    changes: Mapped[bool]


class SandboxFault(Base):
    """A failure to play: the next `remaining` calls of `operation` whose subject contains `match` go wrong so."""

    __tablename__ = "sandbox_fault"
    __table_args__ = (
        CheckConstraint("operation IN ('collect', 'pay_out', 'refund')", name="operation"),
        CheckConstraint(
            "kind IN ('refuse', 'not_executed', 'unknown_after_executing', 'unknown_before_executing', 'delay')",
            name="kind",
        ),
        CheckConstraint("remaining >= 0", name="remaining"),
        CheckConstraint("delay_seconds >= 0", name="delay"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    operation: Mapped[str]
    kind: Mapped[str]
    match: Mapped[str] = mapped_column(server_default=text("''"))
    remaining: Mapped[int] = mapped_column(server_default=text("1"))
    delay_seconds: Mapped[int] = mapped_column(server_default=text("0"))
    code: Mapped[str] = mapped_column(server_default=text("'declined'"))


class RailPace(Base):
    """When a rail may be called next, by real time: all processes of a market take their moments from here."""

    __tablename__ = "rail_pace"

    rail: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[dt.datetime]


class DevelopmentMail(Base):
    """A message kept instead of sent, for the development mail page."""

    __tablename__ = "development_mail"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    to: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    sent_at: Mapped[dt.datetime] = mapped_column(server_default=func.statement_timestamp())
