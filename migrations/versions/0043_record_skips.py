"""Record what workers skip, and why."""

from alembic import op

from migrations.support import make_append_only

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE skip (
    claim_id UUID NOT NULL,
    contract_id UUID NOT NULL,
    batch_id UUID NOT NULL,
    task_id UUID NOT NULL,
    item_id UUID,
    reason TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_skip PRIMARY KEY (claim_id),
    CONSTRAINT ck_skip_reason CHECK (reason IN ('too_hard', 'unclear', 'broken_item', 'distressing', 'other')),
    CONSTRAINT ck_skip_names_broken_item CHECK (reason <> 'broken_item' OR item_id IS NOT NULL),
    CONSTRAINT fk_skip_claim_id_claim FOREIGN KEY(claim_id) REFERENCES claim (id),
    CONSTRAINT fk_skip_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_skip_batch_id_batch FOREIGN KEY(batch_id) REFERENCES batch (id),
    CONSTRAINT fk_skip_task_id_task FOREIGN KEY(task_id) REFERENCES task (id),
    CONSTRAINT fk_skip_item_id_item FOREIGN KEY(item_id) REFERENCES item (id)
);
CREATE INDEX ix_skip_contract_id ON skip (contract_id, reason, item_id);
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(CREATE)
    make_append_only(op, "skip")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("skip")
