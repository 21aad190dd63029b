"""What passes over with a contract: how it stands for who is asked to sell under it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session, aliased

from marketplace.contracts.models import Contract
from marketplace.contracts.queries import RateView, rates_of
from marketplace.contracts.states import HOLDING
from marketplace.jobs.models import Job
from marketplace.kernel.money import Money
from marketplace.work.dispute_models import Dispute
from marketplace.work.models import Answer, Batch, Claim


@dataclass(frozen=True, slots=True)
class SoldOn:
    """What a contract sells below itself: items of a rate at a price, to a layer or to workers."""

    to: str
    rate_code: str
    price: Money
    items: int


@dataclass(frozen=True, slots=True)
class Standing:
    """A contract as who is asked to sell under it takes it over.

    Its rate card, what it promised below, and how many claims of its tasks are worked on, how many wait for its
    seller's verdict, and how many answers are contested.
    """

    contract: Contract
    rates: list[RateView]
    sold_on: list[SoldOn]
    claims_under_way: int
    claims_to_review: int
    disputes_open: int


def standing(session: Session, contract_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """How these contracts stand now, by contract."""
    if not contract_ids:
        return {}
    contracts = session.scalars(select(Contract).where(Contract.id.in_(contract_ids))).all()
    below = select(Contract).where(Contract.parent_id.in_(contract_ids), Contract.state.in_(HOLDING))
    children = session.scalars(below.order_by(Contract.id)).all()
    rates = rates_of(session, [*contract_ids, *(child.id for child in children)])
    sold_on: dict[UUID, list[SoldOn]] = {contract.id: [] for contract in contracts}
    for child in children:
        assert child.parent_id is not None
        sold_on[child.parent_id] += [SoldOn("layer", rate.code, rate.price, rate.items) for rate in rates[child.id]]
    opened = select(Batch).where(Batch.contract_id.in_(contract_ids), Batch.state == "open")
    for batch in session.scalars(opened.order_by(Batch.id)):
        sold_on[batch.contract_id].append(SoldOn("workers", batch.rate_code, batch.pay, batch.item_count))
    under_way, to_review, disputes = (_counts(session, wanted) for wanted in _waiting(contract_ids))
    return {
        one.id: Standing(
            one,
            rates[one.id],
            sold_on[one.id],
            under_way.get(one.id, 0),
            to_review.get(one.id, 0),
            disputes.get(one.id, 0),
        )
        for one in contracts
    }


def _waiting(contract_ids: Collection[UUID]) -> tuple[Select[UUID, int], Select[UUID, int], Select[UUID, int]]:
    """By contract: claims that workers have, claims that its seller reviews, open disputes."""
    own = Batch.contract_id.in_(contract_ids)
    of_claims = select(Batch.contract_id, func.count()).select_from(Claim).join(Batch, Batch.id == Claim.batch_id)
    under_way = of_claims.where(own, Claim.state == "claimed").group_by(Batch.contract_id)
    disputes = (
        of_claims.join(Answer, Answer.claim_id == Claim.id)
        .join(Dispute, Dispute.answer_id == Answer.id)
        .where(own, Dispute.state.in_(["open", "answered"]))
        .group_by(Batch.contract_id)
    )
    opener = aliased(Contract)
    reviewed: ColumnElement[UUID] = case(
        (Job.acceptance_by == "layer", opener.id), (Job.acceptance_by == "parent", opener.parent_id)
    )
    to_review = (
        select(reviewed, func.count())
        .select_from(Claim)
        .join(Batch, Batch.id == Claim.batch_id)
        .join(opener, opener.id == Batch.contract_id)
        .join(Job, Job.id == Batch.job_id)
        .where(Claim.state == "submitted", reviewed.in_(contract_ids))
        .group_by(reviewed)
    )
    return under_way, to_review, disputes


def _counts(session: Session, wanted: Select[UUID, int]) -> dict[UUID, int]:
    return {row[0]: row[1] for row in session.execute(wanted)}
