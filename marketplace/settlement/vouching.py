"""Which layer vouched for an accepted answer."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.contracts.paths import path
from marketplace.contracts.sellers import Sellers
from marketplace.settlement.models import Earning
from marketplace.work.models import Answer, Batch, Claim, Review


@dataclass(frozen=True, slots=True)
class Vouched:
    """One accepted answer: who took part in its sale, who accepted it, and who vouched for it.

    `sides` are the organizations from the client (first) down to the layer that opened the task, `vouching` the place
    of the one that vouched among them: 0 where only the client did. `accepted_by` is the
    organization whose reviewer accepted, None where the timer, or the draw of a sample, did.
    """

    answer_id: uuid.UUID
    job_id: uuid.UUID
    state: str
    accepted_on: dt.date
    guideline_version: int
    worker_id: uuid.UUID
    price_chain_id: uuid.UUID
    sides: tuple[uuid.UUID, ...]
    contracts: tuple[uuid.UUID, ...]
    vouching: int
    accepted_by: uuid.UUID | None

    @property
    def organization_id(self) -> uuid.UUID:
        """Who vouched."""
        return self.sides[self.vouching]

    @property
    def contract_id(self) -> uuid.UUID:
        """The contract by which it sells."""
        return self.contracts[self.vouching]


def vouched(session: Session, answer_ids: Sequence[uuid.UUID]) -> list[Vouched]:
    """What stands behind these answers, in their order; those that are not there or were never paid are left out.

    The layer that vouched is the one whose reviewer accepted the answer. Where that was the client, or nobody (the
    timer, or a sample that left the answer out), it is the layer that opened the task: its workers answered. A side is
    who earned the margin on the answer, so the former seller of a contract that went on to another since; where there
    was no margin to earn, who sold when it was decided.
    """
    rows = session.execute(
        select(
            Answer.id,
            Answer.job_id,
            Answer.state,
            Answer.decided_at,
            Answer.price_chain_id,
            Claim.guideline_version,
            Claim.worker_id,
            Batch.contract_id,
        )
        .join(Claim, Claim.id == Answer.claim_id)
        .join(Batch, Batch.id == Claim.batch_id)
        .where(Answer.id.in_(answer_ids))
    ).all()
    earnings: dict[uuid.UUID, list[Earning]] = {}
    for earning in session.scalars(select(Earning).where(Earning.answer_id.in_(answer_ids))):
        earnings.setdefault(earning.answer_id, []).append(earning)
    reviewers = _acceptances(session, answer_ids)
    ways = {row.contract_id: path(session, row.contract_id) for row in rows}
    sellers = Sellers(session, {one.id for way in ways.values() for one in way})
    found = {
        row.id: _of(row, ways[row.contract_id], sellers, earnings[row.id], reviewers.get(row.id))
        for row in rows
        if row.id in earnings
    }
    return [found[answer_id] for answer_id in answer_ids if answer_id in found]


def _acceptances(session: Session, answer_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID | None]:
    wanted = select(Review).where(Review.answer_id.in_(answer_ids), Review.verdict == "accept")
    newest_last = session.scalars(wanted.order_by(Review.created_at, Review.id))
    return {review.answer_id: review.reviewer_organization_id for review in newest_last}


def _of(
    row: Any, way: list[Contract], sellers: Sellers, earnings: list[Earning], reviewer: uuid.UUID | None
) -> Vouched:
    margins = {earning.contract_id: earning for earning in earnings if earning.payee_kind == "layer"}
    sides = tuple(margins[one.id].payee_id if one.id in margins else sellers.at(one.id, row.decided_at) for one in way)
    # From below: one that sells in two contracts of the path reviewed the work of the lower.
    place = next((at for at in range(len(way) - 1, 0, -1) if sides[at] == reviewer), len(way) - 1)
    return Vouched(
        answer_id=row.id,
        job_id=row.job_id,
        state=row.state,
        accepted_on=earnings[0].accepted_on,
        guideline_version=row.guideline_version,
        worker_id=row.worker_id,
        price_chain_id=row.price_chain_id,
        sides=sides,
        contracts=tuple(one.id for one in way),
        vouching=place,
        accepted_by=reviewer,
    )
