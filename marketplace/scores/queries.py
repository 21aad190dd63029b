"""Reading scores: each worker their own, and nobody another's."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.scores.models import WorkerScore
from marketplace.scores.reckoning import ANSWERS_MIN


@dataclass(frozen=True, slots=True)
class Score:
    """A worker's score for one kind of labeling; out of 100, None where it is not known (any more).

    It is made of `answers_at_least` answers, in steps of `ANSWERS_MIN`: the true number would tell how many were gold.
    `known_until` is when it ends unless new answers come, or ended.
    """

    kind: str
    percent: int | None
    answers_at_least: int
    known_until: dt.datetime | None


def own_scores(session: Session, actor: Actor) -> list[Score]:
    """The acting worker's scores by kind: those that are known, or were. Raises forbidden."""
    actor.require("skill.read.own")
    now = market_now(session)
    wanted = select(WorkerScore).where(WorkerScore.worker_id == actor.person, WorkerScore.percent.is_not(None))
    return [_score(row, now) for row in session.scalars(wanted.order_by(WorkerScore.kind))]


def _score(row: WorkerScore, now: dt.datetime) -> Score:
    known = row.reckoned(now)
    if known is None:
        return Score(row.kind, None, 0, row.expires_at)
    return Score(row.kind, known.percent, known.answers // ANSWERS_MIN * ANSWERS_MIN, known.expires_at)
