"""Price chains of answers for those who may read them: plan, and what is earned and paid of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts.chain import Chain
from marketplace.contracts.chains import load
from marketplace.contracts.sellers import Sellers, changed_with
from marketplace.jobs.models import Item, Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.money import Money
from marketplace.kernel.texts import say
from marketplace.provenance.policy import ChainPart, PartKind, Reader, ReaderKind, reveal, sees_everything
from marketplace.provenance.prices import PriceOrigin, Reading, price_origins
from marketplace.settlement.extra_models import Extra
from marketplace.settlement.extra_queries import extras_of_claims
from marketplace.settlement.queries import PaidLine, shares_of_answers
from marketplace.work import finding
from marketplace.work.masking import sibling_of
from marketplace.work.models import Answer, Batch, Claim
from marketplace.work.states import EARNED_ANSWER, PAID_ANSWER

ANSWERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Payment:
    """One dated share of a part, with the state of the installment that pays it."""

    due_on: dt.date
    amount: Money
    state: str


@dataclass(frozen=True, slots=True)
class PartView:
    """A part of the price as planned, what of it is earned, and when it is paid.

    `earned` is nothing until the answer is accepted, and for hidden parts what was planned of
    them once it is. `payments` are shown of one's own part, and of all where all prices are shown.
    """

    part: ChainPart
    earned: Money
    payments: tuple[Payment, ...]

    @property
    def paid(self) -> Money:
        """What has arrived."""
        zero = Money.zero(self.earned.currency)
        return sum((payment.amount for payment in self.payments if payment.state == "paid"), zero)


@dataclass(frozen=True, slots=True)
class ChainView:
    """One answer's price chain for one reader; the amounts of the parts sum to the client price."""

    answer_id: UUID
    item_id: UUID
    job_id: UUID
    rate_code: str
    state: str
    policy: str
    reader: Reader
    client_price: Money
    parts: tuple[PartView, ...]
    extras: tuple[Extra, ...] = ()
    """What was paid for the claim beside the price of its answers, as far as the reader gets or pays it."""
    origins: tuple[PriceOrigin, ...] = ()
    """Who set the prices that the reader knows, when, and under which version."""

    @property
    def accepted(self) -> bool:
        """Whether the price has been paid out of the reserve."""
        return self.state in PAID_ANSWER


def answer_chain(session: Session, actor: Actor, answer_id: UUID) -> ChainView:
    """The price chain of one answer as the actor may see it.

    Raises forbidden without price_chain.read (a worker: price_chain.read.own), not_found for an
    answer the actor has no part in.
    """
    _require(actor)
    views = chain_views(session, actor, [answer_id])
    if not views and actor.organization_id is None:
        # A gold answer has the chain of the others on its claim.
        other = sibling_of(session, actor.person, answer_id)
        views = [replace(view, answer_id=answer_id) for view in chain_views(session, actor, [other] if other else [])]
    if not views:
        raise NOT_FOUND.error(say("There is no answer with this id."), noun="answer")
    return views[0]


def item_chains(session: Session, actor: Actor, item_id: UUID) -> list[ChainView]:
    """The price chains of an item's answers that the actor may see, oldest first, at most 200.

    Raises not_found for an item of which the actor may see nothing; the job's client and the
    auditor get an empty list where there is no answer yet.
    """
    _require(actor)
    item = session.get(Item, item_id)
    if item is None:
        raise NOT_FOUND.error("There is no item with this id.", noun="item")
    ids = session.scalars(select(Answer.id).where(Answer.item_id == item_id).order_by(Answer.id).limit(ANSWERS_MAX))
    views = chain_views(session, actor, ids.all())
    if not views and _standing(actor, session.get_one(Job, item.job_id)) is None:
        raise NOT_FOUND.error("There is no item with this id.", noun="item")
    return views


def _require(actor: Actor) -> None:
    actor.require("price_chain.read" if actor.organization_id is not None else "price_chain.read.own")


def _standing(actor: Actor, job: Job) -> Reader | None:
    """The reader who needs no part in the single chain: the auditor and the client."""
    if actor.is_staff:
        return Reader(ReaderKind.EVERYTHING)
    if actor.organization_id is not None and actor.organization_id == job.organization_id:
        return Reader(ReaderKind.CLIENT, actor.organization_id)
    return None


def reader_of(
    actor: Actor, job: Job, chain: Chain, worker_id: UUID, taken_over: Collection[UUID] = ()
) -> Reader | None:
    """In which place the actor stands in a chain; None for who has no part in it.

    `taken_over` are contracts under which the actor's organization sold this, who else may have at the claim.
    """
    standing = _standing(actor, job)
    if standing is not None:
        return standing
    if actor.organization_id is None:
        return Reader(ReaderKind.WORKER) if actor.person_id == worker_id else None
    mine = {line.contract_id for line in chain.lines}.intersection(taken_over)
    if mine or any(line.organization_id == actor.organization_id for line in chain.lines):
        return Reader(ReaderKind.LAYER, actor.organization_id, frozenset(mine))
    return None


