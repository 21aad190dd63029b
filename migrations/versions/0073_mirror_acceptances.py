"""Let operations mirror acceptances that were a clerical mistake, by two people."""

from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

STATES = (
    "'submitted', 'accepted', 'redo_requested', 'rejected', 'paid_not_used', 'held', 'lapsed', 'accepted_on_appeal', "
    "'rejection_final'"
)
CREATE = """
CREATE TABLE acceptance_mirror (
    id UUID NOT NULL,
    journal_id UUID NOT NULL,
    job_id UUID NOT NULL,
    reason TEXT NOT NULL,
    state TEXT DEFAULT 'proposed' NOT NULL,
    proposed_by_person_id UUID NOT NULL,
    proposed_at TIMESTAMP WITH TIME ZONE DEFAULT market_now() NOT NULL,
    decided_by_person_id UUID,
    decided_at TIMESTAMP WITH TIME ZONE,
    mirror_journal_id UUID,
    CONSTRAINT pk_acceptance_mirror PRIMARY KEY (id),
    CONSTRAINT ck_acceptance_mirror_state CHECK (state IN ('proposed', 'confirmed', 'rejected')),
    CONSTRAINT ck_acceptance_mirror_decided CHECK ((state = 'proposed') = (decided_at IS NULL)),
    CONSTRAINT ck_acceptance_mirror_decided_by CHECK ((state = 'proposed') = (decided_by_person_id IS NULL)),
    CONSTRAINT ck_acceptance_mirror_confirmed_has_its_journal
        CHECK ((state = 'confirmed') = (mirror_journal_id IS NOT NULL)),
    CONSTRAINT ck_acceptance_mirror_two_people CHECK (decided_by_person_id <> proposed_by_person_id),
    CONSTRAINT fk_acceptance_mirror_journal_id_journal FOREIGN KEY(journal_id) REFERENCES journal (id),
    CONSTRAINT fk_acceptance_mirror_job_id_job FOREIGN KEY(job_id) REFERENCES job (id),
    CONSTRAINT fk_acceptance_mirror_proposed_by_person_id_person
        FOREIGN KEY(proposed_by_person_id) REFERENCES person (id),
    CONSTRAINT fk_acceptance_mirror_decided_by_person_id_person
        FOREIGN KEY(decided_by_person_id) REFERENCES person (id),
    CONSTRAINT fk_acceptance_mirror_mirror_journal_id_journal FOREIGN KEY(mirror_journal_id) REFERENCES journal (id)
);
CREATE UNIQUE INDEX uq_acceptance_mirror_journal_id ON acceptance_mirror (journal_id) WHERE state <> 'rejected';
"""


def upgrade() -> None:
    """Create the table, widen the states of answers."""
    op.execute(CREATE)
    _allow(f"{STATES}, 'accepted_in_error'")


def downgrade() -> None:
    """Drop it; refused once an acceptance was mirrored."""
    _allow(STATES)
    op.execute("DROP TABLE acceptance_mirror")


def _allow(states: str) -> None:
    op.execute("ALTER TABLE answer DROP CONSTRAINT ck_answer_state")
    op.execute(f"ALTER TABLE answer ADD CONSTRAINT ck_answer_state CHECK (state IN ({states}))")
