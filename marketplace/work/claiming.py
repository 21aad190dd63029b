"""Claiming: a worker takes the next open seat, with price chain, guideline, terms and lease frozen in it."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.db.hot import HotStatement
from marketplace.db.sql import load
from marketplace.jobs.labels import ItemMeta
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from marketplace.kernel.terms import SettlementTerms
from marketplace.work import eligibility, events
from marketplace.work.errors import NOTHING_TO_CLAIM
from marketplace.work.models import Claim

_STATEMENTS = load(__file__, "claiming.sql")


def _claiming(candidate: TextClause) -> HotStatement:
    wanted = candidate.text.replace("{open_to_worker}", eligibility.OPEN_TO_WORKER)
    return HotStatement(text(f"WITH {wanted} {_STATEMENTS.claim.text}"))


_CLAIM_IN_BATCH = _claiming(_STATEMENTS.candidate_in_batch)
_CLAIM_ANYWHERE = _claiming(_STATEMENTS.candidate_anywhere)
_LOOKS: Final = (False, True, True, True)
"""Whether to look from the start of the queue: first go on from the last seat, then look everywhere, thrice at most
when claims of the same worker at the same moment get in each other's way."""


@dataclass(frozen=True, slots=True)
class ClaimItem:
    """One item to label: `content` as its kind of labeling has it; width and height in pixels for images of ours.

    `prelabel` is a model's proposal, to be shown as such (see `jobs.prelabels`).
    """

    id: uuid.UUID
    ordinal: int
    external_id: str
    content: dict[str, Any]
    width: int | None
    height: int | None
    prelabel: dict[str, Any] | None = None

    @property
    def meta(self) -> ItemMeta:
        """What an answer to it is checked against."""
        return ItemMeta(self.width, self.height, self.content)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A fresh claim with all that is frozen in it, and its items in order."""

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
    items: list[dict[str, Any]] | None


def claim_next(session: Session, actor: Actor, batch_id: uuid.UUID | None = None) -> Claimed:
    """Take the next open seat for the acting worker, in that batch or in the oldest batch that has one.

    No two live claims of one worker on one task; the money is committed since the seat was released, so that no row
    is touched that other claims touch. Who may claim is looked up in the claim's own statement, so that a rule made at
    the same moment holds for it whole or not at all.
    Raises forbidden, nothing_to_claim; for a batch also screened_out, not_in_team, worker_blocked,
    worker_not_allowed, exposure_consent_needed, exposure_limit_reached.
    """
    actor.require("work.claim")
    worker_id = actor.person
    parameters: dict[str, Any] = {"worker_id": worker_id}
    if batch_id is not None:
        parameters["batch_id"] = batch_id
    statement = _CLAIM_ANYWHERE if batch_id is None else _CLAIM_IN_BATCH
    for from_start in _LOOKS:
        claim_id = new_id()
        values = {**parameters, "claim_id": claim_id, "from_start": from_start}
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
                body=created_body(claimed, worker_id, claimed.lease_until),
                at=claimed.claimed_at,
            )
            return claimed
        if row is None and from_start:
            break
    if batch_id is not None:
        eligibility.refuse(session, worker_id, batch_id)
    raise NOTHING_TO_CLAIM.error("No task is open to you here at the moment.")


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
        )
        for row in rows or ()
    ]


def created_body(claim: Claimed | Claim, worker_id: uuid.UUID, lease_until: dt.datetime) -> dict[str, Any]:
    """What the audit log says of a claim when it is made; `lease_until` as it was then.

    Who is paid follows from the claim's worker, who therefore stands in it and is recomputed too.
    """
    return {
        "worker": public("person", worker_id),
        "task": public("task", claim.task_id),
        "batch": public("batch", claim.batch_id),
        "job": public("job", claim.job_id),
        "item_count": claim.item_count,
        "price_chain": str(claim.price_chain_id),
        "guideline_version": claim.guideline_version,
        "terms_hash": claim.terms_hash.hex(),
        "lease_until": instant(lease_until),
    }
