"""Let two people of finance move the platform's own money, and let payouts be sent again."""

from alembic import op

revision = "0107"
down_revision = "0106"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE own_money_move (
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    extra_id UUID,
    quality_claim_id UUID,
    reason TEXT NOT NULL,
    state TEXT DEFAULT 'proposed' NOT NULL,
    proposed_by UUID NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    decided_by UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    done_amount BIGINT,
    CONSTRAINT pk_own_money_move PRIMARY KEY (id),
    CONSTRAINT ck_own_money_move_kind_known
        CHECK (kind IN ('capital', 'fees', 'contribution', 'extra', 'quality_claim')),
    CONSTRAINT ck_own_money_move_state_known CHECK (state IN ('proposed', 'done', 'rejected')),
    CONSTRAINT ck_own_money_move_amount_positive CHECK (amount > 0),
    CONSTRAINT ck_own_money_move_of_an_extra CHECK ((kind = 'extra') = (extra_id IS NOT NULL)),
    CONSTRAINT ck_own_money_move_of_a_claim CHECK ((kind = 'quality_claim') = (quality_claim_id IS NOT NULL)),
    CONSTRAINT ck_own_money_move_decided CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CONSTRAINT ck_own_money_move_decided_at_a_moment CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CONSTRAINT ck_own_money_move_two_people CHECK (state <> 'done' OR decided_by <> proposed_by),
    CONSTRAINT ck_own_money_move_done_whole
        CHECK ((state = 'done') = (done_amount IS NOT NULL) AND done_amount BETWEEN 0 AND amount),
    CONSTRAINT fk_own_money_move_extra_id_extra FOREIGN KEY(extra_id) REFERENCES extra (id),
    CONSTRAINT fk_own_money_move_quality_claim_id_quality_claim
        FOREIGN KEY(quality_claim_id) REFERENCES quality_claim (id),
    CONSTRAINT fk_own_money_move_proposed_by_person FOREIGN KEY(proposed_by) REFERENCES person (id),
    CONSTRAINT fk_own_money_move_decided_by_person FOREIGN KEY(decided_by) REFERENCES person (id)
);
CREATE UNIQUE INDEX uq_own_money_move_extra ON own_money_move (extra_id) WHERE state = 'proposed';
CREATE UNIQUE INDEX uq_own_money_move_quality_claim ON own_money_move (quality_claim_id) WHERE state = 'proposed';
CREATE INDEX ix_journal_fees_taken ON journal (effective_on) WHERE kind = 'J17';
"""


FREEZE = "'frozen', 'acknowledged', 'lifted'"


def upgrade() -> None:
    """What was moved by command until now stays as it is; a freeze that stands is asked to be lifted."""
    op.execute(CREATE)
    _allow(f"{FREEZE}, 'lift_asked'")


def downgrade() -> None:
    """Forget who proposed what, which the log keeps; refused once somebody asked for a freeze to be lifted."""
    _allow(FREEZE)
    op.execute("DROP INDEX ix_journal_fees_taken")
    op.execute("DROP TABLE own_money_move")


def _allow(kinds: str) -> None:
    op.execute("ALTER TABLE payout_freeze_event DROP CONSTRAINT ck_payout_freeze_event_kind_known")
    op.execute(
        f"ALTER TABLE payout_freeze_event ADD CONSTRAINT ck_payout_freeze_event_kind_known CHECK (kind IN ({kinds}))"
    )
