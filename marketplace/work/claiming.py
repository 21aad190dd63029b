"""Claiming: a worker takes open seats, with price chain, guideline, terms and lease frozen in each claim."""

import datetime as dt
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.db.hot import HotStatement
from marketplace.db.locks import advisory_xact_lock
from marketplace.db.sql import load
from marketplace.jobs.labels import ItemMeta
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.terms import SettlementTerms
from marketplace.work import eligibility, events
from marketplace.work.claim_bodies import created_body
from marketplace.work.gold_drawing import masked_claim
from marketplace.work.models import Task
from marketplace.work.opening import LEASE_SECONDS_MAX
from marketplace.work.refusing import ShownTerms, refuse_claim

HELD_MAX: Final = 50
"""How many first attempts one worker may hold at once, unless whoever calls says otherwise."""

SEVERAL_MAX: Final = 20
"""How many tasks can be claimed together."""

_STATEMENTS = load(__file__, "claiming.sql")


def _claiming(candidate: TextClause) -> HotStatement:
    wanted = candidate.text.replace("{takeable}", eligibility.TAKEABLE)
    for part in ("not_mine", "not_excluded"):
        wanted = wanted.replace(f"{{{part}}}", getattr(_STATEMENTS, part).text)
    return HotStatement(text(f"WITH {wanted} {_STATEMENTS.claim.text}"))


_CLAIM_IN_BATCH = _claiming(_STATEMENTS.candidate_in_batch)
_CLAIM_OF_TASK = _claiming(_STATEMENTS.candidate_of_task)
_CLAIM_ANYWHERE = _claiming(_STATEMENTS.candidate_anywhere)
_BATCHES_FIRST: Final = 200
_LOOKS: Final = ((False, _BATCHES_FIRST), (False, 10**9), *[(True, 10**9)] * 7)
"""Whether to look from the start of the queue, and at how many batches where none is named: first go on from the last
seat in those first in line, then in all, then look everywhere, several times when claims of the same worker at the
same moment get in each other's way."""


