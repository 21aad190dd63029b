"""Record defaults of layers and who succeeded them, and who owes what a layer pays workers."""

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

STATES = "'scheduled', 'due', 'in_payout', 'paid', 'held', 'advanced', 'cancelled'"

CREATE = """
CREATE TABLE contract_default (
    id UUID NOT NULL,
    contract_id UUID NOT NULL,
    former_organization_id UUID NOT NULL,
    successor_organization_id UUID NOT NULL,
    taker TEXT NOT NULL,
    cause TEXT NOT NULL,
    reason TEXT NOT NULL,
    declared_by_person_id UUID,
    declared_at TIMESTAMP WITH TIME ZONE NOT NULL,
    released_at TIMESTAMP WITH TIME ZONE,
    released_by_person_id UUID,
    release_reason TEXT,
    CONSTRAINT pk_contract_default PRIMARY KEY (id),
    CONSTRAINT ck_contract_default_cause CHECK (cause IN ('declared', 'silence')),
    CONSTRAINT ck_contract_default_taker CHECK (taker IN ('layer', 'client', 'caretaker')),
    CONSTRAINT ck_contract_default_succeeded CHECK (former_organization_id <> successor_organization_id),
    CONSTRAINT ck_contract_default_release_says_why CHECK ((released_at IS NULL) = (release_reason IS NULL)),
    CONSTRAINT fk_contract_default_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id),
    CONSTRAINT fk_contract_default_former_organization_id_organization
        FOREIGN KEY(former_organization_id) REFERENCES organization (id),
    CONSTRAINT fk_contract_default_successor_organization_id_organization
        FOREIGN KEY(successor_organization_id) REFERENCES organization (id),
    CONSTRAINT fk_contract_default_declared_by_person_id_person
        FOREIGN KEY(declared_by_person_id) REFERENCES person (id),
    CONSTRAINT fk_contract_default_released_by_person_id_person
        FOREIGN KEY(released_by_person_id) REFERENCES person (id)
);
CREATE UNIQUE INDEX uq_contract_default_seller ON contract_default (contract_id, former_organization_id);
CREATE INDEX ix_contract_default_former ON contract_default (former_organization_id, id);
CREATE INDEX ix_contract_default_successor ON contract_default (successor_organization_id, id);
CREATE INDEX ix_contract_default_holding ON contract_default (contract_id, former_organization_id)
    WHERE released_at IS NULL;

ALTER TABLE installment DROP CONSTRAINT ck_installment_state_known;
ALTER TABLE installment ADD CONSTRAINT ck_installment_state_known CHECK (state IN (STATES, 'kept'));

ALTER TABLE extra ADD COLUMN debtor_organization_id UUID
    CONSTRAINT fk_extra_debtor_organization_id_organization REFERENCES organization (id);
ALTER TABLE extra ADD COLUMN written_off_amount BIGINT DEFAULT 0 NOT NULL;
ALTER TABLE extra DROP CONSTRAINT ck_extra_nothing_negative;
ALTER TABLE extra ADD CONSTRAINT ck_extra_nothing_negative
    CHECK (unpaid_amount >= 0 AND recourse_amount >= 0 AND written_off_amount >= 0);
ALTER TABLE extra DROP CONSTRAINT ck_extra_within_amount;
ALTER TABLE extra ADD CONSTRAINT ck_extra_within_amount
    CHECK (unpaid_amount + recourse_amount + written_off_amount <= amount);
UPDATE extra SET debtor_organization_id = contract.seller_organization_id
    FROM contract WHERE contract.id = extra.contract_id AND extra.kind IN ('redo_fee', 'wage_top_up');
ALTER TABLE extra ADD CONSTRAINT ck_extra_layers_extra_has_debtor
    CHECK ((kind IN ('redo_fee', 'wage_top_up')) = (debtor_organization_id IS NOT NULL));
ALTER TABLE extra_charge DROP CONSTRAINT ck_extra_charge_installment_state;
ALTER TABLE extra_charge ADD CONSTRAINT ck_extra_charge_installment_state
    CHECK (installment_state IN ('scheduled', 'due', 'held'));
"""

DROP = """
ALTER TABLE extra_charge DROP CONSTRAINT ck_extra_charge_installment_state;
ALTER TABLE extra_charge ADD CONSTRAINT ck_extra_charge_installment_state
    CHECK (installment_state IN ('scheduled', 'due'));
ALTER TABLE extra DROP COLUMN debtor_organization_id;
ALTER TABLE extra DROP COLUMN written_off_amount;
ALTER TABLE extra ADD CONSTRAINT ck_extra_nothing_negative CHECK (unpaid_amount >= 0 AND recourse_amount >= 0);
ALTER TABLE extra ADD CONSTRAINT ck_extra_within_amount CHECK (unpaid_amount + recourse_amount <= amount);
ALTER TABLE installment DROP CONSTRAINT ck_installment_state_known;
ALTER TABLE installment ADD CONSTRAINT ck_installment_state_known CHECK (state IN (STATES));
DROP TABLE contract_default;
"""


def upgrade() -> None:
    """Add them; who sold under a contract until now owes what was to be paid under it."""
    for statement in CREATE.replace("STATES", STATES).split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Take them away; refused while a margin was kept, something was taken from what is held, or written off."""
    for statement in DROP.replace("STATES", STATES).split(";\n"):
        if statement.strip():
            op.execute(statement)
