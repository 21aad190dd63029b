"""Keep with a signed head of the log that a time stamp authority has seen it."""

from alembic import op

from migrations.support import make_append_only

revision = "0085"
down_revision = "0084"
branch_labels = None
depends_on = None

STAMP = """
CREATE TABLE audit_timestamp (
    tree_size BIGINT NOT NULL,
    authority TEXT NOT NULL,
    stamped_at TIMESTAMP WITH TIME ZONE NOT NULL,
    token BYTEA NOT NULL,
    kept_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_audit_timestamp PRIMARY KEY (tree_size, authority),
    CONSTRAINT ck_audit_timestamp_token_not_empty CHECK (octet_length(token) > 0),
    CONSTRAINT fk_audit_timestamp_tree_size_audit_checkpoint FOREIGN KEY(tree_size)
        REFERENCES audit_checkpoint (tree_size)
)
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(STAMP)
    make_append_only(op, "audit_timestamp")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("audit_timestamp")
