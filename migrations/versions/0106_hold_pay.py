"""What finance holds of what is due to a payee, why and how long."""

from alembic import op

revision = "0106"
down_revision = "0105"
branch_labels = None
depends_on = None

UPGRADE = """
CREATE TABLE pay_hold (
    id UUID NOT NULL,
    payee_kind TEXT NOT NULL,
    payee_id UUID NOT NULL,
    installment_ids UUID[],
    reason TEXT NOT NULL,
    ends_on DATE,
    asked_until DATE,
    placed_by UUID NOT NULL,
    placed_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    confirmed_by UUID,
    confirmed_at TIMESTAMP WITH TIME ZONE,
    released_by UUID,
    released_at TIMESTAMP WITH TIME ZONE,
    release_reason TEXT,
    CONSTRAINT pk_pay_hold PRIMARY KEY (id),
    CONSTRAINT fk_pay_hold_placed_by_person FOREIGN KEY (placed_by) REFERENCES person (id),
    CONSTRAINT fk_pay_hold_confirmed_by_person FOREIGN KEY (confirmed_by) REFERENCES person (id),
    CONSTRAINT fk_pay_hold_released_by_person FOREIGN KEY (released_by) REFERENCES person (id),
    CONSTRAINT ck_pay_hold_payee_kind_known CHECK (payee_kind IN ('worker', 'layer')),
    CONSTRAINT ck_pay_hold_of_something CHECK (cardinality(installment_ids) > 0),
    CONSTRAINT ck_pay_hold_of_workers_ends CHECK (payee_kind <> 'worker' OR ends_on IS NOT NULL),
    CONSTRAINT ck_pay_hold_asked_for_longer CHECK (asked_until >= ends_on),
    CONSTRAINT ck_pay_hold_confirmed_at_a_moment CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)),
    CONSTRAINT ck_pay_hold_two_people CHECK (
        confirmed_by IS NULL OR (confirmed_by <> placed_by AND asked_until IS NOT NULL)
    ),
    CONSTRAINT ck_pay_hold_released_with_a_reason CHECK (
        (released_by IS NULL) = (released_at IS NULL) AND (released_by IS NULL) = (release_reason IS NULL)
    ),
    CONSTRAINT ck_pay_hold_not_ones_own CHECK (
        placed_by <> payee_id AND confirmed_by <> payee_id AND released_by <> payee_id
    )
);
CREATE INDEX ix_pay_hold_open ON pay_hold (payee_id) WHERE released_at IS NULL;
"""


def upgrade() -> None:
    """Nothing is held by finance yet."""
    op.execute(UPGRADE)


def downgrade() -> None:
    """Forget the holds: what is held for them falls due again only by the program that knows them."""
    op.execute("DROP TABLE pay_hold")
