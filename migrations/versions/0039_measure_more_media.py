"""Keep sounds and point clouds beside images, and let jobs ask for segments, transcripts and cuboids."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

BEFORE = (
    "free_text", "image_boxes", "image_points", "image_polygons", "preference", "ranking", "text_classification",
    "text_spans",
)  # fmt: skip
ADDED = ("audio_segments", "audio_transcript", "cuboids")


def upgrade() -> None:
    """Add their measures and kinds."""
    op.add_column("media", sa.Column("duration_ms", sa.BigInteger(), nullable=True))
    op.add_column("media", sa.Column("point_count", sa.BigInteger(), nullable=True))
    op.alter_column("media", "width", nullable=True)
    op.alter_column("media", "height", nullable=True)
    op.create_check_constraint(
        op.f("ck_media_one_measure"), "media", "num_nonnulls(width, duration_ms, point_count) = 1"
    )
    op.create_check_constraint(op.f("ck_media_height_with_width"), "media", "(width IS NULL) = (height IS NULL)")
    _allow(BEFORE + ADDED)


def downgrade() -> None:
    """Take them away; refused where there are such media or jobs."""
    _allow(BEFORE)
    op.drop_constraint(op.f("ck_media_height_with_width"), "media")
    op.drop_constraint(op.f("ck_media_one_measure"), "media")
    op.alter_column("media", "height", nullable=False)
    op.alter_column("media", "width", nullable=False)
    op.drop_column("media", "point_count")
    op.drop_column("media", "duration_ms")


def _allow(kinds: tuple[str, ...]) -> None:
    op.drop_constraint(op.f("ck_job_kind"), "job")
    listed = ", ".join(f"'{kind}'" for kind in sorted(kinds))
    op.create_check_constraint(op.f("ck_job_kind"), "job", f"kind IN ({listed})")
