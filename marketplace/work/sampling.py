"""Drawing: which first answers of a claim go to a reviewer, where a job has a sample reviewed.

What is not drawn is accepted; `settlement.sampling` does that, and books it.
"""

import hashlib
import secrets
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.jobs.models import Job
from marketplace.jobs.review_policy import ReviewPolicy
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.money import PPM
from marketplace.quality.sampling import label_draws, labels_in, worker_draws
from marketplace.work.events import SAMPLING_BEGUN
from marketplace.work.gold_models import GoldAnswer
from marketplace.work.models import Answer, Claim
from marketplace.work.queries import agreement_of_items
from marketplace.work.review_models import Sampling, SamplingSeed
from marketplace.work.verdicts import Verdict

_STATEMENTS = load(__file__, "sampling.sql")
DISAGREEING: Final = "agreement"
"""Why an answer is reviewed that was not drawn: those to its item differ."""
GOLD_FAILED: Final = "gold"
"""Likewise: the item of its claim whose answer is known was answered wrongly."""


def begin(session: Session, actor: Actor, job: Job) -> SamplingSeed | None:
    """Choose the secret of a job that has a sample reviewed, and bind oneself to it in the log; None for others.

    The caller holds the job's lock. Whoever comes later finds the one that is there.
    """
    if not job.review.samples:
        return None
    found = session.get(SamplingSeed, job.id)
    if found is not None:
        return found
    now = market_now(session)
    row = SamplingSeed(job_id=job.id, seed=secrets.token_bytes(32), created_at=now)
    session.add(row)
    session.flush()
    body = {"seed_digest": seed_digest(row), "policy": job.review.to_wire()}
    audit.record(
        session,
        SAMPLING_BEGUN,
        actor,
        subject=("job", job.id),
        organizations=[job.organization_id],
        body=body,
        at=now,
    )
    return row


def seed_digest(seed: SamplingSeed) -> str:
    """SHA-256 of the secret, hex."""
    return hashlib.sha256(seed.seed).hexdigest()


def to_draw(session: Session, limit: int = 100) -> list[uuid.UUID]:
    """Claims that were not looked at yet, the oldest submission first; nothing is locked.

    Whoever draws among them locks the job and looks at the claim again.
    """
    return list(session.scalars(_STATEMENTS.to_draw, {"limit": limit}))


def draw(session: Session, job: Job, claim: Claim) -> list[Verdict]:
    """Draw among a claim's first answers; returns an accept for each that is not to be reviewed.

    The caller holds the job's lock, which gives the answers their order, and found the claim submitted at its first
    attempt. Nothing is returned for a claim that was looked at before.
    """
    seed = begin(session, system_actor("draw_answers"), job)
    if seed is None or session.get(Sampling, claim.id) is not None:
        return []
    wanted = select(Answer).where(Answer.claim_id == claim.id).order_by(Answer.ordinal, Answer.id)
    answers = session.scalars(wanted.execution_options(populate_existing=True)).all()
    counts = _count(session, job.id, claim.worker_id, [answer.content for answer in answers])
    given = [(answer.id, answer.content) for answer in answers]
    drawn = _drawn(job.review, seed.seed, counts, claim.worker_id, given)
    drawn |= {answer_id: DISAGREEING for answer_id in _disagreeing(session, job, answers) if answer_id not in drawn}
    if session.scalar(select(exists().where(GoldAnswer.claim_id == claim.id, GoldAnswer.passed.is_(False)))):
        drawn = {answer.id: drawn.get(answer.id, GOLD_FAILED) for answer in answers}
    session.add(
        Sampling(
            claim_id=claim.id,
            job_id=job.id,
            answers=len(answers),
            drawn={str(answer_id): why for answer_id, why in drawn.items()},
            sampled_at=market_now(session),
        )
    )
    session.flush()
    return [
        Verdict(answer.id, "accept", by_sampling=True)
        for answer in answers
        if answer.id not in drawn and answer.state == "submitted"
    ]


@dataclass(slots=True)
class _Counts:
    """How many answers came before, of each worker (id as hex) and with each label."""

    workers: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)


def _drawn(
    policy: ReviewPolicy,
    seed: bytes,
    counts: _Counts,
    worker_id: uuid.UUID,
    answers: Sequence[tuple[uuid.UUID, dict[str, Any]]],
) -> dict[uuid.UUID, str]:
    """The answers that are drawn, and by what; goes on counting in `counts`."""
    found = {}
    for answer_id, content in answers:
        if worker_draws(policy, seed, worker_id.hex, counts.workers[worker_id.hex]):
            found[answer_id] = "worker"
        counts.workers[worker_id.hex] += 1
        for label in sorted(labels_in(content)):
            if label_draws(policy, seed, label, counts.labels[label]):
                found.setdefault(answer_id, "label")
            counts.labels[label] += 1
    return found


def _count(session: Session, job_id: uuid.UUID, worker_id: uuid.UUID, contents: Sequence[dict[str, Any]]) -> _Counts:
    """Add to the counts of the job; returns how they were before."""
    labels = Counter(label for content in contents for label in labels_in(content))
    more = {("worker", worker_id.hex): len(contents), **{("label", label): n for label, n in labels.items()}}
    rows = session.execute(
        _STATEMENTS.count_answers,
        {
            "job_id": job_id,
            "scopes": [scope for scope, _ in more],
            "keys": [key for _, key in more],
            "answers": list(more.values()),
        },
    )
    before = _Counts()
    for scope, key, answers in rows:
        (before.workers if scope == "worker" else before.labels)[key] = answers - more[scope, key]
    return before


def _disagreeing(session: Session, job: Job, answers: Sequence[Answer]) -> Iterator[uuid.UUID]:
    """Answers to items whose answers agree too little; a rule sends to review, it never rejects."""
    least = job.review.agreement_min_ppm
    if least == 0 or job.redundancy == 1:
        return
    found = agreement_of_items(session, [answer.item_id for answer in answers])
    for answer in answers:
        agreement = found.get(answer.item_id)
        if agreement is not None and agreement * PPM < least:
            yield answer.id


def misdrawn(session: Session, job: Job) -> list[uuid.UUID]:
    """Claims of a job whose draw does not follow from its secret and its answers, recounted from the first on."""
    seed = session.get(SamplingSeed, job.id)
    if seed is None:
        return []
    counts, wrong = _Counts(), []
    wanted = select(Sampling).where(Sampling.job_id == job.id).order_by(Sampling.sequence)
    for rows in session.scalars(wanted).partitions(1000):
        answers: dict[uuid.UUID, list[tuple[uuid.UUID, dict[str, Any]]]] = defaultdict(list)
        workers: dict[uuid.UUID, uuid.UUID] = {}
        for claim_id, answer_id, worker_id, content in session.execute(
            _STATEMENTS.first_answers, {"claim_ids": [row.claim_id for row in rows]}
        ):
            answers[claim_id].append((answer_id, content))
            workers[claim_id] = worker_id
        for row in rows:
            due = _drawn(job.review, seed.seed, counts, workers[row.claim_id], answers[row.claim_id])
            kept = {uuid.UUID(key): why for key, why in row.drawn.items() if why in {"worker", "label"}}
            if due != kept or row.answers != len(answers[row.claim_id]):
                wrong.append(row.claim_id)
    return wrong
