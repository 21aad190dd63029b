"""Keep with which key an API key was issued, and to which it was rotated."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE api_key
    ADD COLUMN issued_with_key_id UUID,
    ADD COLUMN replaced_by_key_id UUID,
    ADD CONSTRAINT fk_api_key_issued_with_key_id_api_key FOREIGN KEY (issued_with_key_id) REFERENCES api_key (id),
    ADD CONSTRAINT fk_api_key_replaced_by_key_id_api_key FOREIGN KEY (replaced_by_key_id) REFERENCES api_key (id);
CREATE INDEX ix_api_key_issued_with_key_id ON api_key (issued_with_key_id);
"""
DOWN = """
ALTER TABLE api_key DROP COLUMN issued_with_key_id, DROP COLUMN replaced_by_key_id;
"""


def upgrade() -> None:
    """Add the columns; keys from before were issued at the pages and rotated to nothing."""
    op.execute(UP)


def downgrade() -> None:
    """Drop them."""
    op.execute(DOWN)
