"""Sum the margins of days that are over."""

from alembic import op

from migrations.support import make_append_only

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE day_margin (
    accepted_on DATE NOT NULL,
    contract_id UUID NOT NULL,
    organization_id UUID NOT NULL,
    rate_code TEXT NOT NULL,
    currency TEXT NOT NULL,
    answers BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT pk_day_margin PRIMARY KEY (accepted_on, contract_id, organization_id, rate_code),
    CONSTRAINT ck_day_margin_not_empty CHECK (answers > 0 AND amount > 0),
    CONSTRAINT fk_day_margin_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_day_margin_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id)
);
CREATE INDEX ix_day_margin_contract_id ON day_margin (contract_id, accepted_on);
CREATE INDEX ix_day_margin_organization_id ON day_margin (organization_id, accepted_on);
CREATE TABLE day_margin_horizon (
    accepted_on DATE NOT NULL,
    after_transaction BIGINT NOT NULL,
    summed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_day_margin_horizon PRIMARY KEY (accepted_on)
);
CREATE INDEX ix_earning_accepted_on ON earning USING brin (accepted_on);
"""


def upgrade() -> None:
    """Create the tables, empty: the sweep sums what was earned before."""
    op.execute(CREATE)
    make_append_only(op, "day_margin")


def downgrade() -> None:
    """Drop them; the earnings say the same."""
    op.execute("DROP INDEX ix_earning_accepted_on")
    op.execute("DROP TABLE day_margin_horizon")
    op.execute("DROP TABLE day_margin")
