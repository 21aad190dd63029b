"""What is personal in objections to decisions."""

from marketplace.db.personal import ERASED, Personal, by, impersonal, personal
from marketplace.protection.client_models import ClientFigure
from marketplace.protection.contest_models import DecisionContest

personal(
    Personal(
        DecisionContest,
        by(DecisionContest.person_id, DecisionContest.answered_by_person_id),
        why="a worker's objection to a decision that a rule made, and the answer",
        erased={"reason": ERASED, "outcome": ERASED},
        only={"reason": by(DecisionContest.person_id)},
        given=by(DecisionContest.person_id),
    )
)
impersonal("figures of organizations", ClientFigure)
