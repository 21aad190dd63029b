"""Hand a contract that was taken over after a default on to another seller, by offer and acceptance."""

from alembic import op

revision = "0098"
down_revision = "0097"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE TABLE handover (
    id UUID NOT NULL,
    contract_id UUID NOT NULL,
    from_organization_id UUID NOT NULL,
    to_organization_id UUID NOT NULL,
    state TEXT NOT NULL,
    offered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    decided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_handover PRIMARY KEY (id),
    CONSTRAINT ck_handover_state CHECK (state IN ('accepted', 'declined', 'expired', 'offered', 'withdrawn')),
    CONSTRAINT ck_handover_decided CHECK ((state = 'offered') = (decided_at IS NULL)),
    CONSTRAINT ck_handover_changes_hands CHECK (from_organization_id <> to_organization_id),
    CONSTRAINT fk_handover_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_handover_from_organization_id_organization
        FOREIGN KEY(from_organization_id) REFERENCES organization (id),
    CONSTRAINT fk_handover_to_organization_id_organization FOREIGN KEY(to_organization_id) REFERENCES organization (id)
);
CREATE UNIQUE INDEX uq_handover_waiting ON handover (contract_id) WHERE state = 'offered';
CREATE INDEX ix_handover_contract_id ON handover (contract_id, id);
CREATE INDEX ix_handover_from ON handover (from_organization_id, id);
CREATE INDEX ix_handover_to ON handover (to_organization_id, id);
CREATE INDEX ix_handover_expires_at ON handover (expires_at) WHERE state = 'offered';
CREATE VIEW contract_seller_change AS
    SELECT contract_id, former_organization_id, successor_organization_id, declared_at AS changed_at
    FROM contract_default
    UNION ALL
    SELECT contract_id, from_organization_id, to_organization_id, decided_at
    FROM handover
    WHERE state = 'accepted'
"""


def upgrade() -> None:
    """Add them; until now a contract changed its seller by a default only."""
    for statement in UPGRADE.split(";\n"):
        op.execute(statement)


def downgrade() -> None:
    """Drop them; who sells under a contract stays, and that it was handed over is in the log alone."""
    op.execute("DROP VIEW contract_seller_change")
    op.drop_table("handover")