@dataclass(frozen=True, slots=True)
class ClaimItem:
    """One item: `content` as its kind has it; of media of ours pixels, milliseconds, or the number of points; and
    a model's proposal, to be shown as such (see `jobs.prelabels`).
    """

    id: uuid.UUID
    ordinal: int
    external_id: str
    content: dict[str, Any]
    width: int | None
    height: int | None
    prelabel: dict[str, Any] | None = None
    duration_ms: int | None = None
    point_count: int | None = None

    @property
    def meta(self) -> ItemMeta:
        """What an answer to it is checked against."""
        return ItemMeta(self.width, self.height, self.content, self.duration_ms)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A fresh claim with all that is frozen in it, and its items in order.

    `lease_seconds` is what its batch gives for a task; the lease of this claim may be longer, which only the worker
    is told.
    """

    id: uuid.UUID
    task_id: uuid.UUID
    batch_id: uuid.UUID
    job_id: uuid.UUID
    state: str
    attempt: int
    price_chain_id: uuid.UUID
    pay: Money
    guideline_version: int
    settlement_terms: SettlementTerms
    terms_hash: bytes
    claimed_at: dt.datetime
    lease_until: dt.datetime
    lease_seconds: int
    items: list[ClaimItem]

    @property
    def item_count(self) -> int:
        """How many answers it asks for."""
        return len(self.items)


class _Row(NamedTuple):
    """What the claiming statement returns; `claimed` is false when another claim of the worker came first."""

    claimed: bool
    task_id: uuid.UUID
    batch_id: uuid.UUID
    job_id: uuid.UUID
    price_chain_id: uuid.UUID
    pay_amount: int
    currency: str
    terms_hash: bytes
    settlement_terms: list[dict[str, Any]]
    guideline_version: int
    claimed_at: dt.datetime
    lease_until: dt.datetime
    lease_seconds: int
    gold: dict[str, Any] | None
    items: list[dict[str, Any]] | None


def claim_next(
    session: Session,
    actor: Actor,
    batch_id: uuid.UUID | None = None,
    *,
    shown: ShownTerms | None = None,
    held_max: int = HELD_MAX,
) -> Claimed:
    """Take the next open seat for the acting worker, in that batch or in the first batch in line that has one.

    No two live claims of one worker on one task; the money is committed since the seat was released, so that no row
    is touched that other claims touch. Who may claim is looked up in the claim's own statement, so that a rule made at
    the same moment holds for it whole or not at all. Where `shown` says what the worker saw, it is what they get.
    Raises forbidden, nothing_to_claim, claims_held, terms_stale; for a batch also contract_halted, screened_out,
    not_in_team, worker_blocked, worker_not_allowed, exposure_consent_needed, exposure_limit_reached.
    """
    return _as_shown(session, shown, lambda: [_take(session, actor, _Place(batch_id=batch_id), held_max)])[0]


def claim_task(
    session: Session, actor: Actor, task_id: uuid.UUID, *, shown: ShownTerms | None = None, held_max: int = HELD_MAX
) -> Claimed:
    """Take a seat of one task; raises as `claim_next` does for a batch."""
    task = session.get(Task, task_id)
    place = _Place(task_id=task_id, batch_id=None if task is None else task.batch_id)
    return _as_shown(session, shown, lambda: [_take(session, actor, place, held_max)])[0]


def claim_several(
    session: Session,
    actor: Actor,
    count: int,
    batch_id: uuid.UUID | None = None,
    *,
    shown: ShownTerms | None = None,
    held_max: int = HELD_MAX,
) -> list[Claimed]:
    """Take up to `count` seats at once, each a claim of its own: as many as there are and as one may hold.

    All are the worker's from now on. So that one can be done after the other, the k-th has k times the lease of its
    batch, up to the longest lease that a batch can have.
    Raises as `claim_next` when there is not even one, and invalid.
    """
    if not 1 <= count <= SEVERAL_MAX:
        message = f"From 1 to {SEVERAL_MAX} tasks can be claimed together."
        raise INVALID.error(message, errors=[FieldError("/count", "out_of_range", message)])

    def take_all() -> list[Claimed]:
        # Two of these at once, each with some places of the worker's, would wait for each other's for ever.
        advisory_xact_lock(session, f"claims of {actor.person}")
        place = _Place(batch_id=batch_id)
        taken = [_take(session, actor, place, held_max)]
        for share in range(2, count + 1):
            further = _try(session, actor, place, held_max, share)
            if further is None:
                break
            taken.append(further)
        return taken

    return _as_shown(session, shown, take_all)


class _Place(NamedTuple):
    """Where to look: in one task, in one batch, or anywhere; the batch of a task is for saying why not."""

    batch_id: uuid.UUID | None = None
    task_id: uuid.UUID | None = None

    @property
    def statement(self) -> HotStatement:
        if self.task_id is not None:
            return _CLAIM_OF_TASK
        return _CLAIM_ANYWHERE if self.batch_id is None else _CLAIM_IN_BATCH

    @property
    def looks(self) -> tuple[tuple[bool, int], ...]:
        if self.task_id is not None:
            return _LOOKS[2:]
        return _LOOKS if self.batch_id is None else _LOOKS[1:]


def _take(session: Session, actor: Actor, place: _Place, held_max: int) -> Claimed:
    claimed = _try(session, actor, place, held_max)
    if claimed is None:
        refuse_claim(session, actor.person, place.batch_id, held_max)
    return claimed


def _try(session: Session, actor: Actor, place: _Place, held_max: int, share: int = 1) -> Claimed | None:
    """A seat, with `share` times the lease; None when there is none."""
    actor.require("work.claim")
    worker_id = actor.person
    parameters: dict[str, Any] = {
        "worker_id": worker_id,
        "held_max": held_max,
        "share": share,
        "lease_max": LEASE_SECONDS_MAX,
    }
    if place.task_id is not None:
        parameters["task_id"] = place.task_id
    elif place.batch_id is not None:
        parameters["batch_id"] = place.batch_id
    statement = place.statement
    for from_start, window in place.looks:
        claim_id = new_id()
        first = random.randrange(held_max)  # noqa: S311 - to spread, not to hide
        values = {**parameters, "claim_id": claim_id, "from_start": from_start, "window": window, "first": first}
        found = statement.row(session, values)
        row = None if found is None else _Row(*found)
        if row is not None and row.claimed:
            claimed = _claimed(claim_id, row)
            audit.record(
                session,
                events.CLAIM_CREATED,
                actor,
                subject=("claim", claim_id),
                people=[worker_id],
                body=created_body(claimed, worker_id, claimed.lease_seconds),
                at=claimed.claimed_at,
            )
            return claimed if row.gold is None else masked_claim(session, claimed, worker_id, row.gold)
        if row is None and from_start:
            break
    return None


def _as_shown(session: Session, shown: ShownTerms | None, take: Callable[[], list[Claimed]]) -> list[Claimed]:
    """What `take` claims, if it is as the worker was shown it; else nothing is claimed."""
    if shown is None:
        return take()
    with session.begin_nested():  # so that what was claimed under other terms is undone whatever the caller does
        taken = take()
        for claimed in taken:
            shown.compare(claimed.pay, claimed.terms_hash, claimed.guideline_version)
    return taken


def _claimed(claim_id: uuid.UUID, row: _Row) -> Claimed:
    return Claimed(
        id=claim_id,
        task_id=row.task_id,
        batch_id=row.batch_id,
        job_id=row.job_id,
        state="claimed",
        attempt=1,
        price_chain_id=row.price_chain_id,
        pay=Money(row.pay_amount, row.currency),
        guideline_version=row.guideline_version,
        settlement_terms=SettlementTerms.from_wire(row.settlement_terms),
        terms_hash=row.terms_hash,
        claimed_at=row.claimed_at,
        lease_until=row.lease_until,
        lease_seconds=row.lease_seconds,
        items=claim_items(row.items),
    )


def claim_items(rows: list[dict[str, Any]] | None) -> list[ClaimItem]:
    """Items as the statements of this package aggregate them."""
    return [
        ClaimItem(
            uuid.UUID(row["id"]),
            row["ordinal"],
            row["external_id"],
            row["content"],
            row["width"],
            row["height"],
            row["prelabel"],
            row.get("duration_ms"),
            row.get("point_count"),
        )
        for row in rows or ()
    ]
