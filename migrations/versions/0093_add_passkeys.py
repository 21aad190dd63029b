"""Let people sign in by passkeys, and tell their sessions from each other by browser and last use."""

from alembic import op

revision = "0093"
down_revision = "0092"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE TABLE passkey (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    credential_id BYTEA NOT NULL,
    public_key BYTEA NOT NULL,
    sign_count BIGINT DEFAULT 0 NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_passkey PRIMARY KEY (id),
    CONSTRAINT ck_passkey_counted CHECK (sign_count >= 0),
    CONSTRAINT fk_passkey_person_id_person FOREIGN KEY (person_id) REFERENCES person (id),
    CONSTRAINT uq_passkey_credential_id UNIQUE (credential_id)
);
CREATE INDEX ix_passkey_person_id ON passkey (person_id);

CREATE TABLE passkey_challenge (
    challenge_hash BYTEA NOT NULL,
    browser_hash BYTEA NOT NULL,
    purpose TEXT NOT NULL,
    face TEXT NOT NULL,
    person_id UUID,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_passkey_challenge PRIMARY KEY (challenge_hash),
    CONSTRAINT ck_passkey_challenge_purpose CHECK (purpose IN ('add', 'sign_in')),
    CONSTRAINT ck_passkey_challenge_added_by_somebody CHECK (purpose = 'sign_in' OR person_id IS NOT NULL),
    CONSTRAINT ck_passkey_challenge_face CHECK (face IN ('work', 'console')),
    CONSTRAINT fk_passkey_challenge_person_id_person FOREIGN KEY (person_id) REFERENCES person (id)
);
CREATE INDEX ix_passkey_challenge_person_id ON passkey_challenge (person_id);
CREATE INDEX ix_passkey_challenge_expires_at ON passkey_challenge (expires_at);

ALTER TABLE web_session ADD COLUMN browser TEXT DEFAULT '' NOT NULL;
ALTER TABLE web_session ADD COLUMN system TEXT DEFAULT '' NOT NULL;
ALTER TABLE web_session ADD COLUMN last_seen_at TIMESTAMP WITH TIME ZONE;
"""

DOWNGRADE = """
ALTER TABLE web_session DROP COLUMN last_seen_at;
ALTER TABLE web_session DROP COLUMN system;
ALTER TABLE web_session DROP COLUMN browser;
DROP TABLE passkey_challenge;
DROP TABLE passkey;
"""


def upgrade() -> None:
    """Nobody has a passkey; of sessions that go on nothing is known but when they began."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Passkeys are lost; whoever had one signs in by mail."""
    op.execute(DOWNGRADE)
