"""Let reviewers take claims in hand; find verdicts by time."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE review_reservation (
    claim_id UUID NOT NULL,
    person_id UUID NOT NULL,
    reserved_until TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_review_reservation PRIMARY KEY (claim_id),
    CONSTRAINT fk_review_reservation_claim_id_claim FOREIGN KEY(claim_id) REFERENCES claim (id),
    CONSTRAINT fk_review_reservation_person_id_person FOREIGN KEY(person_id) REFERENCES person (id)
);
CREATE INDEX ix_review_reservation_reserved_until ON review_reservation (reserved_until);
CREATE INDEX ix_review_created_at ON review USING brin (created_at);
"""


def upgrade() -> None:
    """Create the table and the index."""
    op.execute(CREATE)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP INDEX ix_review_created_at")
    op.execute("DROP TABLE review_reservation")
