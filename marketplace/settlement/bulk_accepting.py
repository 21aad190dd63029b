"""Accepting many claims at once: by a reviewer, or by the timer. The money follows in the same transaction.

One journal for the claims of one batch of tasks, postings summed by payee and due date
(docs/decisions/0016-accepting-in-bulk.md says why so).
"""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from marketplace.db.hot import HotStatement, array
from marketplace.db.sql import load
from marketplace.jobs.locking import lock_job, lock_job_if_free
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import NOT_FOUND, DomainError
from marketplace.kernel.ids import public
from marketplace.logs import get_logger
from marketplace.rails.port import Transactions
from marketplace.settlement.booking import Payable, book_many
from marketplace.work import accepting
from marketplace.work.accepting import AcceptedClaim, BulkDecisions

CLAIMS_MAX: Final = 500
"""So many claims are accepted at once."""
PORTION: Final = 200
"""So many claims of one job the timer accepts in one transaction."""

_JOBS_OF_CLAIMS: Final = HotStatement(load(__file__, "bulk_accepting.sql").jobs_of_claims)

log = get_logger(__name__)


def accept_claims(session: Session, actor: Actor, claim_ids: Sequence[uuid.UUID]) -> BulkDecisions:
    """Accept every waiting answer of these claims, at most `CLAIMS_MAX` of any jobs; what is accepted is booked (J3).

    Each claim is accepted or refused whole, and says why: not_found, review_own_answer, state_conflict. Answers that
    are held stay held. Raises forbidden.
    """
    actor.require("review.decide")
    if len(claim_ids) > CLAIMS_MAX:
        raise ValueError(f"{len(claim_ids)} claims at once, and at most {CLAIMS_MAX} can be accepted")
    by_job: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
    rows = _JOBS_OF_CLAIMS.rows(session, {"claim_ids": array(claim_ids)})
    for claim_id, job_id in rows:
        by_job[job_id].append(claim_id)
    unknown = NOT_FOUND.error("There is no claim with this id.", noun="claim")
    done = BulkDecisions(refused=dict.fromkeys(set(claim_ids) - {claim_id for claim_id, _ in rows}, unknown))
    # In order: two reviewers whose claims are of the same jobs wait for each other, never in a circle.
    for job_id in sorted(by_job):
        # In hand until the claims are booked: a session forgets rows that nobody holds, and booking asks for it again.
        job = lock_job(session, job_id)
        decisions = accept_of_job(session, actor, job.id, by_job[job_id])
        done.accepted.update(decisions.accepted)
        done.refused.update(decisions.refused)
    return done


def accept_of_job(session: Session, actor: Actor, job_id: uuid.UUID, claim_ids: Sequence[uuid.UUID]) -> BulkDecisions:
    """`accept_claims` for one job, whose lock the caller holds."""
    decisions = accepting.accept_waiting(session, actor, job_id, claim_ids)
    alike: dict[tuple[uuid.UUID, uuid.UUID], list[AcceptedClaim]] = defaultdict(list)
    for claim in decisions.accepted.values():
        alike[claim.batch_id, claim.price_chain_id].append(claim)
    for (batch_id, chain_id), claims in sorted(alike.items()):
        answers: dict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
        for claim in claims:
            answers[claim.worker_id] += claim.answer_ids
        payable = Payable(job_id, batch_id, chain_id, answers)
        book_many(session, actor, payable, len(claims), claims[0].accepted_at)
    return decisions


def auto_accept(transactions: Transactions, portion: int = PORTION) -> int:
    """Sweep: accept what waited for its review longer than its job allows; returns how many claims were accepted.

    A portion of one job in a transaction, so that no job waits for another; any number of processes may do this at
    once: each takes jobs that no other is at, and waits only for those that were taken each time it looked.
    """
    with transactions() as session:
        job_ids = accepting.jobs_overdue(session)
    accepted, passed_over = 0, []
    for job_id in job_ids:
        count = _accept_overdue(transactions, job_id, portion, wait=False)
        accepted += count or 0
        if count is None:
            passed_over.append(job_id)
    for job_id in passed_over:
        accepted += _accept_overdue(transactions, job_id, portion, wait=True) or 0
    return accepted


def _accept_overdue(transactions: Transactions, job_id: uuid.UUID, portion: int, *, wait: bool) -> int | None:
    """Portion by portion all that is overdue of one job; None when another had the job and we were not to wait."""
    accepted = 0
    while True:
        try:
            with transactions() as session:
                count = _accept_portion(session, job_id, portion, wait=wait)
        except (DomainError, DBAPIError) as problem:
            log.warning("auto_accept_failed", job=public("job", job_id), claims=portion, problem=repr(problem))
            # One claim that cannot be accepted must not keep the others waiting: once more, each by itself.
            return accepted + (_accept_singly(transactions, job_id, portion) if portion > 1 else 0)
        if count is None and not accepted:
            return None
        if not count:
            return accepted
        accepted += count


def _accept_portion(session: Session, job_id: uuid.UUID, portion: int, *, wait: bool) -> int | None:
    if wait:
        lock_job(session, job_id)
    elif not lock_job_if_free(session, job_id):
        return None
    # Looked up under the lock: a reviewer may have decided, or sent it back, while we waited for the job.
    claim_ids = accepting.claims_overdue(session, job_id, portion)
    if not claim_ids:
        return 0
    return len(accept_of_job(session, system_actor("auto_accept"), job_id, claim_ids).accepted)


def _accept_singly(transactions: Transactions, job_id: uuid.UUID, portion: int) -> int:
    with transactions() as session:
        claim_ids = accepting.claims_overdue(session, job_id, portion)
    accepted = 0
    for claim_id in claim_ids:
        try:
            with transactions() as session:
                lock_job(session, job_id)
                accepted += len(accept_of_job(session, system_actor("auto_accept"), job_id, [claim_id]).accepted)
        except (DomainError, DBAPIError) as problem:
            log.warning("auto_accept_failed", claim=public("claim", claim_id), problem=repr(problem))
    return accepted