def readings(session: Session, actor: Actor, answer_ids: Sequence[UUID]) -> list[Reading]:
    """Those of the answers that the actor has a part in, oldest first; who calls has asked may they."""
    rows = session.execute(
        select(Answer, Claim.worker_id, Job)
        .join(Claim, Claim.id == Answer.claim_id)
        .join(Job, Job.id == Answer.job_id)
        .where(Answer.id.in_(answer_ids))
        .order_by(Answer.id)
    ).all()
    chains = load(session, {row.Answer.price_chain_id for row in rows})
    named = {line.contract_id for chain in chains.values() for line in chain.lines}
    changed = changed_with(session, actor.organization_id) & named
    sellers = Sellers(session, changed)
    found = []
    for answer, worker_id, job in rows:
        chain = chains[answer.price_chain_id]
        sold = {one for one in changed if sellers.at(one, answer.decided_at) == actor.organization_id}
        reader = reader_of(actor, job, chain, worker_id, sold)
        if reader is not None:
            found.append(Reading(answer, job, chain, reader))
    return found


def chain_views(session: Session, actor: Actor, answer_ids: Sequence[UUID]) -> list[ChainView]:
    """The chains of those of the answers that the actor has a part in, oldest first; who calls has asked may they."""
    if not answer_ids:
        return []
    read = readings(session, actor, answer_ids)
    payments = shares_of_answers(session, [one.answer.id for one in read])
    views = [_view(one, payments[one.answer.id]) for one in read]
    claims = {one.answer.id: one.answer.claim_id for one in read}
    extras = extras_of_claims(session, actor, set(claims.values())) if views else {}
    origins = price_origins(session, read)
    return [
        replace(view, extras=tuple(extras[claims[view.answer_id]]), origins=origins[view.answer_id]) for view in views
    ]


def _view(one: Reading, shares: list[PaidLine]) -> ChainView:
    answer, job, chain, reader = one.answer, one.job, one.chain, one.reader
    accepted = answer.state in PAID_ANSWER
    all_shown = sees_everything(job.price_visibility, reader)
    parts = []
    for part in reveal(chain, job.price_visibility, reader):
        shown = tuple(
            Payment(share.due_on, share.share, share.state)
            for share in shares
            if _pays(part, share) and (all_shown or (part.own and _is_own(share, reader)))
        )
        # What was accepted by mistake earned its worker the pay all the same.
        earned = accepted or (answer.state in EARNED_ANSWER and part.kind is PartKind.PAY)
        parts.append(PartView(part, part.amount if earned else Money.zero(part.amount.currency), shown))
    return ChainView(
        answer_id=answer.id,
        item_id=answer.item_id,
        job_id=job.id,
        rate_code=chain.rate_code,
        state=answer.state,
        policy=job.price_visibility,
        reader=reader,
        client_price=chain.client_price,
        parts=tuple(parts),
    )


def planned_chain(session: Session, actor: Actor, batch_id: UUID) -> tuple[Money, tuple[ChainPart, ...]]:
    """What the client will pay for an answer to tasks that are open to the acting worker, and the parts they may see.

    They see before a claim what they would see after it. Raises forbidden, not_found.
    """
    batch = finding.open_batch(session, actor, batch_id)
    row = session.get_one(Batch, batch.id)
    chain = load(session, {row.price_chain_id})[row.price_chain_id]
    policy = session.get_one(Job, batch.job_id).price_visibility
    return chain.client_price, reveal(chain, policy, Reader(ReaderKind.WORKER))


def shows_payments(view: ChainView, part: ChainPart) -> bool:
    """Whether the payments of a part are shown: of one's own, and of all where all prices are; a fee has none."""
    all_shown = sees_everything(view.policy, view.reader)
    return part.kind in {PartKind.MARGIN, PartKind.PAY} and (part.own or all_shown)


def _is_own(share: PaidLine, reader: Reader) -> bool:
    """Whether it is paid to the reader: a contract that changed its seller has margins of each of them."""
    return reader.kind is ReaderKind.WORKER or share.payee_id == reader.organization_id


def _pays(part: ChainPart, share: PaidLine) -> bool:
    if part.kind is PartKind.PAY:
        return share.payee_kind == "worker"
    return part.kind is PartKind.MARGIN and share.payee_kind == "layer" and share.contract_id == part.contract_id
