"""The tables of the log; all append-only but the queue of what is not sealed yet, and what can be taken away."""

import datetime as dt
import uuid

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, SmallInteger, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import APPEND_ONLY, DELETE_ONLY, Base

HASH_BYTES = 32


class AuditEvent(Base):
    """What happened, once and for ever.

    `body` are the RFC 8785 bytes of {v, kind, id, at, recorded_at, actor, subject, data}, which the tree commits to;
    the other columns repeat parts of it for searching and are compared with it by `verifying`. `organization_ids` and
    `person_ids` say who may read the event.
    """

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_subject_id_recorded_at", "subject_id", "recorded_at"), APPEND_ONLY)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject_noun: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    at: Mapped[dt.datetime]
    recorded_at: Mapped[dt.datetime]
    organization_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()))
    person_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()))
    body: Mapped[bytes]


class AuditPending(Base):
    """An event that is not sealed yet; the sealer deletes the row.

    There is no foreign key to the event on purpose: both rows come from one statement on the hottest path of the
    product, and `verifying` finds an event that is neither sealed nor waiting.
    """

    __tablename__ = "audit_pending"

    recorded_at: Mapped[dt.datetime] = mapped_column(primary_key=True)
    event_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class AuditLeaf(Base):
    """An event's place in the tree: consecutive numbers from 0, and the RFC 6962 leaf hash."""

    __tablename__ = "audit_leaf"
    __table_args__ = (
        CheckConstraint("number >= 0", name="number_from_zero"),
        CheckConstraint(f"octet_length(hash) = {HASH_BYTES}", name="hash_length"),
        APPEND_ONLY,
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("audit_event.id"), unique=True)
    hash: Mapped[bytes]


class AuditNode(Base):
    """The hash of a complete subtree of 2^level leaves, the position-th of its level; level 0 is in `audit_leaf`."""

    __tablename__ = "audit_node"
    __table_args__ = (
        CheckConstraint("level >= 1", name="level_above_leaves"),
        CheckConstraint(f"octet_length(hash) = {HASH_BYTES}", name="hash_length"),
        APPEND_ONLY,
    )

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class AuditReader(Base):
    """Which organization or person may read which sealed event, in leaf order."""

    __tablename__ = "audit_reader"
    __table_args__ = (APPEND_ONLY,)

    reader_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    leaf_number: Mapped[int] = mapped_column(BigInteger, ForeignKey("audit_leaf.number"), primary_key=True)


class AuditCheckpoint(Base):
    """A signed tree head: `note` is a C2SP tlog-checkpoint, the other columns repeat it for searching."""

    __tablename__ = "audit_checkpoint"
    __table_args__ = (
        CheckConstraint("tree_size > 0", name="tree_not_empty"),
        CheckConstraint(f"octet_length(root_hash) = {HASH_BYTES}", name="hash_length"),
        APPEND_ONLY,
    )

    tree_size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root_hash: Mapped[bytes]
    note: Mapped[str]
    sealed_at: Mapped[dt.datetime]


class AuditWords(Base):
    """A text that somebody wrote, to which an event's body holds the commitment at `place`, and the salt that opens it.

    Deleted, never changed, when one of `person_ids` is erased: those it speaks of, and who wrote it of them. What
    organizations write to each other names nobody there.
    """

    __tablename__ = "audit_words"
    __table_args__ = (
        CheckConstraint("octet_length(salt) = 32", name="salt_length"),
        Index("ix_audit_words_person_ids", "person_ids", postgresql_using="gin"),
        DELETE_ONLY,
    )

    event_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("audit_event.id"), primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[bytes]
    text: Mapped[str]
    person_ids: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(Uuid()))


class AuditAnchor(Base):
    """That a signed head was kept at a place outside the database; `anchored_at` is real time."""

    __tablename__ = "audit_anchor"
    __table_args__ = (APPEND_ONLY,)

    tree_size: Mapped[int] = mapped_column(ForeignKey("audit_checkpoint.tree_size"), primary_key=True)
    place: Mapped[str] = mapped_column(primary_key=True)
    anchored_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))


class AuditTimestamp(Base):
    """That a time stamp authority has signed that it saw a signed head; `stamped_at` is its word, `kept_at` real time.

    `token` is the TimeStampToken of RFC 3161 over the bytes of the head's note, in DER.
    """

    __tablename__ = "audit_timestamp"
    __table_args__ = (CheckConstraint("octet_length(token) > 0", name="token_not_empty"), APPEND_ONLY)

    tree_size: Mapped[int] = mapped_column(ForeignKey("audit_checkpoint.tree_size"), primary_key=True)
    authority: Mapped[str] = mapped_column(primary_key=True)
    stamped_at: Mapped[dt.datetime]
    token: Mapped[bytes]
    kept_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))


class AuditWalk(Base):
    """One walk of the self-audit over the whole log: how far it is, and in the end what it found; all real time.

    `hashes` are the complete subtrees of the first `next_leaf` leaves, one after another, from which it goes on.
    `finding` is the first record that was altered; a walk that found one is over.
    """

    __tablename__ = "audit_walk"
    __table_args__ = (
        CheckConstraint("next_leaf >= 0 AND octet_length(hashes) % 32 = 0", name="place"),
        CheckConstraint("finding IS NULL OR ended_at IS NOT NULL", name="finding_ends"),
        Index("uq_audit_walk_open", text("(ended_at IS NULL)"), unique=True, postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    began_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))
    ended_at: Mapped[dt.datetime | None]
    next_leaf: Mapped[int] = mapped_column(server_default=text("0"))
    hashes: Mapped[bytes] = mapped_column(server_default=text("''::bytea"))
    checkpoints_proven: Mapped[int] = mapped_column(server_default=text("0"))
    last_checkpoint: Mapped[int] = mapped_column(server_default=text("0"))
    recomputed: Mapped[int] = mapped_column(server_default=text("0"))
    not_recomputable: Mapped[int] = mapped_column(server_default=text("0"))
    kept_proven: Mapped[int] = mapped_column(server_default=text("0"))
    finding: Mapped[str | None]
