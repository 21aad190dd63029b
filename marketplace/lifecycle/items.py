"""Items that come to a job and leave it, also while it runs: the job's rows and its contracts change together."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from marketplace.contracts.queries import root_of
from marketplace.contracts.roots import grow_root
from marketplace.contracts.withdrawing import free_of_job, take_out
from marketplace.jobs import items as job_items
from marketplace.jobs import withdrawing
from marketplace.jobs.errors import ITEMS_IN_WORK
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.items import AddResult, OnError
from marketplace.jobs.locking import lock_job
from marketplace.jobs.models import Job
from marketplace.jobs.ordinals import Ordinals, count
from marketplace.jobs.queries import own_job, standing_ordinals
from marketplace.jobs.states import GROWING
from marketplace.jobs.withdrawing import ItemRange
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, STATE_CONFLICT, FieldError

NAMES_TOLD: Final = 100
"""Items in work that a refusal names."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """How many items were withdrawn now, by rate, and how many of those asked for had been before."""

    rates: dict[str, int]
    already: int

    @property
    def items(self) -> int:
        """All that were withdrawn now."""
        return sum(self.rates.values())


def add_items(
    session: Session,
    actor: Actor,
    job_id: uuid.UUID,
    rows: Iterable[ItemRow],
    *,
    on_error: OnError = "abort",
    into: AddResult | None = None,
) -> AddResult:
    """Add items to a job, before its publication or while it is open or paused, as `jobs.items.add_items` does.

    Ordinals go on from the last; once there is a root contract, it holds the new items, free, at the fees and prices
    that publication fixed. Raises not_found, state_conflict, stale, items_refused.
    """
    added = job_items.add_items(session, actor, job_id, rows, on_error=on_error, into=into, states=GROWING)
    # The job is locked by now: published either before, and its root is here, or after, and then it counts these in.
    root = root_of(session, job_id)
    if root is not None and added.spans:
        grow_root(session, root.id, added.spans)
    return added


def withdraw_items(
    session: Session,
    actor: Actor,
    job_id: uuid.UUID,
    *,
    external_ids: Sequence[str] | None = None,
    ranges: Sequence[ItemRange] | None = None,
    all_free: bool = False,
) -> Withdrawn:
    """Take items back that no task holds: by name, by ranges of ordinals, or all that are free. Exactly one of these.

    They leave every contract that had them; the items stay as rows, and those withdrawn before are passed over, so
    that it can be asked again. Seats, claims and committed money are not touched. Raises forbidden, not_found,
    state_conflict, invalid, and items_in_work, when nothing is withdrawn.
    """
    actor.require("job.write")
    own_job(session, actor, job_id)
    # Under the lock nobody offers these items, opens tasks of them or adds any: what is free stays free.
    job = lock_job(session, job_id)
    if job.state not in GROWING:
        raise STATE_CONFLICT.error(f"This job is {job.state}; its items stay.", noun="job", current=job.state)
    free = standing_ordinals(session, job_id) if root_of(session, job_id) is None else free_of_job(session, job_id)
    wanted = _wanted(session, job_id, external_ids, ranges, free if all_free else None)
    taken: dict[str, Ordinals] = {}
    in_work: dict[str, Ordinals] = {}
    already = 0
    for code, ordinals in wanted.items():
        taken[code], in_work[code], before = withdrawing.sort_out(session, job_id, code, ordinals, free[code])
        already += count(before)
    if any(count(ordinals) for ordinals in in_work.values()):
        raise _in_work(session, job, in_work)
    taken = {code: ordinals for code, ordinals in taken.items() if count(ordinals)}
    if taken:
        take_out(session, actor, job, taken)
        withdrawing.write_withdrawals(session, actor, job, taken)
    return Withdrawn({code: count(ordinals) for code, ordinals in sorted(taken.items())}, already)


def _wanted(
    session: Session,
    job_id: uuid.UUID,
    external_ids: Sequence[str] | None,
    ranges: Sequence[ItemRange] | None,
    everything: Mapping[str, Ordinals] | None,
) -> dict[str, Ordinals]:
    given = [external_ids is not None, ranges is not None, everything is not None]
    if given.count(True) != 1:
        message = "Name the items in one way: external_ids, ranges, or all_free."
        raise INVALID.error(message, errors=[FieldError("", "one_of", message)])
    if external_ids is not None:
        return withdrawing.by_names(session, job_id, external_ids)
    if ranges is not None:
        return withdrawing.by_ranges(session, job_id, ranges)
    return dict(everything or {})


def _in_work(session: Session, job: Job, in_work: Mapping[str, Ordinals]) -> Exception:
    names: list[str] = []
    for code, ordinals in sorted(in_work.items()):
        names += withdrawing.names_of(session, job.id, code, ordinals, NAMES_TOLD - len(names))
    number = sum(count(ordinals) for ordinals in in_work.values())
    detail = f"{number} of these items {'is' if number == 1 else 'are'} in tasks; nothing was withdrawn."
    return ITEMS_IN_WORK.error(detail, items=number, external_ids=names)
