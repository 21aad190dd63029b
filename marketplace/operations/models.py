"""The table of operations. All its times are real time: a leap of the market's clock ends no lease."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.db.base import Base
from marketplace.kernel.ids import new_id


class Operation(Base):
    """One piece of long work for an organization, asked for by a person.

    `kind` names its runner, `parameters` are the runner's input and `result` its output. `lease_token` names who may
    write of the run under way, until `lease_until` surely; `attempts` counts the runs begun. It is not begun before
    `due_at`, and its row is kept until `expires_at`.
    """

    __tablename__ = "operation"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="state"),
        CheckConstraint("(state = 'running') = (lease_token IS NOT NULL)", name="lease_while_running"),
        CheckConstraint("(lease_token IS NULL) = (lease_until IS NULL)", name="lease_has_an_end"),
        CheckConstraint("(state IN ('queued', 'running')) = (finished_at IS NULL)", name="finished"),
        CheckConstraint("(finished_at IS NULL) = (expires_at IS NULL)", name="expires_when_finished"),
        CheckConstraint("(state = 'succeeded') = (result IS NOT NULL)", name="result_of_success"),
        CheckConstraint("(state = 'failed') = (problem_code IS NOT NULL)", name="failure_has_a_problem"),
        CheckConstraint("(problem_code IS NULL) = (problem_detail IS NULL)", name="problem_in_words"),
        CheckConstraint("progress_done >= 0 AND progress_total >= 0", name="progress"),
        CheckConstraint("attempts >= 0", name="attempts"),
        Index("ix_operation_organization_id", "organization_id", "id"),
        Index("ix_operation_queued", "due_at", postgresql_where=text("state = 'queued'")),
        Index("ix_operation_running", "lease_until", postgresql_where=text("state = 'running'")),
        Index("ix_operation_expires_at", "expires_at", postgresql_where=text("expires_at IS NOT NULL")),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("organization.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    subject_noun: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    state: Mapped[str] = mapped_column(server_default=text("'queued'"))
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    problem_code: Mapped[str | None]
    problem_detail: Mapped[str | None]
    progress_done: Mapped[int] = mapped_column(server_default=text("0"))
    progress_total: Mapped[int | None]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    lease_token: Mapped[uuid.UUID | None]
    lease_until: Mapped[dt.datetime | None]
    due_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))
    cancel_requested_at: Mapped[dt.datetime | None]
    created_at: Mapped[dt.datetime] = mapped_column(server_default=text("statement_timestamp()"))
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime | None]
