"""What reviewers say of answers, and what that did to them, as values."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from marketplace.work.models import Answer, Batch, Claim


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a reviewer says of one answer: accept, redo, reject or pay_not_use.

    All but accept need a category of `REVIEW_CATEGORIES` and a comment; reject also the id of a rule. `by_sampling`
    accepts what was not drawn for review; an accept may come with a corrected copy of the answer.
    """

    answer_id: uuid.UUID
    verdict: str
    category: str | None = None
    comment: str | None = None
    rule: str | None = None
    by_sampling: bool = False
    correction: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Decisions:
    """What verdicts did to the answers of one claim; `held` are those whose rejection has no effect yet.

    `paid_redo` says that the layer pays for what it sends back, for the job's limit is passed.
    """

    claim: Claim
    batch: Batch
    decided_at: dt.datetime
    accepted: list[Answer] = field(default_factory=list)
    paid_not_used: list[Answer] = field(default_factory=list)
    redo: list[Answer] = field(default_factory=list)
    rejected: list[Answer] = field(default_factory=list)
    held: list[Answer] = field(default_factory=list)
    paid_redo: bool = False

    @property
    def by_verdict(self) -> dict[str, list[Answer]]:
        """The lists of what took effect, by verdict."""
        return {
            "accept": self.accepted,
            "pay_not_use": self.paid_not_used,
            "redo": self.redo,
            "reject": self.rejected,
        }

    @property
    def payable(self) -> list[Answer]:
        """Those that are to be paid now."""
        return [*self.accepted, *self.paid_not_used]
