"""What is personal in scores."""

from marketplace.db.personal import Personal, by, personal
from marketplace.scores.models import WorkerScore

personal(
    Personal(
        WorkerScore,
        by(WorkerScore.worker_id),
        why="how well their answers agree with what is known of the items",
        kept_for="anew each day from the answers of the last 180",
        codes=("kind",),
    )
)
