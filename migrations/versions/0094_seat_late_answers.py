"""Late answers: how many a job pays for beyond its redundancy, seats made for them, and when they were kept."""

from alembic import op

revision = "0094"
down_revision = "0093"
branch_labels = None
depends_on = None

UPGRADE = """
ALTER TABLE job ADD COLUMN late_answers_max BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE job ADD CONSTRAINT ck_job_late_answers_max CHECK (late_answers_max BETWEEN 0 AND 1000000);
ALTER TABLE seat ADD COLUMN late BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE seat ADD CONSTRAINT ck_seat_late_is_never_open CHECK (NOT late OR state <> 'open');
CREATE INDEX ix_seat_late ON seat (task_id) WHERE late;
ALTER TABLE claim ADD COLUMN kept_at TIMESTAMP WITH TIME ZONE;
"""

DOWNGRADE = """
ALTER TABLE claim DROP COLUMN kept_at;
DROP INDEX ix_seat_late;
ALTER TABLE seat DROP CONSTRAINT ck_seat_late_is_never_open;
ALTER TABLE seat DROP COLUMN late;
ALTER TABLE job DROP CONSTRAINT ck_job_late_answers_max;
ALTER TABLE job DROP COLUMN late_answers_max;
"""


def upgrade() -> None:
    """No job pays for late answers until its client says so."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Forget which seats were made for late answers; those stay seats."""
    op.execute(DOWNGRADE)
