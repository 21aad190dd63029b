"""Create teams of workers, their members and the invitations to them."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE team (
    id UUID NOT NULL,
    organization_id UUID NOT NULL,
    name TEXT NOT NULL,
    state TEXT DEFAULT 'open' NOT NULL,
    version BIGINT DEFAULT 1 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_team PRIMARY KEY (id),
    CONSTRAINT ck_team_state CHECK (state IN ('open', 'closed')),
    CONSTRAINT ck_team_closed CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CONSTRAINT fk_team_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id)
);
CREATE INDEX ix_team_organization_id ON team (organization_id, id);

CREATE TABLE team_member (
    team_id UUID NOT NULL,
    person_id UUID NOT NULL,
    joined_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_team_member PRIMARY KEY (team_id, person_id),
    CONSTRAINT fk_team_member_team_id_team FOREIGN KEY(team_id) REFERENCES team (id),
    CONSTRAINT fk_team_member_person_id_worker FOREIGN KEY(person_id) REFERENCES worker (person_id)
);
CREATE INDEX ix_team_member_person_id ON team_member (person_id);

CREATE TABLE team_invitation (
    id UUID NOT NULL,
    team_id UUID NOT NULL,
    email TEXT NOT NULL,
    state TEXT DEFAULT 'pending' NOT NULL,
    invited_by_person_id UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_team_invitation PRIMARY KEY (id),
    CONSTRAINT ck_team_invitation_state CHECK (state IN ('pending', 'accepted', 'declined', 'revoked')),
    CONSTRAINT ck_team_invitation_email_lower CHECK (email = lower(email)),
    CONSTRAINT ck_team_invitation_decided CHECK ((state = 'pending') = (decided_at IS NULL)),
    CONSTRAINT fk_team_invitation_team_id_team FOREIGN KEY(team_id) REFERENCES team (id),
    CONSTRAINT fk_team_invitation_invited_by_person_id_person FOREIGN KEY(invited_by_person_id) REFERENCES person (id)
);
CREATE INDEX ix_team_invitation_team_id ON team_invitation (team_id, id);
CREATE INDEX ix_team_invitation_email ON team_invitation (email);
"""


def upgrade() -> None:
    """Create the tables."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop them."""
    for table in ("team_invitation", "team_member", "team"):
        op.drop_table(table)
