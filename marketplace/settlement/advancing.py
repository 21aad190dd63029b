"""Advances: a worker takes pay that is already theirs before its day.

Only pay that was earned by accepted answers, and without recourse: whatever becomes of a layer or the client later,
nothing is taken back from the worker. The fee is quoted as an amount, the worker confirms that very amount, and the
payout that arrives takes it; whoever does nothing gets the whole on its day, for free.
"""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import market_now
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day
from marketplace.kernel.errors import NOT_FOUND, DomainError, FieldError
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money, fee_floor
from marketplace.kernel.texts import named, say
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.accounts import DatedShare
from marketplace.ledger.recipes.earning import j9_advanced
from marketplace.rails.methods import has_destination
from marketplace.settlement import holding
from marketplace.settlement.errors import ADVANCE_FEE_DIFFERS, ADVANCE_IMPOSSIBLE
from marketplace.settlement.events import INSTALLMENT_ADVANCED
from marketplace.settlement.models import Installment
from marketplace.settlement.pay_holds import covered
from marketplace.settlement.queries import visible_to


@dataclass(frozen=True, slots=True)
class Offer:
    """Both ways to one's pay: all of it on `free_on` without doing anything, or less a fee with the next payout."""

    installment_id: uuid.UUID
    free_on: dt.date
    amount: Money
    fee: Money

    @property
    def rest(self) -> Money:
        """What is less than the currency's minor unit: it stays owed and comes with a later payout."""
        return self.amount - self.fee - self.arrives

    @property
    def arrives(self) -> Money:
        """What comes with the next payout, in whole minor units."""
        return (self.amount - self.fee).floor_to_minor()


def offer(session: Session, actor: Actor, installment_id: uuid.UUID, fee_ppm: int) -> Offer:
    """What taking one's installment early brings and costs, and when it comes for free; changes nothing.

    `fee_ppm` is the operator's fee in parts per million. Needs advance.take. Raises not_found, advance_impossible.
    """
    actor.require("advance.take")
    row = _find(session, actor, installment_id)
    return _offered(session, row, fee_ppm)


def offers(session: Session, actor: Actor, rows: Sequence[Installment], fee_ppm: int) -> list[Offer]:
    """The offers for those of these installments, which the actor may see, that can be taken early.

    Nothing without advance.take.
    """
    today = market_now(session).date()
    if not actor.may("advance.take") or not has_destination(session, actor.person):
        return []
    held = set(
        session.scalars(select(Installment.id).where(Installment.id.in_(row.id for row in rows), covered(today)))
    )
    quotes = [(row, _quote(row, fee_ppm)) for row in rows]
    return [quote for row, quote in quotes if row.id not in held and _why_not(row, quote, today) is None]


def take_advance(session: Session, actor: Actor, installment_id: uuid.UUID, *, fee: Money, fee_ppm: int) -> Installment:
    """Take one's installment early for the fee that was quoted: J9, and the next payout run pays it.

    What is earned later for the same day opens another installment. Asked again it changes nothing. Needs
    advance.take. Raises not_found; advance_impossible when it is due already, or nothing could be paid; and
    advance_fee_differs when the fee is another than the quoted one by now: then nothing was taken.
    """
    actor.require("advance.take")
    _find(session, actor, installment_id)
    # Under the lock its amount and state stand still: whoever lets it grow or fall due comes before or after.
    (row,) = holding.lock_installments(session, Installment.id == installment_id)
    if row.advanced_at is not None:
        if fee < row.fee:
            raise _differs(fee, row.fee)
        return row
    offered = _offered(session, row, fee_ppm)
    if fee != offered.fee:
        raise _differs(fee, offered.fee)
    share = DatedShare(row.payee_id, row.contract_id, row.due_on, row.money)
    subject = ("installment", row.id)
    posted = post(session, actor, kind="J9", key=f"J9:{public(*subject)}", pairs=j9_advanced(share), subject=subject)
    holding.advance(session, row, offered.fee)
    body = {
        "contract": public("contract", row.contract_id),
        "due_on": day(row.due_on),
        "amount": row.money.to_wire(),
        "fee": offered.fee.to_wire(),
        "journal": public("journal", posted.journal_id),
    }
    record(session, INSTALLMENT_ADVANCED, actor, subject=subject, people={row.payee_id}, body=body)
    return row


def _find(session: Session, actor: Actor, installment_id: uuid.UUID) -> Installment:
    mine = (Installment.payee_kind == "worker", Installment.payee_id == actor.person_id)
    row = session.scalar(select(Installment).where(Installment.id == installment_id, visible_to(actor), *mine))
    if row is None:
        raise NOT_FOUND.error(say("There is no installment of yours with this id."), noun="installment")
    return row


def _offered(session: Session, row: Installment, fee_ppm: int) -> Offer:
    quote = _quote(row, fee_ppm)
    today = market_now(session).date()
    why_not = _why_not(row, quote, today)
    if why_not is None and not has_destination(session, row.payee_id):
        why_not = say("Say first where you are paid: there is no payout method yet.")
    if why_not is None and session.scalar(select(Installment.id).where(Installment.id == row.id, covered(today))):
        why_not = say("Your pay is held at present: it can be taken early once that has ended.")
    if why_not is not None:
        raise ADVANCE_IMPOSSIBLE.error(why_not, current=row.state, due_on=day(row.due_on))
    return quote


def _quote(row: Installment, fee_ppm: int) -> Offer:
    return Offer(row.id, row.due_on, row.money, fee_floor(row.money, fee_ppm))


def _why_not(row: Installment, quote: Offer, today: dt.date) -> str | None:
    if row.state != "scheduled":
        return say(
            "This installment is %(state)s: only one that still waits for its day can be taken.", state=named(row.state)
        )
    if row.due_on <= today:
        return say("This installment is due today, for free.")
    if quote.arrives.is_zero:
        return say(
            "Less than the smallest unit of %(currency)s would arrive; it comes with the next payout after its day.",
            currency=row.currency,
        )
    return None


def _differs(quoted: Money, now: Money) -> DomainError:
    message = say(
        "The fee is %(now)s now, not %(quoted)s. Nothing was taken; look at the offer again.", now=now, quoted=quoted
    )
    field = FieldError("/fee", "differs", message)
    return ADVANCE_FEE_DIFFERS.error(message, errors=[field], quoted=quoted.to_wire(), fee=now.to_wire())
