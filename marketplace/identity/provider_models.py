"""By which identity providers an organization's people sign in, and who is known there by which name. Real time."""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.db.sealed import SealedField
from marketplace.kernel.ids import new_id


class IdentityProvider(Base):
    """An issuer whose word an organization takes on who somebody is, for itself alone.

    `code` is the name that people type to get there. `email_domains` are those whose addresses it may vouch for.
    """

    __tablename__ = "identity_provider"
    __table_args__ = (
        CheckConstraint("code ~ '^[a-z0-9][a-z0-9-]{2,39}$'", name="code"),
        CheckConstraint("cardinality(email_domains) > 0", name="has_domains"),
        UniqueConstraint("organization_id", "issuer"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    code: Mapped[str] = mapped_column(unique=True)
    issuer: Mapped[str]
    client_id: Mapped[str]
    client_secret_sealed: Mapped[bytes]
    email_domains: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    added_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    version: Mapped[int] = mapped_column(server_default=text("1"))


CLIENT_SECRET = SealedField(IdentityProvider, "client_secret")


class ProviderIdentity(Base):
    """Under which subject a provider knows a member; made by the member alone, with a code from their mail."""

    __tablename__ = "provider_identity"
    __table_args__ = (Index("ix_provider_identity_person_id", "person_id"),)

    provider_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("identity_provider.id", ondelete="CASCADE"), primary_key=True
    )
    subject: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class ProviderSignIn(Base):
    """A sign-in under way in one browser, known by the SHA-256 of that browser's cookie.

    State, nonce and code verifier are made from the cookie and kept nowhere. `answered_at` is set once, by whoever
    brings the provider's answer. Where the provider named somebody who is not connected yet, `subject`, `person_id`
    and `code_hash` wait for the mailed code.
    """

    __tablename__ = "provider_sign_in"
    __table_args__ = (
        CheckConstraint("(person_id IS NULL) = (code_hash IS NULL)", name="waits_for_code"),
        CheckConstraint("(person_id IS NULL) = (subject IS NULL)", name="waits_with_subject"),
        Index("ix_provider_sign_in_expires_at", "expires_at"),
        Index("ix_provider_sign_in_person_id", "person_id"),
    )

    secret_hash: Mapped[bytes] = mapped_column(primary_key=True)
    provider_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("identity_provider.id", ondelete="CASCADE"))
    following: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime]
    answered_at: Mapped[dt.datetime | None]
    subject: Mapped[str | None]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    code_hash: Mapped[bytes | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    connected_at: Mapped[dt.datetime | None]
