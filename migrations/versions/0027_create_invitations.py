"""Create invitations; count the versions of an organization."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE organization ADD COLUMN version BIGINT DEFAULT 1 NOT NULL;

CREATE TABLE invitation (
    id UUID NOT NULL,
    organization_id UUID NOT NULL,
    role TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    state TEXT DEFAULT 'pending' NOT NULL,
    invited_by_person_id UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    times_sent BIGINT DEFAULT 1 NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    person_id UUID,
    CONSTRAINT pk_invitation PRIMARY KEY (id),
    CONSTRAINT ck_invitation_state CHECK (state IN ('pending', 'accepted', 'declined', 'revoked')),
    CONSTRAINT ck_invitation_email_lower CHECK (email = lower(email)),
    CONSTRAINT ck_invitation_decided CHECK ((state = 'pending') = (decided_at IS NULL)),
    CONSTRAINT ck_invitation_accepted_by CHECK ((state = 'accepted') = (person_id IS NOT NULL)),
    CONSTRAINT uq_invitation_token_hash UNIQUE (token_hash),
    CONSTRAINT fk_invitation_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id),
    CONSTRAINT fk_invitation_invited_by_person_id_person FOREIGN KEY(invited_by_person_id) REFERENCES person (id),
    CONSTRAINT fk_invitation_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
);
CREATE INDEX ix_invitation_organization_id ON invitation (organization_id, id);
"""


def upgrade() -> None:
    """Create the table and the column."""
    op.execute(UP)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("invitation")
    op.drop_column("organization", "version")
