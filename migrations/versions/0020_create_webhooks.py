"""Create organizations' events, webhooks and their deliveries."""

from alembic import op

from migrations.support import make_append_only

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE organization_event (
    organization_id UUID NOT NULL,
    leaf_number BIGINT NOT NULL,
    kind TEXT NOT NULL,
    event_id UUID NOT NULL,
    CONSTRAINT pk_organization_event PRIMARY KEY (organization_id, leaf_number),
    CONSTRAINT uq_organization_event_organization_id_event_id UNIQUE (organization_id, event_id),
    CONSTRAINT fk_organization_event_organization_id_organization
        FOREIGN KEY(organization_id) REFERENCES organization (id)
);
CREATE INDEX ix_organization_event_kind ON organization_event (organization_id, kind, leaf_number);

CREATE TABLE organization_event_cursor (
    singleton BOOLEAN DEFAULT true NOT NULL,
    next_leaf BIGINT DEFAULT 0 NOT NULL,
    CONSTRAINT pk_organization_event_cursor PRIMARY KEY (singleton),
    CONSTRAINT ck_organization_event_cursor_one_row CHECK (singleton)
);
INSERT INTO organization_event_cursor DEFAULT VALUES;

CREATE TABLE webhook (
    id UUID NOT NULL,
    organization_id UUID NOT NULL,
    url TEXT NOT NULL,
    kinds TEXT[] NOT NULL,
    description TEXT DEFAULT '' NOT NULL,
    state TEXT DEFAULT 'active' NOT NULL,
    disabled_reason TEXT,
    version BIGINT DEFAULT 1 NOT NULL,
    secret BYTEA,
    secret_before BYTEA,
    secret_before_until TIMESTAMP WITH TIME ZONE,
    next_leaf BIGINT NOT NULL,
    lease_until TIMESTAMP WITH TIME ZONE,
    rest_until TIMESTAMP WITH TIME ZONE,
    failures BIGINT DEFAULT 0 NOT NULL,
    failing_since TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    CONSTRAINT pk_webhook PRIMARY KEY (id),
    CONSTRAINT ck_webhook_state CHECK (state IN ('active', 'disabled', 'deleted')),
    CONSTRAINT ck_webhook_disabled_says_why CHECK ((state = 'disabled') = (disabled_reason IS NOT NULL)),
    CONSTRAINT ck_webhook_disabled_reason CHECK (disabled_reason IN ('owner', 'gone', 'failing')),
    CONSTRAINT ck_webhook_rotation CHECK ((secret_before IS NULL) = (secret_before_until IS NULL)),
    CONSTRAINT ck_webhook_deleted_forgets_secret CHECK ((secret IS NULL) = (state = 'deleted')),
    CONSTRAINT fk_webhook_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id)
);
CREATE INDEX ix_webhook_organization_id ON webhook (organization_id, id);

CREATE TABLE webhook_delivery (
    id UUID NOT NULL,
    webhook_id UUID NOT NULL,
    position BIGINT GENERATED ALWAYS AS IDENTITY NOT NULL,
    message_id UUID NOT NULL,
    kind TEXT NOT NULL,
    leaf_number BIGINT,
    event_id UUID,
    payload TEXT NOT NULL,
    state TEXT DEFAULT 'pending' NOT NULL,
    tries BIGINT DEFAULT 0 NOT NULL,
    first_tried_at TIMESTAMP WITH TIME ZONE,
    next_try_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp(),
    created_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_webhook_delivery PRIMARY KEY (id),
    CONSTRAINT uq_webhook_delivery_position UNIQUE (position),
    CONSTRAINT ck_webhook_delivery_state
        CHECK (state IN ('pending', 'retrying', 'delivered', 'dead', 'redelivered')),
    CONSTRAINT ck_webhook_delivery_due_while_open
        CHECK ((state IN ('pending', 'retrying')) = (next_try_at IS NOT NULL)),
    CONSTRAINT ck_webhook_delivery_tries CHECK (tries >= 0),
    CONSTRAINT fk_webhook_delivery_webhook_id_webhook FOREIGN KEY(webhook_id) REFERENCES webhook (id)
);
CREATE UNIQUE INDEX uq_webhook_delivery_leaf ON webhook_delivery (webhook_id, leaf_number)
    WHERE message_id = id AND leaf_number IS NOT NULL;
CREATE INDEX ix_webhook_delivery_due ON webhook_delivery (webhook_id, position)
    WHERE state IN ('pending', 'retrying');
CREATE INDEX ix_webhook_delivery_webhook_id ON webhook_delivery (webhook_id, id);
CREATE INDEX ix_webhook_delivery_ended ON webhook_delivery (created_at)
    WHERE state NOT IN ('pending', 'retrying');

CREATE TABLE webhook_attempt (
    delivery_id UUID NOT NULL,
    number BIGINT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT statement_timestamp() NOT NULL,
    milliseconds BIGINT,
    status BIGINT,
    error TEXT,
    CONSTRAINT pk_webhook_attempt PRIMARY KEY (delivery_id, number),
    CONSTRAINT fk_webhook_attempt_delivery_id_webhook_delivery
        FOREIGN KEY(delivery_id) REFERENCES webhook_delivery (id) ON DELETE CASCADE
);
"""

TABLES = ("organization_event", "organization_event_cursor", "webhook", "webhook_delivery", "webhook_attempt")


def upgrade() -> None:
    """Create the tables, and the one row that says how far the log was read."""
    op.execute(CREATE)
    make_append_only(op, "organization_event")


def downgrade() -> None:
    """Drop them."""
    for table in reversed(TABLES):
        op.drop_table(table)
