"""Buy back what stands open of a currency: conversions at the bank, each by its two lines."""

from alembic import op

from migrations.support import make_append_only

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE currency_conversion (
    id UUID NOT NULL,
    owed_currency TEXT NOT NULL,
    paid_currency TEXT NOT NULL,
    sold_currency TEXT NOT NULL,
    sold_amount BIGINT NOT NULL,
    bought_currency TEXT NOT NULL,
    bought_amount BIGINT NOT NULL,
    closed_owed BIGINT NOT NULL,
    closed_paid BIGINT NOT NULL,
    sold_line_id UUID NOT NULL,
    bought_line_id UUID NOT NULL,
    sold_journal_id UUID NOT NULL,
    bought_journal_id UUID NOT NULL,
    reason TEXT NOT NULL,
    entered_by UUID NOT NULL,
    entered_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_currency_conversion PRIMARY KEY (id),
    CONSTRAINT ck_currency_conversion_two_currencies CHECK (owed_currency <> paid_currency),
    CONSTRAINT ck_currency_conversion_amounts_positive CHECK (sold_amount > 0 AND bought_amount > 0),
    CONSTRAINT ck_currency_conversion_of_one_pair
        CHECK ((sold_currency, bought_currency) IN ((owed_currency, paid_currency), (paid_currency, owed_currency))),
    CONSTRAINT ck_currency_conversion_closes_one_way
        CHECK (CASE WHEN bought_currency = paid_currency
            THEN closed_paid = bought_amount ELSE closed_paid = -sold_amount END),
    CONSTRAINT uq_currency_conversion_sold_line_id UNIQUE (sold_line_id),
    CONSTRAINT uq_currency_conversion_bought_line_id UNIQUE (bought_line_id),
    CONSTRAINT fk_currency_conversion_sold_line_id_external_line
        FOREIGN KEY(sold_line_id) REFERENCES external_line (id),
    CONSTRAINT fk_currency_conversion_bought_line_id_external_line
        FOREIGN KEY(bought_line_id) REFERENCES external_line (id),
    CONSTRAINT fk_currency_conversion_sold_journal_id_journal FOREIGN KEY(sold_journal_id) REFERENCES journal (id),
    CONSTRAINT fk_currency_conversion_bought_journal_id_journal
        FOREIGN KEY(bought_journal_id) REFERENCES journal (id),
    CONSTRAINT fk_currency_conversion_entered_by_person FOREIGN KEY(entered_by) REFERENCES person (id)
);
"""


def upgrade() -> None:
    """Create the table; nothing was bought back until now."""
    op.execute(CREATE)
    make_append_only(op, "currency_conversion")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("currency_conversion")
