"""Let batches stand in line by priority, workers hold so many claims at once, and have the time they need."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

FROZEN = """
CREATE OR REPLACE FUNCTION batch_keeps_its_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - '{{{columns}}}'::text[]) IS DISTINCT FROM (to_jsonb(OLD) - '{{{columns}}}'::text[]) THEN
        RAISE EXCEPTION 'batch % keeps its terms', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
CHANGING = "state,claimable,seats_added,seats_released,seats_withdrawn"
KEPT = "state IN ('claimed', 'submitted', 'decided')"
HELD = sa.text("state = 'claimed' AND attempt = 1")


def upgrade() -> None:
    """Add the columns and indexes; batches opened so far stand in the queue from when they were opened."""
    moment = postgresql.TIMESTAMP(timezone=True)
    op.execute(FROZEN.format(columns=f"{CHANGING},priority,queued_from,seats_left"))
    op.add_column("batch", sa.Column("priority", sa.SmallInteger(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_batch_priority"), "batch", "priority BETWEEN 0 AND 9")
    op.add_column("batch", sa.Column("queued_from", moment, server_default=sa.text("market_now()"), nullable=False))
    op.execute("UPDATE batch SET queued_from = created_at")
    op.add_column("batch", sa.Column("seats_left", sa.Boolean(), server_default=sa.text("true"), nullable=False))
    op.drop_index("ix_batch_claimable", "batch")
    op.create_index(
        "ix_batch_queue",
        "batch",
        ["queued_from", "opened_sequence"],
        postgresql_where=sa.text("claimable AND state = 'open' AND seats_left"),
    )
    op.create_index("ix_seat_open_task", "seat", ["task_id"], postgresql_where=sa.text("state = 'open'"))
    op.add_column("job", sa.Column("claims_held_max", sa.SmallInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_job_claims_held_max"), "job", "claims_held_max BETWEEN 1 AND 1000")
    op.add_column("worker", sa.Column("time_factor_percent", sa.SmallInteger(), server_default="100", nullable=False))
    op.create_check_constraint(op.f("ck_worker_time_factor"), "worker", "time_factor_percent BETWEEN 100 AND 300")
    op.add_column("claim", sa.Column("place", sa.SmallInteger(), nullable=True))
    op.add_column("claim", sa.Column("place_in_job", sa.SmallInteger(), nullable=True))
    op.create_index("uq_claim_place", "claim", ["worker_id", "place"], unique=True, postgresql_where=HELD)
    op.create_index(
        "uq_claim_place_in_job",
        "claim",
        ["worker_id", "job_id", "place_in_job"],
        unique=True,
        postgresql_where=sa.text("state = 'claimed' AND attempt = 1 AND place_in_job IS NOT NULL"),
    )
    op.add_column("claim", sa.Column("skipped", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.drop_index("uq_claim_live_task_worker", "claim")
    op.create_index(
        "uq_claim_live_task_worker",
        "claim",
        ["task_id", "worker_id"],
        unique=True,
        postgresql_where=sa.text(f"{KEPT} OR skipped"),
    )


def downgrade() -> None:
    """Drop them; batches are in the order of their opening again."""
    op.drop_index("uq_claim_live_task_worker", "claim")
    op.create_index(
        "uq_claim_live_task_worker", "claim", ["task_id", "worker_id"], unique=True, postgresql_where=sa.text(KEPT)
    )
    op.drop_column("claim", "skipped")
    op.drop_index("uq_claim_place_in_job", "claim")
    op.drop_index("uq_claim_place", "claim")
    op.drop_column("claim", "place_in_job")
    op.drop_column("claim", "place")
    op.drop_column("worker", "time_factor_percent")
    op.drop_column("job", "claims_held_max")
    op.drop_index("ix_seat_open_task", "seat")
    op.drop_index("ix_batch_queue", "batch")
    op.create_index(
        "ix_batch_claimable",
        "batch",
        ["opened_sequence"],
        postgresql_where=sa.text("claimable AND state = 'open'"),
    )
    for column in ("seats_left", "queued_from", "priority"):
        op.drop_column("batch", column)
    op.execute(FROZEN.format(columns=CHANGING))
