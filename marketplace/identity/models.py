"""Who takes part: people, organizations, memberships, workers and their skills; their keys, sign-ins and sessions.

Times of this package are real time: a moved market clock must not end or prolong a session. Those of skills alone are
market time, for claims are made by it.
"""

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, Base
from marketplace.kernel.ids import new_id


class Organization(Base):
    """A client, a subcontractor, or the platform's operator."""

    __tablename__ = "organization"
    __table_args__ = (
        CheckConstraint("kind IN ('client', 'subcontractor', 'platform')", name="kind"),
        CheckConstraint("state IN ('pending', 'approved', 'rejected', 'suspended')", name="state"),
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        Index("ix_organization_state", "state", "created_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    name: Mapped[str]
    country: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    decided_at: Mapped[dt.datetime | None]
    decided_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    decision_reason: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))


class Person(Base):
    """A human being with an address; nobody acts without one.

    Who is `erasing` has lost name, address and words since `erasing_at` (real time) but is still owed, which is looked
    at again at `erasing_look_at` (market time); once nothing is owed they are `erased`, and where they were paid goes.
    """

    __tablename__ = "person"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("state IN ('active', 'erasing', 'erased')", name="state"),
        CheckConstraint("(state = 'active') = (erasing_at IS NULL)", name="erasing_since"),
        CheckConstraint("(state = 'erasing') = (erasing_look_at IS NOT NULL)", name="erasing_looked_at"),
        Index("ix_person_erasing", "erasing_look_at", postgresql_where=text("state = 'erasing'")),
        Index("ix_person_erasing_at", "erasing_at", "id", postgresql_where=text("erasing_at IS NOT NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    language: Mapped[str] = mapped_column(server_default=text("'en'"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    email_verified_at: Mapped[dt.datetime | None]
    state: Mapped[str] = mapped_column(server_default=text("'active'"))
    erasing_at: Mapped[dt.datetime | None]
    erasing_look_at: Mapped[dt.datetime | None]


class Membership(Base):
    """A person's role in an organization; one may hold several."""

    __tablename__ = "membership"
    __table_args__ = (Index("ix_membership_organization_id", "organization_id"),)

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class Invitation(Base):
    """A role in an organization, offered to whoever reads mail at an address; nothing holds until they accept.

    Only the SHA-256 of the mailed token is kept. Past `expires_at` (real time) a pending one counts as expired.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("state IN ('pending', 'accepted', 'declined', 'revoked')", name="state"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided"),
        CheckConstraint("(state = 'accepted') = (person_id IS NOT NULL)", name="accepted_by"),
        Index("ix_invitation_organization_id", "organization_id", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    role: Mapped[str]
    email: Mapped[str]
    name: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    verify_code: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(server_default=text("'pending'"))
    invited_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    times_sent: Mapped[int] = mapped_column(server_default=text("1"))
    expires_at: Mapped[dt.datetime]
    decided_at: Mapped[dt.datetime | None]
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))


class Worker(Base):
    """What makes a person a worker."""

    __tablename__ = "worker"
    __table_args__ = (
        CheckConstraint("country ~ '^[A-Z]{2}$'", name="country"),
        CheckConstraint("time_factor_percent BETWEEN 100 AND 300", name="time_factor"),
        CheckConstraint("low_data IN ('as_browser', 'always', 'never')", name="low_data"),
        CheckConstraint("text_size IN ('normal', 'large', 'very_large')", name="text_size"),
    )

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    country: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    adult_confirmed_at: Mapped[dt.datetime]
    # What leases are multiplied by, as the worker wants it. No organization is told, nor what follows from it.
    time_factor_percent: Mapped[int] = mapped_column(SmallInteger, server_default=text("100"))
    # How the pages are shown to them, which is told to nobody either.
    low_data: Mapped[str] = mapped_column(server_default=text("'as_browser'"))
    text_size: Mapped[str] = mapped_column(server_default=text("'normal'"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class Skill(Base):
    """Something an organization says of workers, such as having passed its training; `code` is its short name."""

    __tablename__ = "skill"
    __table_args__ = (UniqueConstraint("organization_id", "code"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    code: Mapped[str]
    name: Mapped[str]
    description: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.market_now())


class SkillGrant(Base):
    """A worker has the skill until `expires_at`, unless the grant is revoked before."""

    __tablename__ = "skill_grant"
    __table_args__ = (
        CheckConstraint("expires_at > granted_at", name="lasts"),
        Index("ix_skill_grant_skill_id", "skill_id", "id"),
        Index("ix_skill_grant_person_id", "person_id", "skill_id", "expires_at"),
        APPEND_ONLY,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    skill_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("skill.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("worker.person_id"))
    reason: Mapped[str]
    granted_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    granted_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))


class SkillRevocation(Base):
    """The end of a grant before its time; a fact of its own, as the grant is."""

    __tablename__ = "skill_revocation"
    __table_args__ = (APPEND_ONLY,)

    grant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("skill_grant.id"), primary_key=True)
    reason: Mapped[str]
    revoked_at: Mapped[dt.datetime]
    revoked_by_person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))


class TermsAcceptance(Base):
    """Which version of the platform's terms a person accepted, and when."""

    __tablename__ = "terms_acceptance"
    __table_args__ = {"info": {"append_only": True}}  # noqa: RUF012 - SQLAlchemy's own form

    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    terms_version: Mapped[str] = mapped_column(primary_key=True)
    accepted_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())


class ApiKey(Base):
    """A key for programs; only its SHA-256 is kept. Without an organization it is a worker's own.

    `issued_with_key_id` is the key that asked for it, `replaced_by_key_id` what it was rotated to.
    """

    __tablename__ = "api_key"
    __table_args__ = (
        Index("ix_api_key_organization_id", "organization_id"),
        Index("ix_api_key_person_id", "person_id"),
        Index("ix_api_key_issued_with_key_id", "issued_with_key_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    hint: Mapped[str]
    name: Mapped[str] = mapped_column(server_default=text("''"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    scopes: Mapped[list[str] | None] = mapped_column(ARRAY(Text()))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime | None]
    last_used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]
    issued_with_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_key.id"))
    replaced_by_key_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("api_key.id"))


class SignInToken(Base):
    """One mailed way in: a link's token, and a code to type; good once, at one face."""

    __tablename__ = "sign_in_token"
    __table_args__ = (
        CheckConstraint("face IN ('work', 'console')", name="face"),
        Index("ix_sign_in_token_person_id", "person_id", "created_at"),
        Index("ix_sign_in_token_expires_at", "expires_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    face: Mapped[str]
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    code_hash: Mapped[bytes]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class WebSession(Base):
    """A signed-in browser; only the SHA-256 of its cookie is kept. Without an organization it is a worker's.

    `browser` and `system` are plain names, "" where they are not known. When it was last seen is kept to five minutes.
    With `identity_provider_id` that provider said who it is, which holds for its own organization and no other; the
    provider may be gone by now.
    """

    __tablename__ = "web_session"
    __table_args__ = (
        CheckConstraint("face IN ('work', 'console')", name="face"),
        CheckConstraint("(face = 'work') = (organization_id IS NULL)", name="worker_has_no_organization"),
        CheckConstraint("identity_provider_id IS NULL OR face = 'console'", name="provider_of_organization"),
        Index("ix_web_session_person_id", "person_id"),
        Index("ix_web_session_expires_at", "expires_at"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    organization_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("organization.id"))
    face: Mapped[str]
    browser: Mapped[str] = mapped_column(server_default=text("''"))
    system: Mapped[str] = mapped_column(server_default=text("''"))
    identity_provider_id: Mapped[uuid.UUID | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    last_seen_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]


class RequestCount(Base):
    """How often something limited was asked for in one window of real time.

    Unlogged: after a crash of the server the counts start again at nothing, which is all they are worth.
    """

    __tablename__ = "request_count"
    __table_args__ = (
        Index("ix_request_count_expires_at", "expires_at"),
        {"prefixes": ["UNLOGGED"]},
    )

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    expires_at: Mapped[dt.datetime]
