"""Let jobs grow and shrink while they run: items added and withdrawn, more answers an item."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import make_append_only

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

# Claims refer to their batch for pay, lease and terms: what a claim froze must not move under it (rule 4).
FROZEN = """
CREATE OR REPLACE FUNCTION batch_keeps_its_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - '{{{columns}}}'::text[]) IS DISTINCT FROM (to_jsonb(OLD) - '{{{columns}}}'::text[]) THEN
        RAISE EXCEPTION 'batch % keeps its terms', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def upgrade() -> None:
    """Add the tables and columns; what was published so far stands as it was published."""
    op.add_column("job", sa.Column("redundancy_published", sa.BigInteger(), nullable=True))
    op.add_column("job_rate", sa.Column("item_count_published", sa.BigInteger(), nullable=True))
    op.execute("UPDATE job SET redundancy_published = redundancy WHERE published_at IS NOT NULL")
    op.execute(
        "UPDATE job_rate SET item_count_published = item_count FROM job "
        "WHERE job.id = job_rate.job_id AND job.published_at IS NOT NULL"
    )
    op.create_table(
        "item_withdrawal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("rate_code", sa.Text(), nullable=False),
        sa.Column("ordinals", postgresql.INT8MULTIRANGE(), nullable=False),
        sa.Column("item_count", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at", postgresql.TIMESTAMP(timezone=True), server_default=sa.text("market_now()"), nullable=False
        ),
        sa.CheckConstraint("item_count > 0", name=op.f("ck_item_withdrawal_item_count")),
        sa.ForeignKeyConstraint(
            ["job_id", "rate_code"],
            ["job_rate.job_id", "job_rate.code"],
            name=op.f("fk_item_withdrawal_job_id_rate_code_job_rate"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_withdrawal")),
    )
    op.create_index(op.f("ix_item_withdrawal_job_id_rate_code"), "item_withdrawal", ["job_id", "rate_code"])
    make_append_only(op, "item_withdrawal")
    op.add_column("task", sa.Column("seats_wanted", sa.BigInteger(), nullable=True))
    op.add_column("batch", sa.Column("seats_added", sa.BigInteger(), server_default="0", nullable=False))
    op.drop_constraint(op.f("ck_batch_seats_per_task"), "batch")
    op.create_check_constraint(op.f("ck_batch_seats_per_task"), "batch", "seats_per_task > 0 AND seats_added >= 0")
    op.drop_constraint(op.f("ck_batch_seats_released"), "batch")
    op.create_check_constraint(
        op.f("ck_batch_seats_released"),
        "batch",
        "seats_released BETWEEN 0 AND task_count * seats_per_task + seats_added",
    )
    op.create_table(
        "seat_round",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("redundancy", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("seats_per_task", sa.BigInteger(), nullable=False),
        sa.Column("task_count", sa.BigInteger(), nullable=False),
        sa.Column("item_count", sa.BigInteger(), nullable=False),
        sa.Column("seats_released", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "seats_per_task > 0 AND task_count > 0 AND item_count > 0", name=op.f("ck_seat_round_not_empty")
        ),
        sa.CheckConstraint(
            "seats_released BETWEEN 0 AND task_count * seats_per_task", name=op.f("ck_seat_round_seats_released")
        ),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_seat_round_batch_id_batch")),
        sa.PrimaryKeyConstraint("batch_id", "redundancy", name=op.f("pk_seat_round")),
    )
    op.execute(FROZEN.format(columns="state,claimable,seats_added,seats_released,seats_withdrawn"))


def downgrade() -> None:
    """Drop them; refused by the constraint where further seats were released already."""
    op.execute(FROZEN.format(columns="state,claimable,seats_released,seats_withdrawn"))
    op.drop_table("seat_round")
    op.drop_constraint(op.f("ck_batch_seats_released"), "batch")
    op.create_check_constraint(
        op.f("ck_batch_seats_released"), "batch", "seats_released BETWEEN 0 AND task_count * seats_per_task"
    )
    op.drop_constraint(op.f("ck_batch_seats_per_task"), "batch")
    op.create_check_constraint(op.f("ck_batch_seats_per_task"), "batch", "seats_per_task > 0")
    op.drop_column("batch", "seats_added")
    op.drop_column("task", "seats_wanted")
    op.drop_table("item_withdrawal")
    op.drop_column("job_rate", "item_count_published")
    op.drop_column("job", "redundancy_published")
