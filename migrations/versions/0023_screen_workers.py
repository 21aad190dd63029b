"""Let jobs ask for workers by country, language and skill, and create access rules."""

from alembic import op

from migrations.support import make_append_only

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

CREATE = """
ALTER TABLE job
    ADD COLUMN screening_countries TEXT[] DEFAULT '{}' NOT NULL,
    ADD COLUMN screening_languages TEXT[] DEFAULT '{}' NOT NULL,
    ADD COLUMN screening_skills UUID[] DEFAULT '{}' NOT NULL;

CREATE TABLE access_rule (
    id UUID NOT NULL,
    organization_id UUID NOT NULL,
    effect TEXT NOT NULL,
    scope TEXT NOT NULL,
    scope_id UUID NOT NULL,
    job_id UUID,
    contract_id UUID,
    worker_id UUID,
    subject_organization_id UUID,
    reason TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    created_by_person_id UUID,
    CONSTRAINT pk_access_rule PRIMARY KEY (id),
    CONSTRAINT ck_access_rule_effect CHECK (effect IN ('allow', 'block')),
    CONSTRAINT ck_access_rule_scope CHECK (scope IN ('job', 'contract', 'all')),
    CONSTRAINT ck_access_rule_job CHECK ((scope = 'all') = (job_id IS NULL)),
    CONSTRAINT ck_access_rule_contract CHECK ((scope = 'contract') = (contract_id IS NOT NULL)),
    CONSTRAINT ck_access_rule_scope_id CHECK (scope_id = coalesce(contract_id, job_id, organization_id)),
    CONSTRAINT ck_access_rule_one_subject CHECK (num_nonnulls(worker_id, subject_organization_id) = 1),
    CONSTRAINT ck_access_rule_blocks_end CHECK (effect = 'allow' OR expires_at IS NOT NULL),
    CONSTRAINT ck_access_rule_lasts CHECK (expires_at > created_at),
    CONSTRAINT fk_access_rule_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT fk_access_rule_job_id_job FOREIGN KEY(job_id) REFERENCES job (id),
    CONSTRAINT fk_access_rule_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_access_rule_worker_id_worker FOREIGN KEY(worker_id) REFERENCES worker (person_id),
    CONSTRAINT fk_access_rule_subject_organization_id_organization
        FOREIGN KEY(subject_organization_id) REFERENCES organization (id),
    CONSTRAINT fk_access_rule_created_by_person_id_person FOREIGN KEY(created_by_person_id) REFERENCES person (id)
);
CREATE INDEX ix_access_rule_organization_id ON access_rule (organization_id, id);
CREATE INDEX ix_access_rule_worker_id ON access_rule (worker_id, scope_id, expires_at);
CREATE INDEX ix_access_rule_subject_organization_id ON access_rule (subject_organization_id, scope_id);
CREATE INDEX ix_access_rule_allowed_workers ON access_rule (scope_id, expires_at)
    WHERE effect = 'allow' AND worker_id IS NOT NULL;

CREATE TABLE access_rule_end (
    rule_id UUID NOT NULL,
    reason TEXT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_by_person_id UUID,
    CONSTRAINT pk_access_rule_end PRIMARY KEY (rule_id),
    CONSTRAINT fk_access_rule_end_rule_id_access_rule FOREIGN KEY(rule_id) REFERENCES access_rule (id),
    CONSTRAINT fk_access_rule_end_ended_by_person_id_person FOREIGN KEY(ended_by_person_id) REFERENCES person (id)
);

CREATE TABLE access_rule_contest (
    rule_id UUID NOT NULL,
    reason TEXT NOT NULL,
    contested_at TIMESTAMP WITH TIME ZONE NOT NULL,
    contested_by_person_id UUID,
    CONSTRAINT pk_access_rule_contest PRIMARY KEY (rule_id),
    CONSTRAINT fk_access_rule_contest_rule_id_access_rule FOREIGN KEY(rule_id) REFERENCES access_rule (id),
    CONSTRAINT fk_access_rule_contest_contested_by_person_id_person
        FOREIGN KEY(contested_by_person_id) REFERENCES person (id)
);
"""


def upgrade() -> None:
    """Add the columns and create the tables."""
    op.execute(CREATE)
    for table in ("access_rule", "access_rule_end", "access_rule_contest"):
        make_append_only(op, table)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("access_rule_contest")
    op.drop_table("access_rule_end")
    op.drop_table("access_rule")
    for column in ("screening_skills", "screening_languages", "screening_countries"):
        op.drop_column("job", column)
