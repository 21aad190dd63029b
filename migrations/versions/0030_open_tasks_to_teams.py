"""Let tasks be opened to members of certain teams only."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the teams; batches opened so far are for everybody. The trigger of batches keeps them as they were opened."""
    op.add_column(
        "batch", sa.Column("team_ids", postgresql.ARRAY(sa.Uuid()), server_default=sa.text("'{}'"), nullable=False)
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_column("batch", "team_ids")
