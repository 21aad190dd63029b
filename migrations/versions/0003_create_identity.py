"""Create identity: people, organizations, memberships, workers, keys, sign-ins, sessions."""

from alembic import op

from migrations.support import make_append_only

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE person (
    id UUID NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    language TEXT DEFAULT 'en' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    email_verified_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_person PRIMARY KEY (id),
    CONSTRAINT ck_person_email_lower CHECK (email = lower(email)),
    CONSTRAINT uq_person_email UNIQUE (email)
);

CREATE TABLE organization (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    country TEXT NOT NULL,
    state TEXT DEFAULT 'pending' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    decided_by_person_id UUID,
    decision_reason TEXT,
    CONSTRAINT pk_organization PRIMARY KEY (id),
    CONSTRAINT ck_organization_kind CHECK (kind IN ('client', 'subcontractor', 'platform')),
    CONSTRAINT ck_organization_state CHECK (state IN ('pending', 'approved', 'rejected', 'suspended')),
    CONSTRAINT ck_organization_country CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT fk_organization_decided_by_person_id_person FOREIGN KEY(decided_by_person_id) REFERENCES person (id)
);
CREATE INDEX ix_organization_state ON organization (state, created_at);

CREATE TABLE membership (
    person_id UUID NOT NULL,
    organization_id UUID NOT NULL,
    role TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_membership PRIMARY KEY (person_id, organization_id, role),
    CONSTRAINT fk_membership_person_id_person FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_membership_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id)
);
CREATE INDEX ix_membership_organization_id ON membership (organization_id);

CREATE TABLE worker (
    person_id UUID NOT NULL,
    country TEXT NOT NULL,
    languages TEXT[] NOT NULL,
    adult_confirmed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_worker PRIMARY KEY (person_id),
    CONSTRAINT ck_worker_country CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT fk_worker_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE terms_acceptance (
    person_id UUID NOT NULL,
    terms_version TEXT NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_terms_acceptance PRIMARY KEY (person_id, terms_version),
    CONSTRAINT fk_terms_acceptance_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE api_key (
    id UUID NOT NULL,
    secret_hash BYTEA NOT NULL,
    hint TEXT NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    person_id UUID NOT NULL,
    organization_id UUID,
    scopes TEXT[],
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_key PRIMARY KEY (id),
    CONSTRAINT uq_api_key_secret_hash UNIQUE (secret_hash),
    CONSTRAINT fk_api_key_person_id_person FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_api_key_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id)
);
CREATE INDEX ix_api_key_organization_id ON api_key (organization_id);
CREATE INDEX ix_api_key_person_id ON api_key (person_id);

CREATE TABLE sign_in_token (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    face TEXT NOT NULL,
    token_hash BYTEA NOT NULL,
    code_hash BYTEA NOT NULL,
    attempts BIGINT DEFAULT 0 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_sign_in_token PRIMARY KEY (id),
    CONSTRAINT ck_sign_in_token_face CHECK (face IN ('work', 'console')),
    CONSTRAINT fk_sign_in_token_person_id_person FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT uq_sign_in_token_token_hash UNIQUE (token_hash)
);
CREATE INDEX ix_sign_in_token_person_id ON sign_in_token (person_id, created_at);

CREATE TABLE web_session (
    id UUID NOT NULL,
    secret_hash BYTEA NOT NULL,
    person_id UUID NOT NULL,
    organization_id UUID,
    face TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_web_session PRIMARY KEY (id),
    CONSTRAINT ck_web_session_face CHECK (face IN ('work', 'console')),
    CONSTRAINT ck_web_session_worker_has_no_organization CHECK ((face = 'work') = (organization_id IS NULL)),
    CONSTRAINT uq_web_session_secret_hash UNIQUE (secret_hash),
    CONSTRAINT fk_web_session_person_id_person FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_web_session_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id)
);
CREATE INDEX ix_web_session_expires_at ON web_session (expires_at);
CREATE INDEX ix_web_session_person_id ON web_session (person_id);

CREATE UNLOGGED TABLE request_count (
    key TEXT NOT NULL,
    count BIGINT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_request_count PRIMARY KEY (key)
);
CREATE INDEX ix_request_count_expires_at ON request_count (expires_at);
"""

TABLES = (
    "person",
    "organization",
    "membership",
    "worker",
    "terms_acceptance",
    "api_key",
    "sign_in_token",
    "web_session",
    "request_count",
)


def upgrade() -> None:
    """Create the tables; who accepted which terms is never rewritten."""
    op.execute(CREATE)
    make_append_only(op, "terms_acceptance")


def downgrade() -> None:
    """Drop them."""
    for table in reversed(TABLES):
        op.drop_table(table)
