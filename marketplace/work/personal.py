"""What is personal in work: claims, answers, what is said of them, and how workers protect themselves."""

import uuid
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute

from marketplace.db.personal import ERASED, Personal, Whose, by, impersonal, personal
from marketplace.work.attempts import AnswerAttempt
from marketplace.work.consensus_models import ConsensusModel, ConsensusWorker, ItemConsensus
from marketplace.work.dispute_models import Appeal, Dispute
from marketplace.work.gold_models import GoldAnswer, GoldDraw, GoldItem
from marketplace.work.models import Answer, Batch, Claim, Review, Seat, Task
from marketplace.work.overlap_models import Adjudication, OverlapItem
from marketplace.work.protection_models import (
    BatchPause,
    ClaimTime,
    ExposureConsent,
    ExposureDay,
    ExposureSetting,
    PayFigure,
    RateNotice,
    WageFloor,
)
from marketplace.work.quality_models import QualityConfusion, QualityLine
from marketplace.work.review_models import (
    AnswerHold,
    Correction,
    ReviewBreaker,
    Sampling,
    SamplingCount,
    SamplingSeed,
)
from marketplace.work.skip_models import Skip

_PAID_FOR: Final = "the client's work, which was paid for"
_TELLS_GOLD: Final = "it would tell which items are there to check workers"
_TOLD: Final = or_(Claim.shown_count.is_(None), Claim.state == "decided")
"""Claims whose answers may be told one by one: in the others nothing tells an item that checks workers (`masking`)."""


def _of_claims(column: InstrumentedAttribute[Any], *where: ColumnElement[bool]) -> Whose:
    """Rows that belong to claims of the person, such claims as are asked for."""
    return lambda person_id: column.in_(select(Claim.id).where(Claim.worker_id == person_id, *where))


def _of_answers(column: InstrumentedAttribute[Any], *where: ColumnElement[bool]) -> Whose:
    """Rows that belong to answers of the person, on such claims as are asked for."""
    answers = select(Answer.id).join(Claim, Claim.id == Answer.claim_id)
    return lambda person_id: column.in_(answers.where(Claim.worker_id == person_id, *where))


def _of_answered_items(person_id: uuid.UUID) -> ColumnElement[bool]:
    # What is said of an item is said of all answers to it, whichever was chosen.
    answered = select(Answer.item_id).join(Claim, Claim.id == Answer.claim_id)
    return Adjudication.item_id.in_(answered.where(Claim.worker_id == person_id))


def _reviews(person_id: uuid.UUID) -> ColumnElement[bool]:
    # Each through an index of its own: there is no larger table of words.
    given = select(Review.id).where(Review.reviewer_person_id == person_id, Review.comment.is_not(None))
    gotten = select(Review.id).where(_of_answers(Review.answer_id)(person_id))
    return Review.id.in_(union(given, gotten))


def _of_disputes(person_id: uuid.UUID) -> ColumnElement[bool]:
    return Appeal.dispute_id.in_(select(Dispute.id).where(Dispute.opened_by_person_id == person_id))


