"""Let items get further answers one at a time while those they have do not agree."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and tables; no job that is there has an overlap."""
    op.add_column("job", sa.Column("overlap", postgresql.JSONB(), nullable=True))
    op.add_column("batch", sa.Column("answers_max", sa.BigInteger(), nullable=True))
    op.add_column("batch", sa.Column("extends_batch_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f("fk_batch_extends_batch_id_batch"), "batch", "batch", ["extends_batch_id"], ["id"])
    op.create_check_constraint(
        op.f("ck_batch_extends_at_no_cost"), "batch", "extends_batch_id IS NULL OR answers_max IS NULL"
    )
    op.create_index(
        "ix_batch_extends_batch_id",
        "batch",
        ["extends_batch_id"],
        postgresql_where=sa.text("extends_batch_id IS NOT NULL"),
    )
    op.add_column("task", sa.Column("to_judge", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("task", sa.Column("answers_held", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("task", sa.Column("answers_stopped", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(op.f("ck_task_answers_held"), "task", "answers_held >= 0 AND answers_stopped >= 0")
    op.create_index("ix_task_to_judge", "task", ["job_id"], postgresql_where=sa.text("to_judge AND state = 'done'"))
    op.create_table(
        "overlap_item",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("root_batch_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("answers_held", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'extended', 'agreed', 'open', 'adjudicated', 'ended')",
            name=op.f("ck_overlap_item_state"),
        ),
        sa.CheckConstraint("answers_held >= 0", name=op.f("ck_overlap_item_answers_held")),
        sa.CheckConstraint(
            "answers_held = 0 OR state IN ('waiting', 'extended')", name=op.f("ck_overlap_item_held_while_wanted")
        ),
        sa.CheckConstraint(
            "answers_held > 0 OR state <> 'waiting'", name=op.f("ck_overlap_item_waiting_for_something")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.id"], name=op.f("fk_overlap_item_item_id_item")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_overlap_item_job_id_job")),
        sa.ForeignKeyConstraint(["root_batch_id"], ["batch.id"], name=op.f("fk_overlap_item_root_batch_id_batch")),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_overlap_item_task_id_task")),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_overlap_item")),
    )
    op.create_index(
        "ix_overlap_item_wanted",
        "overlap_item",
        ["root_batch_id"],
        postgresql_where=sa.text("state IN ('waiting', 'extended')"),
    )
    op.create_index("ix_overlap_item_task_id", "overlap_item", ["task_id"])
    op.create_index(
        "ix_overlap_item_open",
        "overlap_item",
        ["job_id", "since", "item_id"],
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "task_exclusion",
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name=op.f("fk_task_exclusion_task_id_task")),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.person_id"], name=op.f("fk_task_exclusion_worker_id_worker")),
        sa.PrimaryKeyConstraint("task_id", "worker_id", name=op.f("pk_task_exclusion")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("task_exclusion")
    op.drop_table("overlap_item")
    op.drop_index("ix_task_to_judge", "task")
    op.drop_constraint(op.f("ck_task_answers_held"), "task")
    op.drop_column("task", "answers_stopped")
    op.drop_column("task", "answers_held")
    op.drop_column("task", "to_judge")
    op.drop_index("ix_batch_extends_batch_id", "batch")
    op.drop_constraint(op.f("ck_batch_extends_at_no_cost"), "batch")
    op.drop_constraint(op.f("fk_batch_extends_batch_id_batch"), "batch", type_="foreignkey")
    op.drop_column("batch", "extends_batch_id")
    op.drop_column("batch", "answers_max")
    op.drop_column("job", "overlap")
