"""Keep the daily report of what is there and what is owed."""

from alembic import op

from migrations.support import make_append_only

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE coverage_report (
    id UUID NOT NULL,
    day DATE NOT NULL,
    currency TEXT NOT NULL,
    cash BIGINT NOT NULL,
    owed BIGINT NOT NULL,
    claims BIGINT NOT NULL,
    reported_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_coverage_report PRIMARY KEY (id),
    CONSTRAINT uq_coverage_report_day_currency UNIQUE (day, currency)
);
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(CREATE)
    make_append_only(op, "coverage_report")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE coverage_report")
