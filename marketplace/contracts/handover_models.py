"""Handovers: contracts that were taken over after a default, offered to somebody who is to sell under them instead."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Uuid, column, table, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.contracts.states import HANDOVER
from marketplace.db.base import Base
from marketplace.kernel.ids import new_id

_STATES = ", ".join(f"'{state}'" for state in sorted(HANDOVER.states))


class Handover(Base):
    """An offer of who took a contract over to a subcontractor: to sell under it from its acceptance on, as it stands.

    At most one of a contract waits for an answer. Times are market time; `decided_at` of an accepted one is when the
    seller changed.
    """

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint("(state = 'offered') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("from_organization_id <> to_organization_id", name="changes_hands"),
        Index("uq_handover_waiting", "contract_id", unique=True, postgresql_where=text("state = 'offered'")),
        Index("ix_handover_contract_id", "contract_id", "id"),
        Index("ix_handover_from", "from_organization_id", "id"),
        Index("ix_handover_to", "to_organization_id", "id"),
        Index("ix_handover_expires_at", "expires_at", postgresql_where=text("state = 'offered'")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    contract_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contract.id"))
    from_organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    to_organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    state: Mapped[str]
    offered_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]


SELLER_CHANGE = table(
    "contract_seller_change",
    column("contract_id", Uuid()),
    column("former_organization_id", Uuid()),
    column("successor_organization_id", Uuid()),
    column("changed_at", DateTime(timezone=True)),
)
"""A view: every change of a contract's seller, by a default or by a handover that was accepted."""
