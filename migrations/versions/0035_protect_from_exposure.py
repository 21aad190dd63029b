"""Measure time on claims; consent, limits and days of exposure to hard content; paid recovery as an option of jobs."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE claim_time (
    claim_id UUID NOT NULL,
    seconds BIGINT NOT NULL,
    beats BIGINT NOT NULL,
    last_added BIGINT NOT NULL,
    last_beat_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_claim_time PRIMARY KEY (claim_id),
    CONSTRAINT ck_claim_time_counts CHECK (seconds >= 0 AND beats > 0),
    CONSTRAINT fk_claim_time_claim_id_claim FOREIGN KEY(claim_id) REFERENCES claim (id)
);

CREATE TABLE exposure_consent (
    person_id UUID NOT NULL,
    severity SMALLINT NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_exposure_consent PRIMARY KEY (person_id, severity),
    CONSTRAINT ck_exposure_consent_severity CHECK (severity BETWEEN 3 AND 5),
    CONSTRAINT fk_exposure_consent_person_id_worker FOREIGN KEY(person_id) REFERENCES worker (person_id)
);

CREATE TABLE exposure_setting (
    person_id UUID NOT NULL,
    items_max BIGINT,
    minutes_max BIGINT,
    time_zone TEXT,
    CONSTRAINT pk_exposure_setting PRIMARY KEY (person_id),
    CONSTRAINT ck_exposure_setting_items_max CHECK (items_max >= 0),
    CONSTRAINT ck_exposure_setting_minutes_max CHECK (minutes_max >= 0),
    CONSTRAINT fk_exposure_setting_person_id_worker FOREIGN KEY(person_id) REFERENCES worker (person_id)
);

CREATE TABLE exposure_policy (
    single BOOLEAN DEFAULT true NOT NULL,
    items_max BIGINT DEFAULT 300 NOT NULL,
    minutes_max BIGINT DEFAULT 180 NOT NULL,
    CONSTRAINT pk_exposure_policy PRIMARY KEY (single),
    CONSTRAINT ck_exposure_policy_single_row CHECK (single),
    CONSTRAINT ck_exposure_policy_limits CHECK (items_max >= 0 AND minutes_max >= 0)
);
INSERT INTO exposure_policy DEFAULT VALUES;

CREATE TABLE exposure_day (
    person_id UUID NOT NULL,
    day DATE NOT NULL,
    job_id UUID NOT NULL,
    items BIGINT DEFAULT 0 NOT NULL,
    answered BIGINT DEFAULT 0 NOT NULL,
    seconds BIGINT DEFAULT 0 NOT NULL,
    recoveries BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_exposure_day PRIMARY KEY (person_id, day, job_id)
);
CREATE INDEX ix_exposure_day_day ON exposure_day (day);

ALTER TABLE job ADD COLUMN protection JSONB;
"""


def upgrade() -> None:
    """Create the tables; the one row of the policy with its defaults."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE job DROP COLUMN protection")
    for table in ("exposure_day", "exposure_policy", "exposure_setting", "exposure_consent", "claim_time"):
        op.drop_table(table)
