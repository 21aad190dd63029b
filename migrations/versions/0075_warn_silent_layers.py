"""Keep which layers were told that their silence will count as default."""

from alembic import op

from migrations.support import make_append_only

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE silence_notice (
    id UUID NOT NULL,
    contract_id UUID NOT NULL,
    organization_id UUID NOT NULL,
    number SMALLINT NOT NULL,
    waits_since TIMESTAMP WITH TIME ZONE NOT NULL,
    default_at TIMESTAMP WITH TIME ZONE NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    CONSTRAINT pk_silence_notice PRIMARY KEY (id),
    CONSTRAINT fk_silence_notice_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_silence_notice_organization_id_organization FOREIGN KEY(organization_id) REFERENCES organization (id)
);
CREATE INDEX ix_silence_notice_contract_id_given_at ON silence_notice (contract_id, given_at);
CREATE INDEX ix_silence_notice_organization_id_given_at ON silence_notice (organization_id, given_at);
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(CREATE)
    make_append_only(op, "silence_notice")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE silence_notice")
