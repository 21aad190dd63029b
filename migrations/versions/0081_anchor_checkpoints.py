"""Keep where signed heads are anchored, and how far the self-audit of the log is."""

from alembic import op

from migrations.support import make_append_only

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

ANCHOR = """
CREATE TABLE audit_anchor (
    tree_size BIGINT NOT NULL,
    place TEXT NOT NULL,
    anchored_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_audit_anchor PRIMARY KEY (tree_size, place),
    CONSTRAINT fk_audit_anchor_tree_size_audit_checkpoint FOREIGN KEY(tree_size)
        REFERENCES audit_checkpoint (tree_size)
)
"""
WALK = """
CREATE TABLE audit_walk (
    id UUID DEFAULT uuid7() NOT NULL,
    began_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    next_leaf BIGINT DEFAULT 0 NOT NULL,
    hashes BYTEA DEFAULT ''::bytea NOT NULL,
    checkpoints_proven BIGINT DEFAULT 0 NOT NULL,
    last_checkpoint BIGINT DEFAULT 0 NOT NULL,
    recomputed BIGINT DEFAULT 0 NOT NULL,
    not_recomputable BIGINT DEFAULT 0 NOT NULL,
    kept_proven BIGINT DEFAULT 0 NOT NULL,
    finding TEXT,
    CONSTRAINT pk_audit_walk PRIMARY KEY (id),
    CONSTRAINT ck_audit_walk_place CHECK (next_leaf >= 0 AND octet_length(hashes) % 32 = 0),
    CONSTRAINT ck_audit_walk_finding_ends CHECK (finding IS NULL OR ended_at IS NOT NULL)
)
"""
OPEN = "CREATE UNIQUE INDEX uq_audit_walk_open ON audit_walk ((ended_at IS NULL)) WHERE ended_at IS NULL"


def upgrade() -> None:
    """Create both tables."""
    op.execute(ANCHOR)
    make_append_only(op, "audit_anchor")
    op.execute(WALK)
    op.execute(OPEN)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("audit_walk")
    op.drop_table("audit_anchor")
