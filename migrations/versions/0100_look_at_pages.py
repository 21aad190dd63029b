"""Let the platform's staff look at the pages of others, and keep that they did."""

from alembic import op

revision = "0100"
down_revision = "0098"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE TABLE look (
    id UUID NOT NULL,
    secret_hash BYTEA NOT NULL,
    web_session_id UUID NOT NULL,
    staff_person_id UUID NOT NULL,
    person_id UUID NOT NULL,
    organization_id UUID,
    face TEXT NOT NULL,
    reason TEXT NOT NULL,
    began_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_look PRIMARY KEY (id),
    CONSTRAINT ck_look_face CHECK (face IN ('work', 'console')),
    CONSTRAINT ck_look_worker_has_no_organization CHECK ((face = 'work') = (organization_id IS NULL)),
    CONSTRAINT ck_look_at_another CHECK (staff_person_id <> person_id),
    CONSTRAINT uq_look_secret_hash UNIQUE (secret_hash),
    CONSTRAINT fk_look_staff_person_id_person FOREIGN KEY (staff_person_id) REFERENCES person (id),
    CONSTRAINT fk_look_person_id_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT fk_look_organization_id_organization FOREIGN KEY (organization_id) REFERENCES organization (id)
);
CREATE INDEX ix_look_person_id ON look (person_id, id);
CREATE UNIQUE INDEX uq_look_going_on ON look (staff_person_id) WHERE ended_at IS NULL;
CREATE INDEX ix_look_expires_at ON look (expires_at) WHERE ended_at IS NULL;
CREATE INDEX ix_sign_in_token_expires_at ON sign_in_token (expires_at);
"""

DOWNGRADE = """
DROP INDEX ix_sign_in_token_expires_at;
DROP TABLE look;
"""


def upgrade() -> None:
    """Nobody was looked at yet."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Looks are forgotten; the log keeps that there were some."""
    op.execute(DOWNGRADE)