personal(
    Personal(
        Claim,
        by(Claim.worker_id),
        why="which tasks they took, at which price, until when",
        kept_for="as long as the job's answers",
        erased={"draft": None},
        codes=("state", "terms_hash"),
        hidden={"shown_count": _TELLS_GOLD},
    )
)
personal(Personal(ClaimTime, _of_claims(ClaimTime.claim_id), why="how long it took, for wage floors and fair pay"))
personal(
    Personal(
        Answer,
        _of_claims(Answer.claim_id),
        why="what they answered",
        kept_for="as long as the job's answers",
        kept={"content": _PAID_FOR},
        codes=("state",),
        given=_of_claims(Answer.claim_id, _TOLD),
    )
)
personal(
    Personal(
        AnswerAttempt,
        _of_answers(AnswerAttempt.answer_id),
        why="what they answered before a redo",
        kept_for="as long as the job's answers",
        kept={"content": _PAID_FOR},
        given=_of_answers(AnswerAttempt.answer_id, _TOLD),
    )
)
personal(
    Personal(
        Correction,
        _of_answers(Correction.answer_id),
        why="what an accepted answer should have said",
        kept_for="as long as the job's answers",
        kept={"content": _PAID_FOR},
        given=_of_answers(Correction.answer_id, _TOLD),
    )
)
personal(
    Personal(
        Review,
        _reviews,
        why="verdicts on answers, and why",
        kept_for="as long as the job's answers",
        erased={"comment": ERASED},
        codes=("verdict", "category", "rule"),
        given=_of_answers(Review.answer_id, _TOLD),
    )
)
personal(
    Personal(
        AnswerHold,
        lambda person_id: or_(AnswerHold.held_by_person_id == person_id, _of_claims(AnswerHold.claim_id)(person_id)),
        why="rejections that another side decides on",
        kept_for="as long as the job's answers",
        erased={"comment": ERASED},
        codes=("category", "rule"),
        # One that is open is nobody's verdict yet.
        given=lambda person_id: and_(
            AnswerHold.ended_at.is_not(None), _of_claims(AnswerHold.claim_id, _TOLD)(person_id)
        ),
    )
)
personal(
    Personal(
        Dispute,
        by(Dispute.opened_by_person_id, Dispute.responded_by_person_id, Dispute.decided_by_person_id),
        why="what a worker says against a rejection, and what became of it",
        kept_for="as long as the job's answers",
        erased={"reason": ERASED, "response": ERASED, "decision": ERASED},
        only={
            "reason": by(Dispute.opened_by_person_id),
            "response": by(Dispute.opened_by_person_id, Dispute.responded_by_person_id),
            "decision": by(Dispute.opened_by_person_id, Dispute.decided_by_person_id),
        },
        codes=("state",),
        given=by(Dispute.opened_by_person_id),
    )
)
personal(
    Personal(
        Appeal,
        lambda person_id: or_(
            Appeal.opened_by_person_id == person_id, Appeal.decided_by_person_id == person_id, _of_disputes(person_id)
        ),
        why="the one appeal against how a dispute was decided",
        kept_for="as long as the job's answers",
        erased={"reason": ERASED, "decision": ERASED},
        only={
            "reason": lambda person_id: or_(Appeal.opened_by_person_id == person_id, _of_disputes(person_id)),
            "decision": lambda person_id: or_(Appeal.decided_by_person_id == person_id, _of_disputes(person_id)),
        },
        codes=("side", "state"),
        given=_of_disputes,
    )
)
personal(
    Personal(
        Adjudication,
        lambda person_id: or_(Adjudication.decided_by_person_id == person_id, _of_answered_items(person_id)),
        why="which of several answers holds, and why",
        kept_for="as long as the job's answers",
        erased={"reason": ERASED},
        kept={"content": _PAID_FOR},
        given=_of_answers(Adjudication.answer_id, _TOLD),
    )
)
personal(
    Personal(
        ReviewBreaker,
        by(ReviewBreaker.lifted_by_person_id),
        why="when and why a reviewer let rejections take effect again",
        erased={"reason": ERASED},
        codes=("ended_because",),
        not_exported="written in an office, about rejections of many",
    )
)
personal(
    Personal(
        Skip,
        _of_claims(Skip.claim_id),
        why="that they did not want a task, and the reason chosen",
        codes=("reason",),
    )
)
personal(
    Personal(
        ExposureSetting,
        by(ExposureSetting.person_id),
        why="their own limits of hard content, and their time zone",
        removed=True,
    )
)
personal(Personal(ExposureConsent, by(ExposureConsent.person_id), why="that they agreed to hard content"))
personal(
    Personal(
        ExposureDay,
        by(ExposureDay.person_id),
        why="how much hard content they saw, for limits and paid recovery",
        removed=True,
        when="when nothing is owed",
    )
)
personal(
    Personal(
        QualityLine,
        by(QualityLine.worker_id),
        why="how well their answers agree with others'",
        kept_for="as long as the job's answers, from which it is reckoned",
        codes=("scope", "label"),
    )
)
personal(
    Personal(
        ConsensusWorker,
        by(ConsensusWorker.worker_id),
        why="the weight of their answers where several are made into one",
        kept_for="as long as the job's answers, from which it is reckoned",
    )
)
personal(
    Personal(
        GoldDraw,
        by(GoldDraw.worker_id),
        why="which checks a worker had, so that none comes twice",
        kept_for="as long as the job's answers",
        codes=("state",),
        not_exported=_TELLS_GOLD,
    )
)
personal(
    Personal(
        GoldAnswer,
        by(GoldAnswer.worker_id),
        why="what they answered to items whose answer is known",
        kept_for="as long as the job's answers",
        kept={"content": _PAID_FOR},
        given=_of_claims(GoldAnswer.claim_id, _TOLD),
        hidden={"gold_item_id": _TELLS_GOLD},
    )
)
personal(
    Personal(
        Sampling,
        _of_claims(Sampling.claim_id),
        why="which of their answers were drawn for review, and why",
        kept_for="as long as the job's answers",
        codes=("drawn",),
        not_exported=_TELLS_GOLD,
    )
)
personal(
    Personal(
        SamplingCount,
        lambda person_id: SamplingCount.key == person_id.hex,
        why="how many of their answers were looked at",
        kept_for="as long as the job's answers",
        codes=("scope", "key"),
        not_exported=_TELLS_GOLD,
    )
)
impersonal(
    "how work is cut into tasks and what stands in its way", Batch, Task, Seat, OverlapItem, BatchPause, RateNotice
)
impersonal("figures of whole jobs and countries", PayFigure, WageFloor, QualityConfusion, ConsensusModel, ItemConsensus)
impersonal("the client's own material", GoldItem)
impersonal("a secret of a job", SamplingSeed)
