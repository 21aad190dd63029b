"""Create notifications and the place where the feed stands."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE notification (
    id UUID DEFAULT uuid7() NOT NULL,
    person_id UUID NOT NULL,
    organization_id UUID,
    kind TEXT NOT NULL,
    subject_noun TEXT NOT NULL,
    subject_id UUID NOT NULL,
    body JSONB NOT NULL,
    leaf_index BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_notification PRIMARY KEY (id),
    CONSTRAINT uq_notification_leaf_index_person_id_organization_id
        UNIQUE NULLS NOT DISTINCT (leaf_index, person_id, organization_id),
    CONSTRAINT fk_notification_person_id_person FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_notification_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id)
);
CREATE INDEX ix_notification_inbox ON notification (person_id, organization_id, id);
CREATE INDEX ix_notification_unread ON notification (person_id) WHERE read_at IS NULL;

CREATE TABLE notification_cursor (
    singleton BOOLEAN DEFAULT true NOT NULL,
    next_leaf BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_notification_cursor PRIMARY KEY (singleton),
    CONSTRAINT ck_notification_cursor_one_row CHECK (singleton)
);
INSERT INTO notification_cursor DEFAULT VALUES;
"""


def upgrade() -> None:
    """Create the tables, and the feed's one row."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("notification_cursor")
    op.drop_table("notification")
