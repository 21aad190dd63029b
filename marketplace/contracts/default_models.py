"""Layers that were in default, and who took their contracts over."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id

CAUSES = ("declared", "silence")
TAKERS = ("layer", "client", "caretaker")


class ContractDefault(Base):
    """A seller could not go on with its contract, and a successor took it over, in one transaction (rule 9).

    `taker` says who succeeded: a layer above, the client, or the platform as caretaker. `declared_by_person_id` is
    null where the watch on silent layers declared it. While `released_at` is null, what the former seller earned by
    the contract is held. Times are market time.
    """

    __tablename__ = "contract_default"
    __table_args__ = (
        CheckConstraint("cause IN ('declared', 'silence')", name="cause"),
        CheckConstraint("taker IN ('layer', 'client', 'caretaker')", name="taker"),
        CheckConstraint("former_organization_id <> successor_organization_id", name="succeeded"),
        CheckConstraint("(released_at IS NULL) = (release_reason IS NULL)", name="release_says_why"),
        Index("uq_contract_default_seller", "contract_id", "former_organization_id", unique=True),
        Index("ix_contract_default_former", "former_organization_id", "id"),
        Index("ix_contract_default_successor", "successor_organization_id", "id"),
        Index(
            "ix_contract_default_holding",
            "contract_id",
            "former_organization_id",
            postgresql_where=text("released_at IS NULL"),
        ),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"))
    former_organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    successor_organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    taker: Mapped[str]
    cause: Mapped[str]
    reason: Mapped[str]
    declared_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    declared_at: Mapped[dt.datetime]
    released_at: Mapped[dt.datetime | None]
    released_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    release_reason: Mapped[str | None]


class SilenceNotice(Base):
    """That a seller was told, `number` counted from 0, when its silence will count as default; market time.

    `waits_since` is when the oldest answer that waited then was submitted.
    """

    __tablename__ = "silence_notice"
    __table_args__ = (
        Index(None, "contract_id", "given_at"),
        Index(None, "organization_id", "given_at"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"))
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    waits_since: Mapped[dt.datetime]
    default_at: Mapped[dt.datetime]
    given_at: Mapped[dt.datetime] = mapped_column(server_default=text("market_now()"))
