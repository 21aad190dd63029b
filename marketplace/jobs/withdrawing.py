"""Which items a client means to take back, and the row that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Text, bindparam
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE, Range
from sqlalchemy.dialects.postgresql.ranges import MultiRange
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.sql import load
from marketplace.jobs.events import JOB_ITEMS_WITHDRAWN
from marketplace.jobs.models import ItemWithdrawal, Job
from marketplace.jobs.ordinals import Ordinals, count, digest, spans_of
from marketplace.jobs.queries import rates_of
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError

NAMES_MAX: Final = 10_000
RANGES_MAX: Final = 1000
_SPANS_IN_EVENT: Final = 100

_SQL = load(__file__, "withdrawing.sql")
_BY_NAME = _SQL.ordinals_by_name.columns(rate_code=Text(), ordinals=INT8MULTIRANGE)
_SORT_OUT = _SQL.sort_out.bindparams(
    bindparam("wanted", type_=INT8MULTIRANGE), bindparam("free", type_=INT8MULTIRANGE)
).columns(taken=INT8MULTIRANGE, in_work=INT8MULTIRANGE, already=INT8MULTIRANGE)
_NAMES_OF = _SQL.names_of.bindparams(bindparam("ordinals", type_=INT8MULTIRANGE))


@dataclass(frozen=True, slots=True)
class ItemRange:
    """The items of one rate from one ordinal to another, both included."""

    rate: str
    first: int
    last: int


def by_names(session: Session, job_id: UUID, external_ids: Sequence[str]) -> dict[str, Ordinals]:
    """The ordinals, by rate, of items named by external_id; invalid for names that the job does not have."""
    _refuse_number("/external_ids", external_ids, NAMES_MAX)
    values = {"job_id": job_id, "names": list(external_ids)}
    known = set(session.scalars(_SQL.known_names, values))
    unknown = [
        FieldError(f"/external_ids/{index}", "item_unknown", "The job has no item with this external_id.")
        for index, name in enumerate(external_ids)
        if name not in known
    ]
    if unknown:
        raise INVALID.error(f"Not items of the job: {len(unknown)} of these names.", errors=unknown[:RANGES_MAX])
    return {row.rate_code: row.ordinals for row in session.execute(_BY_NAME, values)}


def by_ranges(session: Session, job_id: UUID, ranges: Sequence[ItemRange]) -> dict[str, Ordinals]:
    """The ordinals, by rate, of ranges, which may overlap; invalid for what lies beyond the job's items."""
    _refuse_number("/ranges", ranges, RANGES_MAX)
    counts = {rate.code: rate.item_count for rate in rates_of(session, job_id)}
    errors, pieces = [], dict[str, list[Range[int]]]()
    for index, one in enumerate(ranges):
        if one.rate not in counts:
            errors.append(FieldError(f"/ranges/{index}/rate", "rate_unknown", f"The job has no rate {one.rate!r}."))
        elif not 1 <= one.first <= one.last <= counts[one.rate]:
            message = f"From first to last, within 1 to {counts[one.rate]}."
            errors.append(FieldError(f"/ranges/{index}", "out_of_range", message))
        else:
            pieces.setdefault(one.rate, []).append(Range(one.first, one.last + 1, bounds="[)"))
    if errors:
        raise INVALID.error("These are not ranges of the job's items.", errors=errors)
    return {rate: MultiRange(found) for rate, found in pieces.items()}


def _refuse_number(pointer: str, values: Sequence[object], most: int) -> None:
    if not 1 <= len(values) <= most:
        message = f"1 to {most} of them in one request."
        raise INVALID.error(message, errors=[FieldError(pointer, "out_of_range", message)])


def sort_out(
    session: Session, job_id: UUID, rate_code: str, wanted: Ordinals, free: Ordinals
) -> tuple[Ordinals, Ordinals, Ordinals]:
    """Of what is wanted, what is free to be taken, what is in work, and what was withdrawn before."""
    values = {"job_id": job_id, "rate_code": rate_code, "wanted": wanted, "free": free}
    row = session.execute(_SORT_OUT, values).one()
    return row.taken, row.in_work, row.already


def names_of(session: Session, job_id: UUID, rate_code: str, ordinals: Ordinals, limit: int) -> list[str]:
    """The external_ids of the first of these ordinals."""
    values = {"job_id": job_id, "rate_code": rate_code, "ordinals": ordinals, "limit": limit}
    return list(session.scalars(_NAMES_OF, values))


def summary(taken: Mapping[str, Ordinals]) -> dict[str, Any]:
    """What the log says of items withdrawn, by rate."""
    return {
        code: {
            "items": count(ordinals),
            "ordinals_digest": digest(ordinals),
            "ordinals": [list(span) for span in spans_of(ordinals)[:_SPANS_IN_EVENT]],
        }
        for code, ordinals in sorted(taken.items())
    }


def write_withdrawals(session: Session, actor: Actor, job: Job, taken: Mapping[str, Ordinals]) -> None:
    """Write down what was withdrawn; the caller holds the job's lock and has taken it out of every contract."""
    session.add_all(
        ItemWithdrawal(job_id=job.id, rate_code=code, ordinals=ordinals, item_count=count(ordinals))
        for code, ordinals in taken.items()
    )
    session.flush()
    readers = [job.organization_id]
    body = {"rates": summary(taken)}
    record(session, JOB_ITEMS_WITHDRAWN, actor, subject=("job", job.id), organizations=readers, body=body)
