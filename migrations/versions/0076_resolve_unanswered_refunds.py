"""Let refunds that no rail answered be looked for, and ordered anew by two people."""

from alembic import op

from migrations.support import make_append_only

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

CREATE = """
ALTER TABLE refund ADD COLUMN attempt BIGINT DEFAULT 1 NOT NULL;
CREATE TABLE refund_event (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    refund_id UUID NOT NULL,
    kind TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    person_id UUID,
    at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    real_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_refund_event PRIMARY KEY (id),
    CONSTRAINT fk_refund_event_refund_id_refund FOREIGN KEY(refund_id) REFERENCES refund (id),
    CONSTRAINT fk_refund_event_person_id_person FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT ck_refund_event_kind CHECK (kind IN ('not_found', 'absence_agreed'))
);
CREATE INDEX ix_refund_event_refund_id_id ON refund_event (refund_id, id);
"""


def upgrade() -> None:
    """Add the column, create the table."""
    op.execute(CREATE)
    make_append_only(op, "refund_event")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE refund_event")
    op.execute("ALTER TABLE refund DROP COLUMN attempt")
