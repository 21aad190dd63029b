"""Measure pay by the hour, set wage floors, and pause batches for a reason of their own."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE batch_pause (
    id UUID NOT NULL,
    batch_id UUID NOT NULL,
    reason TEXT NOT NULL,
    country TEXT,
    words TEXT NOT NULL,
    paused_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_batch_pause PRIMARY KEY (id),
    CONSTRAINT ck_batch_pause_reason CHECK (reason IN ('wage_floor', 'recovery_unfunded')),
    CONSTRAINT fk_batch_pause_batch_id_batch FOREIGN KEY(batch_id) REFERENCES batch (id)
);
CREATE UNIQUE INDEX uq_batch_pause_live ON batch_pause (batch_id, reason) WHERE ended_at IS NULL;

CREATE TABLE pay_figure (
    job_id UUID NOT NULL,
    rate_code TEXT NOT NULL,
    kind TEXT NOT NULL,
    currency TEXT NOT NULL,
    lower_amount BIGINT,
    median_amount BIGINT,
    upper_amount BIGINT,
    claims BIGINT NOT NULL,
    workers BIGINT NOT NULL,
    measured_at TIMESTAMP WITH TIME ZONE NOT NULL,
    guarded_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_pay_figure PRIMARY KEY (job_id, rate_code),
    CONSTRAINT fk_pay_figure_job_id_job FOREIGN KEY(job_id) REFERENCES job (id)
);
CREATE INDEX ix_pay_figure_kind ON pay_figure (kind, currency);

CREATE TABLE wage_floor (
    country TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    minutes_min BIGINT NOT NULL,
    set_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_wage_floor PRIMARY KEY (country),
    CONSTRAINT ck_wage_floor_country CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT ck_wage_floor_amount CHECK (amount > 0),
    CONSTRAINT ck_wage_floor_minutes_min CHECK (minutes_min > 0)
);

DROP INDEX ix_claim_ended;
CREATE INDEX ix_claim_ended ON claim (batch_id, decided_at) WHERE state IN ('decided', 'expired', 'returned');
"""


def upgrade() -> None:
    """Create the tables; claims that were given back are found by their end too."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute(
        "DROP INDEX ix_claim_ended; "
        "CREATE INDEX ix_claim_ended ON claim (batch_id, decided_at) WHERE state IN ('decided', 'expired')"
    )
    for table in ("wage_floor", "pay_figure", "batch_pause"):
        op.drop_table(table)
