"""Let the client and the layers above claim the quality of accepted answers from the layer that vouched for them."""

from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE quality_claim (
    id UUID NOT NULL,
    job_id UUID NOT NULL,
    contract_id UUID NOT NULL,
    claimant_organization_id UUID NOT NULL,
    against_organization_id UUID NOT NULL,
    category TEXT NOT NULL,
    rule TEXT,
    reason TEXT NOT NULL,
    asked_amount BIGINT NOT NULL,
    amount BIGINT DEFAULT 0 NOT NULL,
    uncollected_amount BIGINT DEFAULT 0 NOT NULL,
    currency TEXT NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    opened_by_person_id UUID,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deadline_at TIMESTAMP WITH TIME ZONE NOT NULL,
    response TEXT,
    responded_by_person_id UUID,
    responded_at TIMESTAMP WITH TIME ZONE,
    decision TEXT,
    decided_by_person_id UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_quality_claim PRIMARY KEY (id),
    CONSTRAINT ck_quality_claim_state
        CHECK (state IN ('open', 'contested', 'upheld', 'dismissed', 'withdrawn')),
    CONSTRAINT ck_quality_claim_decided CHECK ((state IN ('open', 'contested')) = (decided_at IS NULL)),
    CONSTRAINT ck_quality_claim_contested_says_why
        CHECK (state NOT IN ('contested', 'dismissed') OR response IS NOT NULL),
    CONSTRAINT ck_quality_claim_asks_for_something CHECK (asked_amount > 0),
    CONSTRAINT ck_quality_claim_not_more_than_asked CHECK (amount BETWEEN 0 AND asked_amount),
    CONSTRAINT ck_quality_claim_uncollected CHECK (uncollected_amount BETWEEN 0 AND amount),
    CONSTRAINT ck_quality_claim_nothing_unless_upheld CHECK (state = 'upheld' OR amount = 0),
    CONSTRAINT ck_quality_claim_two_parties CHECK (claimant_organization_id <> against_organization_id),
    CONSTRAINT fk_quality_claim_job_id_job FOREIGN KEY(job_id) REFERENCES job (id),
    CONSTRAINT fk_quality_claim_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_quality_claim_claimant_organization_id_organization
        FOREIGN KEY(claimant_organization_id) REFERENCES organization (id),
    CONSTRAINT fk_quality_claim_against_organization_id_organization
        FOREIGN KEY(against_organization_id) REFERENCES organization (id),
    CONSTRAINT fk_quality_claim_opened_by_person_id_person FOREIGN KEY(opened_by_person_id) REFERENCES person (id),
    CONSTRAINT fk_quality_claim_responded_by_person_id_person
        FOREIGN KEY(responded_by_person_id) REFERENCES person (id),
    CONSTRAINT fk_quality_claim_decided_by_person_id_person FOREIGN KEY(decided_by_person_id) REFERENCES person (id)
);
CREATE INDEX ix_quality_claim_silent ON quality_claim (deadline_at) WHERE state = 'open';
CREATE INDEX ix_quality_claim_uncollected ON quality_claim (against_organization_id) WHERE uncollected_amount > 0;
CREATE INDEX ix_quality_claim_claimant_organization_id_id ON quality_claim (claimant_organization_id, id);
CREATE INDEX ix_quality_claim_against_organization_id_id ON quality_claim (against_organization_id, id);
CREATE INDEX ix_quality_claim_job_id ON quality_claim (job_id);

CREATE TABLE quality_claim_answer (
    quality_claim_id UUID NOT NULL,
    answer_id UUID NOT NULL,
    margin_amount BIGINT NOT NULL,
    stands BOOLEAN DEFAULT true NOT NULL,
    CONSTRAINT pk_quality_claim_answer PRIMARY KEY (quality_claim_id, answer_id),
    CONSTRAINT ck_quality_claim_answer_margin CHECK (margin_amount >= 0),
    CONSTRAINT fk_quality_claim_answer_quality_claim_id_quality_claim
        FOREIGN KEY(quality_claim_id) REFERENCES quality_claim (id),
    CONSTRAINT fk_quality_claim_answer_answer_id_answer FOREIGN KEY(answer_id) REFERENCES answer (id)
);
CREATE UNIQUE INDEX uq_quality_claim_answer_stands ON quality_claim_answer (answer_id) WHERE stands;
CREATE INDEX ix_quality_claim_answer_answer_id ON quality_claim_answer (answer_id);

ALTER TABLE extra_charge ALTER COLUMN extra_id DROP NOT NULL;
ALTER TABLE extra_charge ADD COLUMN quality_claim_id UUID;
ALTER TABLE extra_charge ADD CONSTRAINT fk_extra_charge_quality_claim_id_quality_claim
    FOREIGN KEY(quality_claim_id) REFERENCES quality_claim (id);
ALTER TABLE extra_charge DROP CONSTRAINT ck_extra_charge_paid_to;
ALTER TABLE extra_charge ADD CONSTRAINT ck_extra_charge_paid_to CHECK (paid_to IN ('worker', 'fund', 'reserve'));
ALTER TABLE extra_charge ADD CONSTRAINT ck_extra_charge_for_one_thing
    CHECK ((extra_id IS NULL) = (quality_claim_id IS NOT NULL) AND (paid_to = 'reserve') = (extra_id IS NULL));
CREATE INDEX ix_extra_charge_quality_claim_id ON extra_charge (quality_claim_id) WHERE quality_claim_id IS NOT NULL;
"""

DROP = """
DROP INDEX ix_extra_charge_quality_claim_id;
ALTER TABLE extra_charge DROP CONSTRAINT ck_extra_charge_for_one_thing;
ALTER TABLE extra_charge DROP CONSTRAINT ck_extra_charge_paid_to;
ALTER TABLE extra_charge ADD CONSTRAINT ck_extra_charge_paid_to CHECK (paid_to IN ('worker', 'fund'));
ALTER TABLE extra_charge DROP COLUMN quality_claim_id;
ALTER TABLE extra_charge ALTER COLUMN extra_id SET NOT NULL;
DROP TABLE quality_claim_answer;
DROP TABLE quality_claim;
"""


def upgrade() -> None:
    """Create the tables, and let charges of margins be for claims too."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop them; refused once a margin was charged."""
    op.execute(DROP)
