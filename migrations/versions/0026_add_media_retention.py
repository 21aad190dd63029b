"""Add how long a job's media is kept, and what became of it."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

UPGRADE = """
ALTER TABLE job ADD COLUMN media_retention_days BIGINT, ADD COLUMN settled_at TIMESTAMP WITH TIME ZONE,
    ADD COLUMN media_purged_at TIMESTAMP WITH TIME ZONE,
    ADD CONSTRAINT ck_job_media_retention_days CHECK (media_retention_days BETWEEN 0 AND 3650);
UPDATE job SET settled_at = market_now() WHERE state IN ('settled', 'archived');
CREATE INDEX ix_job_retention ON job (settled_at) WHERE media_retention_days IS NOT NULL AND media_purged_at IS NULL;
ALTER TABLE media ADD COLUMN purged_at TIMESTAMP WITH TIME ZONE, ADD COLUMN bytes_deleted_at TIMESTAMP WITH TIME ZONE,
    ADD CONSTRAINT ck_media_deleted_when_purged CHECK (bytes_deleted_at IS NULL OR purged_at IS NOT NULL);
CREATE INDEX ix_media_to_delete ON media (id) WHERE purged_at IS NOT NULL AND bytes_deleted_at IS NULL;
ALTER TABLE remote_media DROP CONSTRAINT ck_remote_media_state, DROP CONSTRAINT ck_remote_media_stored_has_media,
    ADD CONSTRAINT ck_remote_media_state CHECK (state IN ('pending', 'stored', 'failed', 'purged')),
    ADD CONSTRAINT ck_remote_media_stored_has_media CHECK ((state IN ('stored', 'purged')) = (media_id IS NOT NULL));
"""

DOWNGRADE = """
UPDATE remote_media SET state = 'pending', media_id = NULL WHERE state = 'purged';
ALTER TABLE remote_media DROP CONSTRAINT ck_remote_media_state, DROP CONSTRAINT ck_remote_media_stored_has_media,
    ADD CONSTRAINT ck_remote_media_state CHECK (state IN ('pending', 'stored', 'failed')),
    ADD CONSTRAINT ck_remote_media_stored_has_media CHECK ((state = 'stored') = (media_id IS NOT NULL));
ALTER TABLE media DROP COLUMN purged_at, DROP COLUMN bytes_deleted_at;
ALTER TABLE job DROP COLUMN media_retention_days, DROP COLUMN settled_at, DROP COLUMN media_purged_at;
"""


def upgrade() -> None:
    """Add the columns."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Drop them; what was purged stays purged, and its bytes are not there."""
    op.execute(DOWNGRADE)
