"""Pay in another currency than the one owed: rates, what payees chose and were quoted, and the sandbox's rates."""

from alembic import op

from migrations.support import make_append_only

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE exchange_rate (
    id UUID NOT NULL,
    sold TEXT NOT NULL,
    bought TEXT NOT NULL,
    rate TEXT NOT NULL,
    value NUMERIC NOT NULL,
    source TEXT NOT NULL,
    set_by UUID,
    taken_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    valid_until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_exchange_rate PRIMARY KEY (id),
    CONSTRAINT ck_exchange_rate_two_currencies CHECK (sold <> bought),
    CONSTRAINT ck_exchange_rate_value_is_rate CHECK (value > 0 AND value = CAST(rate AS numeric)),
    CONSTRAINT ck_exchange_rate_valid_for_a_while CHECK (valid_until > taken_at),
    CONSTRAINT ck_exchange_rate_finance_is_a_person CHECK ((source = 'finance') = (set_by IS NOT NULL)),
    CONSTRAINT fk_exchange_rate_set_by_person FOREIGN KEY(set_by) REFERENCES person (id)
);
CREATE INDEX ix_exchange_rate_sold_bought_taken_at ON exchange_rate (sold, bought, taken_at);

CREATE TABLE payout_currency (
    payee_id UUID NOT NULL,
    rail TEXT NOT NULL,
    payee_kind TEXT NOT NULL,
    currency TEXT,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_payout_currency PRIMARY KEY (payee_id, rail),
    CONSTRAINT ck_payout_currency_payee_kind CHECK (payee_kind IN ('worker', 'organization'))
);

ALTER TABLE payout
    ADD COLUMN step BIGINT DEFAULT 1 NOT NULL,
    ADD COLUMN paid_currency TEXT,
    ADD COLUMN paid_amount BIGINT,
    ADD COLUMN rate_id UUID,
    ADD COLUMN cost BIGINT,
    ADD CONSTRAINT ck_payout_step_positive CHECK (step > 0),
    ADD CONSTRAINT ck_payout_paid_amount_positive CHECK (paid_amount > 0),
    ADD CONSTRAINT ck_payout_two_currencies CHECK (paid_currency <> currency),
    ADD CONSTRAINT ck_payout_changed_whole CHECK (
        (paid_currency IS NULL) = (paid_amount IS NULL) AND (paid_currency IS NULL) = (rate_id IS NULL)
    ),
    ADD CONSTRAINT ck_payout_cost_of_a_change CHECK (cost IS NULL OR (cost > 0 AND paid_currency IS NOT NULL)),
    ADD CONSTRAINT fk_payout_rate_id_exchange_rate FOREIGN KEY(rate_id) REFERENCES exchange_rate (id);

CREATE TABLE payout_quote (
    id UUID NOT NULL,
    payout_id UUID NOT NULL,
    rate_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    paid_amount BIGINT NOT NULL,
    quoted_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_payout_quote PRIMARY KEY (id),
    CONSTRAINT fk_payout_quote_payout_id_payout FOREIGN KEY(payout_id) REFERENCES payout (id),
    CONSTRAINT fk_payout_quote_rate_id_exchange_rate FOREIGN KEY(rate_id) REFERENCES exchange_rate (id)
);
CREATE INDEX ix_payout_quote_payout_id_id ON payout_quote (payout_id, id);

CREATE TABLE sandbox_rate (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    sold TEXT NOT NULL,
    bought TEXT NOT NULL,
    rate TEXT NOT NULL,
    valid_seconds BIGINT NOT NULL,
    changes BOOLEAN NOT NULL,
    CONSTRAINT pk_sandbox_rate PRIMARY KEY (id),
    CONSTRAINT ck_sandbox_rate_valid_for_a_while CHECK (valid_seconds > 0)
);

ALTER TABLE coverage_report ADD COLUMN position BIGINT DEFAULT 0 NOT NULL;
"""


def upgrade() -> None:
    """Add them; every payout so far was paid in the currency owed."""
    for statement in CREATE.split(";\n"):
        if statement.strip():
            op.execute(statement)
    make_append_only(op, "exchange_rate")
    make_append_only(op, "payout_quote")


def downgrade() -> None:
    """Drop them; payouts in another currency then say only what was owed."""
    op.execute("ALTER TABLE coverage_report DROP COLUMN position")
    op.drop_table("sandbox_rate")
    op.drop_table("payout_quote")
    op.execute(
        "ALTER TABLE payout DROP COLUMN step, DROP COLUMN paid_currency, DROP COLUMN paid_amount, "
        "DROP COLUMN rate_id, DROP COLUMN cost"
    )
    op.drop_table("payout_currency")
    op.drop_table("exchange_rate")
