"""Create the audit log: events, their queue, the Merkle tree, who may read, and the signed heads."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import make_append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_event", "audit_leaf", "audit_node", "audit_reader", "audit_checkpoint")


def upgrade() -> None:
    moment = sa.TIMESTAMP(timezone=True)
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject_noun", sa.Text, nullable=False),
        sa.Column("subject_id", sa.Uuid, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("recorded_at", moment, nullable=False),
        sa.Column("organization_ids", postgresql.ARRAY(sa.Uuid), nullable=False),
        sa.Column("person_ids", postgresql.ARRAY(sa.Uuid), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_event"),
    )
    op.create_index("ix_audit_event_subject_id_recorded_at", "audit_event", ["subject_id", "recorded_at"])
    op.create_table(
        "audit_pending",
        sa.Column("recorded_at", moment, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.PrimaryKeyConstraint("recorded_at", "event_id", name="pk_audit_pending"),
    )
    create_tree()
    for table in APPEND_ONLY:
        make_append_only(op, table)
    op.execute(
        "CREATE TRIGGER audit_pending_unchanged BEFORE UPDATE ON audit_pending "
        "FOR EACH ROW EXECUTE FUNCTION forbid_change()"
    )


def create_tree() -> None:
    op.create_table(
        "audit_leaf",
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit_leaf"),
        sa.UniqueConstraint("event_id", name="uq_audit_leaf_event_id"),
        sa.ForeignKeyConstraint(["event_id"], ["audit_event.id"], name="fk_audit_leaf_event_id_audit_event"),
        sa.CheckConstraint("number >= 0", name=op.f("ck_audit_leaf_number_from_zero")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_audit_leaf_hash_length")),
    )
    op.create_table(
        "audit_node",
        sa.Column("level", sa.SmallInteger, autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("level", "position", name="pk_audit_node"),
        sa.CheckConstraint("level >= 1", name=op.f("ck_audit_node_level_above_leaves")),
        sa.CheckConstraint("octet_length(hash) = 32", name=op.f("ck_audit_node_hash_length")),
    )
    op.create_table(
        "audit_reader",
        sa.Column("reader_id", sa.Uuid, nullable=False),
        sa.Column("leaf_number", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("reader_id", "leaf_number", name="pk_audit_reader"),
        sa.ForeignKeyConstraint(["leaf_number"], ["audit_leaf.number"], name="fk_audit_reader_leaf_number_audit_leaf"),
    )
    op.create_table(
        "audit_checkpoint",
        sa.Column("tree_size", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("root_hash", sa.LargeBinary, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("sealed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tree_size", name="pk_audit_checkpoint"),
        sa.CheckConstraint("tree_size > 0", name=op.f("ck_audit_checkpoint_tree_not_empty")),
        sa.CheckConstraint("octet_length(root_hash) = 32", name=op.f("ck_audit_checkpoint_hash_length")),
    )


def downgrade() -> None:
    for table in ("audit_checkpoint", "audit_reader", "audit_node", "audit_leaf", "audit_pending", "audit_event"):
        op.drop_table(table)
