"""Keep that the books were checked, day by day, and what did not hold."""

from alembic import op

from migrations.support import make_append_only

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE books_check (
    id UUID NOT NULL,
    day DATE NOT NULL,
    checks BIGINT NOT NULL,
    failed TEXT[] NOT NULL,
    milliseconds BIGINT NOT NULL,
    checked_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_books_check PRIMARY KEY (id),
    CONSTRAINT uq_books_check_day UNIQUE (day),
    CONSTRAINT ck_books_check_counts CHECK (checks > 0 AND milliseconds >= 0),
    CONSTRAINT ck_books_check_failed_of_them CHECK (cardinality(failed) <= checks)
)
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(CREATE)
    make_append_only(op, "books_check")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("books_check")
