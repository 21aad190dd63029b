"""Payees who change where they are paid."""

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.rails.change_models import PayoutDestinationChange
from marketplace.rails.changing import Notice
from marketplace.rails.methods import keep_destination, let_change_take_effect
from tests.builders.identity import Mailbox, signed_in

NOTICE = Notice(Mailbox(), "https://market.test")


def ask_to_be_paid_at(
    session: Session, payee: Actor, destination: str, *, rail: str = "sandbox", mailbox: Mailbox | None = None
) -> PayoutDestinationChange:
    """A change that waits, asked for by whoever just signed in as that payee."""
    notice = Notice(mailbox or Mailbox(), "https://market.test")
    change = keep_destination(session, signed_in(session, payee), rail, destination, notice)
    assert isinstance(change, PayoutDestinationChange)
    return change


def let_time_pass(session: Session, hours: float = 48) -> None:
    """As if everybody who waits had asked so many hours earlier: real time cannot be moved."""
    earlier = dt.timedelta(hours=hours)
    waiting = update(PayoutDestinationChange).where(PayoutDestinationChange.state == "waiting")
    session.execute(
        waiting.values(
            asked_at=PayoutDestinationChange.asked_at - earlier,
            takes_effect_at=PayoutDestinationChange.takes_effect_at - earlier,
        )
    )
    for change in session.scalars(select(PayoutDestinationChange)):
        session.refresh(change)


def move_to(session: Session, payee: Actor, destination: str, *, rail: str = "sandbox") -> None:
    """The payee is paid there from now on: they asked two days ago."""
    ask_to_be_paid_at(session, payee, destination, rail=rail)
    let_time_pass(session)
    while let_change_take_effect(session):
        pass
