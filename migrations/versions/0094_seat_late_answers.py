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
CREATE INDEX ix_claim_kept ON claim (job_id, kept_at) WHERE kept_at IS NOT NULL;
"""

COUNT = """
UPDATE batch SET seats_added = seats_added + late.seats, seats_released = seats_released + late.seats,
    seats_withdrawn = seats_withdrawn + late.withdrawn
FROM (
    SELECT batch_id, count(*) AS seats, count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn
    FROM seat WHERE late GROUP BY batch_id
) AS late
WHERE batch.id = late.batch_id;
"""

DOWNGRADE = """
DROP INDEX ix_claim_kept;
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
    """Forget which seats were made for late answers; those stay seats, which their batches count from now on."""
    op.execute(COUNT)
    op.execute(DOWNGRADE)
