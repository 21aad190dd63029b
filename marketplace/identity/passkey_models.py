"""Passkeys, and the challenges that a browser answers with one. Real time throughout."""

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id


class Passkey(Base):
    """A key pair on somebody's device: here is the half that is no secret, and how often the other says it was used.

    Deleted when it is removed, for the log keeps that it was there.
    """

    __tablename__ = "passkey"
    __table_args__ = (
        CheckConstraint("sign_count >= 0", name="counted"),
        Index("ix_passkey_person_id", "person_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    name: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[dt.datetime | None]


class PasskeyChallenge(Base):
    """A challenge that waits for its answer from one browser; deleted by the first one, right or wrong.

    Of the challenge and of what the browser is known by only the SHA-256 is kept. With a person, only they may answer.
    """

    __tablename__ = "passkey_challenge"
    __table_args__ = (
        CheckConstraint("purpose IN ('add', 'sign_in')", name="purpose"),
        CheckConstraint("purpose = 'sign_in' OR person_id IS NOT NULL", name="added_by_somebody"),
        CheckConstraint("face IN ('work', 'console')", name="face"),
        Index("ix_passkey_challenge_person_id", "person_id"),
        Index("ix_passkey_challenge_expires_at", "expires_at"),
    )

    challenge_hash: Mapped[bytes] = mapped_column(primary_key=True)
    browser_hash: Mapped[bytes]
    purpose: Mapped[str]
    face: Mapped[str]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[dt.datetime]
