"""Keep reviewers' corrected copies of accepted answers."""

from alembic import op

from migrations.support import make_append_only

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

CREATE = """
CREATE TABLE correction (
    answer_id UUID NOT NULL,
    review_id UUID NOT NULL,
    content JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_correction PRIMARY KEY (answer_id),
    CONSTRAINT fk_correction_answer_id_answer FOREIGN KEY(answer_id) REFERENCES answer (id),
    CONSTRAINT uq_correction_review_id UNIQUE (review_id),
    CONSTRAINT fk_correction_review_id_review FOREIGN KEY(review_id) REFERENCES review (id)
);
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(CREATE)
    make_append_only(op, "correction")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE correction")
