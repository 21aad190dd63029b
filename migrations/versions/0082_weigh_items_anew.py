"""Find the consensus of an item anew once an answer to it turns out to be accepted in error."""

from alembic import op

revision = "0082"
down_revision = "0081"
branch_labels = None
depends_on = None

TRIGGER = """
CREATE TRIGGER answer_consensus_due AFTER UPDATE OF state ON answer FOR EACH ROW
    WHEN (NEW.state IN ({states}) AND NEW.state <> OLD.state)
    EXECUTE FUNCTION consensus_falls_due()
"""
BEFORE = "'accepted', 'accepted_on_appeal'"
# The client pays nothing for these, so that nothing of them may stay in what it reads.
MISTAKEN = """
INSERT INTO consensus_due (job_id, item_id)
SELECT DISTINCT job_id, item_id FROM answer WHERE state = 'accepted_in_error'
"""


def upgrade() -> None:
    """Add the state to those that make an item due, and make due what was mirrored before."""
    op.execute("DROP TRIGGER answer_consensus_due ON answer")
    op.execute(TRIGGER.format(states=f"{BEFORE}, 'accepted_in_error'"))
    op.execute(MISTAKEN)


def downgrade() -> None:
    """As it was."""
    op.execute("DROP TRIGGER answer_consensus_due ON answer")
    op.execute(TRIGGER.format(states=BEFORE))
