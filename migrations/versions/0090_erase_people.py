"""Let a person be erased: what state they are in, and which texts of append-only tables can be taken away."""

from alembic import op

from migrations.support import forbid_erasing, permit_erasing

revision = "0090"
down_revision = "0089"
branch_labels = None
depends_on = None

TEXTS = {
    "access_rule": ("reason",),
    "access_rule_contest": ("reason",),
    "access_rule_end": ("reason",),
    "adjudication": ("reason",),
    "review": ("comment",),
    "skill_grant": ("reason",),
    "skill_revocation": ("reason",),
}

UPGRADE = """
CREATE FUNCTION forbid_all_but_erasing() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    before jsonb := to_jsonb(OLD);
    after jsonb := to_jsonb(NEW);
    said text;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        FOREACH said IN ARRAY TG_ARGV LOOP
            IF after ->> said = '[erased]' AND before ->> said IS NOT NULL THEN
                before := before - said;
                after := after - said;
            END IF;
        END LOOP;
        IF before = after THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% rows are never changed or removed: a correction is a new row', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END
$$;

ALTER TABLE person ADD COLUMN state TEXT DEFAULT 'active' NOT NULL;
ALTER TABLE person ADD COLUMN erasing_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE person ADD COLUMN erasing_look_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE person ADD CONSTRAINT ck_person_state CHECK (state IN ('active', 'erasing', 'erased'));
ALTER TABLE person ADD CONSTRAINT ck_person_erasing_since CHECK ((state = 'active') = (erasing_at IS NULL));
ALTER TABLE person ADD CONSTRAINT ck_person_erasing_looked_at
    CHECK ((state = 'erasing') = (erasing_look_at IS NOT NULL));
CREATE INDEX ix_review_commented ON review (reviewer_person_id) WHERE comment IS NOT NULL;
CREATE INDEX ix_person_erasing ON person (erasing_look_at) WHERE state = 'erasing';
CREATE INDEX ix_person_erasing_at ON person (erasing_at, id) WHERE erasing_at IS NOT NULL;
"""

DOWNGRADE = """
DROP FUNCTION forbid_all_but_erasing();
DROP INDEX ix_review_commented;
DROP INDEX ix_person_erasing_at;
DROP INDEX ix_person_erasing;
ALTER TABLE person DROP CONSTRAINT ck_person_erasing_looked_at;
ALTER TABLE person DROP CONSTRAINT ck_person_erasing_since;
ALTER TABLE person DROP CONSTRAINT ck_person_state;
ALTER TABLE person DROP COLUMN erasing_look_at;
ALTER TABLE person DROP COLUMN erasing_at;
ALTER TABLE person DROP COLUMN state;
"""


def upgrade() -> None:
    """Everybody is active."""
    op.execute(UPGRADE)
    for table, columns in TEXTS.items():
        permit_erasing(op, table, *columns)


def downgrade() -> None:
    """Who was erased stays without name and address; that they were is forgotten but for the log."""
    for table in TEXTS:
        forbid_erasing(op, table)
    op.execute(DOWNGRADE)
