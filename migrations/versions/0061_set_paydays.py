"""Keep calendars of closed days and the longest deferral of pay by country."""

from alembic import op

from migrations.support import make_append_only

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE business_calendar (
    name TEXT NOT NULL,
    closed_days DATE[] NOT NULL,
    source TEXT NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_business_calendar PRIMARY KEY (name),
    CONSTRAINT ck_business_calendar_name CHECK (name ~ '^[A-Z]{2}(-[A-Za-z0-9]{1,20}){0,3}$'),
    CONSTRAINT ck_business_calendar_closes_a_day CHECK (cardinality(closed_days) > 0)
);

CREATE TABLE country_deferral_limit (
    id UUID NOT NULL,
    country TEXT NOT NULL,
    length BIGINT,
    unit TEXT,
    source TEXT NOT NULL,
    set_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_country_deferral_limit PRIMARY KEY (id),
    CONSTRAINT ck_country_deferral_limit_country CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT ck_country_deferral_limit_unit CHECK (unit IN ('days', 'months')),
    CONSTRAINT ck_country_deferral_limit_length CHECK ((length IS NULL) = (unit IS NULL) AND length >= 0)
);
CREATE INDEX ix_country_deferral_limit_country_set_at ON country_deferral_limit (country, set_at);
"""


def upgrade() -> None:
    """Add them, empty: terms and due dates that exist already stay what they are."""
    for statement in CREATE.split(";\n"):
        if statement.strip():
            op.execute(statement)
    make_append_only(op, "business_calendar")
    make_append_only(op, "country_deferral_limit")


def downgrade() -> None:
    """Drop them; terms that name a calendar know weekends only from then on."""
    op.drop_table("country_deferral_limit")
    op.drop_table("business_calendar")
