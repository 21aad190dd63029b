"""Let jobs be worked on in a tool of the client's own."""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

BEFORE = (
    "audio_segments", "audio_transcript", "cuboids", "free_text", "image_boxes", "image_points", "image_polygons",
    "preference", "ranking", "text_classification", "text_spans",
)  # fmt: skip


def upgrade() -> None:
    """Allow the kind."""
    _allow((*BEFORE, "external"))


def downgrade() -> None:
    """Take it away; refused by the constraint where there are such jobs."""
    _allow(BEFORE)


def _allow(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_job_kind"), "job")
    listed = ", ".join(f"'{kind}'" for kind in sorted(kinds))
    op.create_check_constraint(op.f("ck_job_kind"), "job", f"kind IN ({listed})")
