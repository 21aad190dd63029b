"""What exports are made of, read row by row through a cursor of the server: memory does not grow with their number."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.db.streaming import stream
from marketplace.identity.pseudonyms import pseudonym
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.reconciliation.books.reading import ALL_DAYS, Span

STATEMENTS: Final = load(__file__, "reading.sql")

STATES: Final[Mapping[str, tuple[str, ...]]] = {
    "used": ("accepted", "accepted_on_appeal"),
    "not_used": ("paid_not_used",),
}
"""Answers by what an export is asked for; only what is paid for is in any of them (rule 7)."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an export is about: who asked, which job if any, which of its answers, which days of the books.

    `secret` makes pseudonyms.
    """

    actor: Actor
    job: Job | None
    answers: str
    secret: bytes
    span: Span = ALL_DAYS

    @property
    def of_job(self) -> Job:
        """The job of a format that has one."""
        assert self.job is not None
        return self.job

    @property
    def parameters(self) -> dict[str, Any]:
        """What the statements on results take."""
        job = self.of_job
        return {"job_id": job.id, "client_id": job.organization_id, "states": list(STATES[self.answers])}

    def pseudonym(self, worker_id: uuid.UUID) -> str:
        """A name for a worker that is the same within the job, and tells nothing across jobs."""
        return pseudonym(self.secret, self.of_job.id, worker_id)


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One answer that is paid for, with where it came from; `decided_by` is review, sampling, timer or appeal.

    `correction` is a reviewer's corrected copy, None for most.
    """

    answer_id: str
    item_id: uuid.UUID
    external_id: str
    rate_code: str
    ordinal: int
    input: dict[str, Any]
    content: dict[str, Any]
    state: str
    attempt: int
    guideline_version: int
    worker: str
    submitted_at: dt.datetime
    decided_at: dt.datetime
    decided_by: str
    price: Money
    width: int | None
    height: int | None
    correction: dict[str, Any] | None = None

    @property
    def final(self) -> dict[str, Any]:
        """What the answer should say: as corrected, or else as given."""
        return self.content if self.correction is None else self.correction

    @property
    def used(self) -> bool:
        """Whether the client uses it; false of what is paid for all the same."""
        return self.state != "paid_not_used"


def count_results(session: Session, subject: Subject) -> int:
    """How many answers `results` gives."""
    parameters = {name: value for name, value in subject.parameters.items() if name != "client_id"}
    return int(session.execute(STATEMENTS.count_results, parameters).scalar_one())


def results(session: Session, subject: Subject) -> Generator[ResultRow, None, None]:
    """The job's answers in the order of its items."""
    with closing(stream(session, STATEMENTS.results, subject.parameters)) as rows:
        for row in rows:
            yield ResultRow(
                answer_id=public("answer", row.id),
                item_id=row.item_id,
                external_id=row.external_id,
                rate_code=row.rate_code,
                ordinal=row.ordinal,
                input=row.input,
                content=row.content,
                state=row.state,
                attempt=row.attempt,
                guideline_version=row.guideline_version,
                worker=subject.pseudonym(row.worker_id),
                submitted_at=row.submitted_at,
                decided_at=row.decided_at,
                decided_by=row.decided_by,
                price=Money(row.client_price_amount, row.currency),
                width=row.width,
                height=row.height,
                correction=row.correction,
            )
