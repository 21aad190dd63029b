"""Let workers report fees they were asked for; give invitations a code by which anybody can verify them."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE fee_report (
    id UUID NOT NULL,
    organization_id UUID NOT NULL,
    worker_id UUID NOT NULL,
    amount TEXT,
    how TEXT NOT NULL,
    freezes BOOLEAN NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    decided_by_person_id UUID,
    decision_reason TEXT,
    frozen_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_fee_report PRIMARY KEY (id),
    CONSTRAINT ck_fee_report_state CHECK (state IN ('open', 'upheld', 'dismissed')),
    CONSTRAINT ck_fee_report_decided CHECK ((state = 'open') = (decided_at IS NULL)),
    CONSTRAINT ck_fee_report_upheld_ends CHECK ((state = 'upheld') = (frozen_until IS NOT NULL)),
    CONSTRAINT ck_fee_report_says_why CHECK ((state = 'open') = (decision_reason IS NULL)),
    CONSTRAINT fk_fee_report_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT fk_fee_report_worker_id_worker FOREIGN KEY(worker_id) REFERENCES worker (person_id),
    CONSTRAINT fk_fee_report_decided_by_person_id_person FOREIGN KEY(decided_by_person_id) REFERENCES person (id)
);
CREATE UNIQUE INDEX uq_fee_report_open ON fee_report (organization_id, worker_id) WHERE state = 'open';
CREATE INDEX ix_fee_report_worker_id ON fee_report (worker_id, id);
CREATE INDEX ix_fee_report_freezing ON fee_report (organization_id) WHERE state IN ('open', 'upheld');

ALTER TABLE invitation ADD COLUMN verify_code TEXT;
ALTER TABLE invitation ADD CONSTRAINT uq_invitation_verify_code UNIQUE (verify_code);
ALTER TABLE team_invitation ADD COLUMN verify_code TEXT;
ALTER TABLE team_invitation ADD CONSTRAINT uq_team_invitation_verify_code UNIQUE (verify_code);
"""


def upgrade() -> None:
    """Create the table; invitations made before have no code."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE team_invitation DROP COLUMN verify_code; ALTER TABLE invitation DROP COLUMN verify_code")
    op.drop_table("fee_report")
