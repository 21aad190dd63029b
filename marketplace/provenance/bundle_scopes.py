"""Which answers a bundle is about: those of an item, a contract, a job or a month that its reader has a part in.

Nothing here counts what the reader has no part in: a page is filled from the reader's own answers alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, true
from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract, PriceChain, PriceChainLine
from marketplace.contracts.queries import get_contract
from marketplace.contracts.sellers import changed_with, seller_at
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.provenance.statements import Month, payee_of
from marketplace.settlement.models import Earning, EarningShare, Installment
from marketplace.work.gold_models import MaskedItem
from marketplace.work.models import Answer, Claim
from marketplace.work.states import LIVE_CLAIM

ANSWERS_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """The answers of one bundle, oldest first; `after` is where the next bundle begins, None after the last."""

    answer_ids: list[UUID]
    after: UUID | None = None
    installment_ids: frozenset[UUID] = frozenset()
    """The reader's own installments that the bundle tells of, whatever they pay for."""


def of_item(session: Session, actor: Actor, item_id: UUID) -> Chosen:
    """The answers to an item."""
    return _page(session, actor, Answer.item_id == item_id, None)


def of_job(session: Session, actor: Actor, job_id: UUID, after: UUID | None = None) -> Chosen:
    """The answers of a job."""
    return _page(session, actor, Answer.job_id == job_id, after)


def of_contract(session: Session, actor: Actor, contract_id: UUID, after: UUID | None = None) -> Chosen:
    """The answers whose price goes through a contract that the actor may see; raises not_found."""
    found: Contract = get_contract(session, actor, contract_id)
    through = select(PriceChainLine.chain_id).where(PriceChainLine.contract_id == found.id)
    opened = select(PriceChain.id).where(PriceChain.contract_id == found.id)
    chains = or_(Answer.price_chain_id.in_(through), Answer.price_chain_id.in_(opened))
    return _page(session, actor, (Answer.job_id == found.job_id) & chains, after)


def of_month(session: Session, actor: Actor, month: Month, after: UUID | None = None) -> Chosen:
    """The answers that earned the actor something in a month, or of which an installment falls into it."""
    kind, payee_id = payee_of(actor)
    own = (Earning.payee_kind == kind, Earning.payee_id == payee_id)
    accepted = select(Earning.answer_id).where(
        *own, Earning.accepted_on >= month.first, Earning.accepted_on < month.beyond
    )
    dated = (
        select(Earning.answer_id)
        .join(EarningShare, EarningShare.earning_id == Earning.id)
        .join(Installment, Installment.id == EarningShare.installment_id)
        .where(*own, Installment.due_on >= month.first, Installment.due_on < month.beyond)
    )
    page = _page(session, actor, or_(Answer.id.in_(accepted), Answer.id.in_(dated)), after)
    due = select(Installment.id).where(
        Installment.payee_kind == kind,
        Installment.payee_id == payee_id,
        Installment.due_on >= month.first,
        Installment.due_on < month.beyond,
    )
    return replace(page, installment_ids=frozenset(session.scalars(due)))


def _page(session: Session, actor: Actor, wanted: ColumnElement[bool], after: UUID | None) -> Chosen:
    statement = (
        select(Answer.id)
        .join(Claim, Claim.id == Answer.claim_id)
        .join(Job, Job.id == Answer.job_id)
        .where(wanted, has_part(session, actor))
        .order_by(Answer.id)
        .limit(ANSWERS_MAX + 1)
    )
    if after is not None:
        statement = statement.where(Answer.id > after)
    ids = list(session.scalars(statement))
    return Chosen(ids) if len(ids) <= ANSWERS_MAX else Chosen(ids[:ANSWERS_MAX], ids[ANSWERS_MAX - 1])


def has_part(session: Session, actor: Actor) -> ColumnElement[bool]:
    """Over Answer joined with Claim and Job: in whose prices the actor has a part, as `chains.reader_of` says.

    A worker has none in a masked claim that is not decided: which of its answers is gold must not be told by which of
    them can be proven.
    """
    if actor.is_staff:
        return true()
    own = actor.organization_id
    if own is None:
        masked = exists().where(MaskedItem.claim_id == Claim.id)
        return (Claim.worker_id == actor.person) & ~(Claim.state.in_(LIVE_CLAIM) & masked)
    line = PriceChainLine
    in_chain = exists().where(line.chain_id == Answer.price_chain_id, line.organization_id == own)
    in_the_place_of_another = exists().where(
        line.chain_id == Answer.price_chain_id,
        line.contract_id.in_(changed_with(session, own)),
        seller_at(line.contract_id, Answer.decided_at) == own,
    )
    return or_(Job.organization_id == own, in_chain, in_the_place_of_another)
