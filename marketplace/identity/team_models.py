"""Teams of workers; all times are real time."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id


class Team(Base):
    """Workers who agreed to belong together under an organization; it gives nobody any right over their pay."""

    __tablename__ = "team"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        Index("ix_team_organization_id", "organization_id", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    name: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    closed_at: Mapped[dt.datetime | None]


class TeamMember(Base):
    """A worker in a team; the row is gone when they leave, the log keeps that they were there."""

    __tablename__ = "team_member"
    __table_args__ = (Index("ix_team_member_person_id", "person_id"),)

    team_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("team.id"), primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("worker.person_id"), primary_key=True)
    joined_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class TeamInvitation(Base):
    """A place in a team, offered to whichever worker signs in with that address, until `expires_at`."""

    __tablename__ = "team_invitation"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'accepted', 'declined', 'revoked')", name="state"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided"),
        Index("ix_team_invitation_team_id", "team_id", "id"),
        Index("ix_team_invitation_email", "email"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    team_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("team.id"))
    email: Mapped[str]
    verify_code: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    invited_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
