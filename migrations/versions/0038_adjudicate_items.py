"""Have a third person decide the items on whose answers there was no agreement."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.support import make_append_only

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, and who decides; items that are there already are the platform's to decide."""
    op.add_column("overlap_item", sa.Column("for_organization_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_overlap_item_for_organization_id_organization"),
        "overlap_item",
        "organization",
        ["for_organization_id"],
        ["id"],
    )
    op.create_table(
        "adjudication",
        sa.Column("item_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=True),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_person_id", sa.Uuid(), nullable=True),
        sa.Column("decided_by_organization_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["overlap_item.item_id"], name=op.f("fk_adjudication_item_id_overlap_item")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_adjudication_job_id_job")),
        sa.ForeignKeyConstraint(["answer_id"], ["answer.id"], name=op.f("fk_adjudication_answer_id_answer")),
        sa.ForeignKeyConstraint(
            ["decided_by_person_id"], ["person.id"], name=op.f("fk_adjudication_decided_by_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_organization_id"],
            ["organization.id"],
            name=op.f("fk_adjudication_decided_by_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_adjudication")),
    )
    op.create_index(op.f("ix_adjudication_job_id"), "adjudication", ["job_id"])
    make_append_only(op, "adjudication")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("adjudication")
    op.drop_constraint(op.f("fk_overlap_item_for_organization_id_organization"), "overlap_item", type_="foreignkey")
    op.drop_column("overlap_item", "for_organization_id")
