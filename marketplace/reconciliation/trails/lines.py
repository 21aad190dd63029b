"""What stands behind the sums of a trail, a page at a time."""

import datetime as dt
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts.models import PriceChain
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.jobs.models import Item
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.payouts import queries
from marketplace.payouts.models import PayoutLine
from marketplace.settlement.models import Earning, EarningShare, Installment
from marketplace.work.models import Answer


@dataclass(frozen=True, slots=True)
class EarningLine:
    """A dated share that the payout pays, of what an answer to an item earned; `price` is the client's for it."""

    item_id: uuid.UUID
    external_id: str
    answer_id: uuid.UUID
    claim_id: uuid.UUID
    earning_id: uuid.UUID
    installment_id: uuid.UUID
    accepted_on: dt.date
    due_on: dt.date
    price: Money
    earned: Money
    share: Money


@dataclass(frozen=True, slots=True)
class InstallmentLine:
    """An installment that the payout took: `money` as it is now, `taken` as the payout took it."""

    id: uuid.UUID
    contract_id: uuid.UUID
    due_on: dt.date
    state: str
    payout_id: uuid.UUID | None
    money: Money
    taken: Money


def earning_lines(
    session: Session, actor: Actor, payout_id: uuid.UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[EarningLine]:
    """The shares that the payout pays, installment by installment. Needs what `trail` does; raises not_found."""
    _require(session, actor, payout_id)
    wanted = (
        select(EarningShare, Earning, Installment.due_on, Answer.claim_id, Item.id, Item.external_id, PriceChain)
        .join(PayoutLine, PayoutLine.installment_id == EarningShare.installment_id)
        .join(Installment, Installment.id == EarningShare.installment_id)
        .join(Earning, Earning.id == EarningShare.earning_id)
        .join(Answer, Answer.id == Earning.answer_id)
        .join(Item, Item.id == Answer.item_id)
        .join(PriceChain, PriceChain.id == Answer.price_chain_id)
        .where(PayoutLine.payout_id == payout_id)
    )
    keys = [EarningShare.installment_id, EarningShare.earning_id]
    page = paginate(session, wanted, keys=keys, cursor=cursor, limit=limit)
    lines = [
        EarningLine(
            item_id,
            external_id,
            earning.answer_id,
            claim_id,
            earning.id,
            share.installment_id,
            earning.accepted_on,
            due_on,
            chain.client_price,
            earning.money,
            Money(share.amount, earning.currency),
        )
        for share, earning, due_on, claim_id, item_id, external_id, chain in page.data
    ]
    return Page(lines, page.next_cursor)


def installment_lines(
    session: Session, actor: Actor, payout_id: uuid.UUID, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[InstallmentLine]:
    """The installments that the payout took, in the order of their ids. As `earning_lines`."""
    _require(session, actor, payout_id)
    wanted = (
        select(Installment, PayoutLine.amount)
        .join(PayoutLine, PayoutLine.installment_id == Installment.id)
        .where(PayoutLine.payout_id == payout_id)
    )
    page = paginate(session, wanted, keys=[PayoutLine.installment_id], cursor=cursor, limit=limit)
    lines = [
        InstallmentLine(
            row.id, row.contract_id, row.due_on, row.state, row.payout_id, row.money, Money(amount, row.currency)
        )
        for row, amount in page.data
    ]
    return Page(lines, page.next_cursor)


def _require(session: Session, actor: Actor, payout_id: uuid.UUID) -> None:
    actor.require("payout_run.read")
    actor.require("reconciliation.read")
    queries.payout(session, actor, payout_id)
