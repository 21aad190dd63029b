"""Create skills, their grants and revocations."""

from alembic import op

from migrations.support import make_append_only

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE skill (
    id UUID NOT NULL,
    organization_id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_skill PRIMARY KEY (id),
    CONSTRAINT uq_skill_organization_id_code UNIQUE (organization_id, code),
    CONSTRAINT fk_skill_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id)
);

CREATE TABLE skill_grant (
    id UUID NOT NULL,
    skill_id UUID NOT NULL,
    person_id UUID NOT NULL,
    reason TEXT NOT NULL,
    granted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    granted_by_person_id UUID,
    CONSTRAINT pk_skill_grant PRIMARY KEY (id),
    CONSTRAINT ck_skill_grant_lasts CHECK (expires_at > granted_at),
    CONSTRAINT fk_skill_grant_skill_id_skill FOREIGN KEY(skill_id) REFERENCES skill (id),
    CONSTRAINT fk_skill_grant_person_id_worker FOREIGN KEY(person_id) REFERENCES worker (person_id),
    CONSTRAINT fk_skill_grant_granted_by_person_id_person FOREIGN KEY(granted_by_person_id) REFERENCES person (id)
);
CREATE INDEX ix_skill_grant_skill_id ON skill_grant (skill_id, id);
CREATE INDEX ix_skill_grant_person_id ON skill_grant (person_id, skill_id, expires_at);

CREATE TABLE skill_revocation (
    grant_id UUID NOT NULL,
    reason TEXT NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_by_person_id UUID,
    CONSTRAINT pk_skill_revocation PRIMARY KEY (grant_id),
    CONSTRAINT fk_skill_revocation_grant_id_skill_grant FOREIGN KEY(grant_id) REFERENCES skill_grant (id),
    CONSTRAINT fk_skill_revocation_revoked_by_person_id_person FOREIGN KEY(revoked_by_person_id) REFERENCES person (id)
);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(CREATE)
    make_append_only(op, "skill_grant")
    make_append_only(op, "skill_revocation")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("skill_revocation")
    op.drop_table("skill_grant")
    op.drop_table("skill")
