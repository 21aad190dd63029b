"""How reviewers decide: verdicts, what of them was contested and overturned, and how quickly."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.kernel.actor import Actor

_STATEMENTS = load(__file__, "review_statistics.sql")
DAYS_DEFAULT: Final = 30
DAYS_MAX: Final = 366


@dataclass(frozen=True, slots=True)
class ReviewerStatistics:
    """What one reviewer decided for one organization within the days asked for; counts of answers.

    `overturned` are rejections, and redo that lapsed, that were paid after a dispute or an appeal; where the rejecting
    side's appeal was granted it is not counted. `median_seconds` is from an answer's submission to the verdict.
    """

    person_id: uuid.UUID
    name: str
    organization_id: uuid.UUID
    decided: int
    accepted: int
    corrected: int
    redo: int
    rejected: int
    paid_not_used: int
    contested: int
    overturned: int
    median_seconds: int

    @property
    def rejected_share(self) -> float:
        """Rejections of all verdicts, 0 to 1."""
        return self.rejected / self.decided

    @property
    def overturned_share(self) -> float | None:
        """Of what was contested and decided, what was overturned, 0 to 1; None where nothing was."""
        return self.overturned / self.contested if self.contested else None


def own(session: Session, actor: Actor, days: int = DAYS_DEFAULT) -> list[ReviewerStatistics]:
    """The acting reviewer's own, for the organization they act for; empty for who decided nothing."""
    actor.require("review.decide")
    return _statistics(session, organization_id=actor.organization, person_id=actor.person, days=days)


def of_organization(session: Session, actor: Actor, days: int = DAYS_DEFAULT) -> list[ReviewerStatistics]:
    """Those of every reviewer of one's organization, or of all for the platform's staff, most verdicts first."""
    actor.require("review_statistics.read")
    everybody = actor.organization_kind == "platform"
    return _statistics(session, organization_id=None if everybody else actor.organization, person_id=None, days=days)


def _statistics(
    session: Session, *, organization_id: uuid.UUID | None, person_id: uuid.UUID | None, days: int
) -> list[ReviewerStatistics]:
    since = market_now(session) - dt.timedelta(days=days)
    values = {"organization_id": organization_id, "person_id": person_id, "since": since}
    return [ReviewerStatistics(**row) for row in session.execute(_STATEMENTS.by_reviewer, values).mappings()]
