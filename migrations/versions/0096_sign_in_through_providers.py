"""Let an organization's people sign in through its identity provider."""

from alembic import op

revision = "0096"
down_revision = "0095"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE TABLE identity_provider (
    id UUID NOT NULL,
    organization_id UUID NOT NULL,
    code TEXT NOT NULL,
    issuer TEXT NOT NULL,
    client_id TEXT NOT NULL,
    client_secret_sealed BYTEA NOT NULL,
    email_domains TEXT[] NOT NULL,
    added_by_person_id UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    version BIGINT DEFAULT 1 NOT NULL,
    CONSTRAINT pk_identity_provider PRIMARY KEY (id),
    CONSTRAINT ck_identity_provider_code CHECK (code ~ '^[a-z0-9][a-z0-9-]{2,39}$'),
    CONSTRAINT ck_identity_provider_has_domains CHECK (cardinality(email_domains) > 0),
    CONSTRAINT uq_identity_provider_organization_id_issuer UNIQUE (organization_id, issuer),
    CONSTRAINT uq_identity_provider_code UNIQUE (code),
    CONSTRAINT fk_identity_provider_organization_id_organization FOREIGN KEY (organization_id)
        REFERENCES organization (id),
    CONSTRAINT fk_identity_provider_added_by_person_id_person FOREIGN KEY (added_by_person_id) REFERENCES person (id)
);
CREATE TABLE provider_identity (
    provider_id UUID NOT NULL,
    subject TEXT NOT NULL,
    person_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_provider_identity PRIMARY KEY (provider_id, subject),
    CONSTRAINT fk_provider_identity_provider_id_identity_provider FOREIGN KEY (provider_id)
        REFERENCES identity_provider (id) ON DELETE CASCADE,
    CONSTRAINT fk_provider_identity_person_id_person FOREIGN KEY (person_id) REFERENCES person (id)
);
CREATE INDEX ix_provider_identity_person_id ON provider_identity (person_id);
CREATE TABLE provider_sign_in (
    secret_hash BYTEA NOT NULL,
    provider_id UUID NOT NULL,
    following TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    subject TEXT,
    person_id UUID,
    code_hash BYTEA,
    attempts SMALLINT DEFAULT 0 NOT NULL,
    connected_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_provider_sign_in PRIMARY KEY (secret_hash),
    CONSTRAINT ck_provider_sign_in_waits_for_code CHECK ((person_id IS NULL) = (code_hash IS NULL)),
    CONSTRAINT ck_provider_sign_in_waits_with_subject CHECK ((person_id IS NULL) = (subject IS NULL)),
    CONSTRAINT fk_provider_sign_in_provider_id_identity_provider FOREIGN KEY (provider_id)
        REFERENCES identity_provider (id) ON DELETE CASCADE,
    CONSTRAINT fk_provider_sign_in_person_id_person FOREIGN KEY (person_id) REFERENCES person (id)
);
CREATE INDEX ix_provider_sign_in_expires_at ON provider_sign_in (expires_at);
CREATE INDEX ix_provider_sign_in_person_id ON provider_sign_in (person_id);
ALTER TABLE web_session ADD COLUMN identity_provider_id UUID;
ALTER TABLE web_session ADD CONSTRAINT ck_web_session_provider_of_organization
    CHECK (identity_provider_id IS NULL OR face = 'console');
"""

DOWNGRADE = """
DELETE FROM web_session WHERE identity_provider_id IS NOT NULL;
ALTER TABLE web_session DROP CONSTRAINT ck_web_session_provider_of_organization;
ALTER TABLE web_session DROP COLUMN identity_provider_id;
DROP TABLE provider_sign_in;
DROP TABLE provider_identity;
DROP TABLE identity_provider;
"""


def upgrade() -> None:
    """No organization has a provider."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Everybody signs in by mail or passkey; who came in through a provider is signed out."""
    op.execute(DOWNGRADE)
