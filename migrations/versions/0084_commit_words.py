"""Keep what people write beside the log, with the salts of its commitments, so that it can be taken away."""

from alembic import op

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE TABLE audit_words (
    event_id UUID NOT NULL,
    place TEXT NOT NULL,
    salt BYTEA NOT NULL,
    text TEXT NOT NULL,
    person_ids UUID[] NOT NULL,
    CONSTRAINT pk_audit_words PRIMARY KEY (event_id, place),
    CONSTRAINT fk_audit_words_event_id_audit_event FOREIGN KEY (event_id) REFERENCES audit_event (id),
    CONSTRAINT ck_audit_words_salt_length CHECK (octet_length(salt) = 32)
);
CREATE INDEX ix_audit_words_person_ids ON audit_words USING gin (person_ids);
CREATE TRIGGER audit_words_never_changed BEFORE UPDATE ON audit_words
    FOR EACH ROW EXECUTE FUNCTION forbid_change();
"""


def upgrade() -> None:
    """Events from before have plain digests, and no words."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Without the words; the commitments in the log stay closed."""
    op.execute("DROP TABLE audit_words")
