"""Let jobs ask for outlines, points, spans, preferences, rankings and free texts."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

BEFORE = ("image_boxes", "text_classification")
ADDED = ("free_text", "image_points", "image_polygons", "preference", "ranking", "text_spans")


def upgrade() -> None:
    """Allow them."""
    _allow(BEFORE + ADDED)


def downgrade() -> None:
    """Allow the first two alone; refused by the constraint where there are jobs of others."""
    _allow(BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_job_kind"), "job")
    listed = ", ".join(f"'{kind}'" for kind in sorted(kinds))
    op.create_check_constraint(op.f("ck_job_kind"), "job", f"kind IN ({listed})")
