"""What the pages of workers and organizations show of where they are paid."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.db.sealed import masked
from marketplace.identity.stepping_up import address_to_step_up
from marketplace.kernel.actor import Actor
from marketplace.rails.bank_refusal_models import BankRefusal
from marketplace.rails.bank_refusals import stopped_rails
from marketplace.rails.change_models import CHANGE
from marketplace.rails.changing import Notice, waiting_changes
from marketplace.rails.methods import destination_of, has_destination
from marketplace.web.context import get_context


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """A change that has not taken effect; `destination` is masked, the moment real time."""

    id: uuid.UUID
    destination: str
    takes_effect_at: dt.datetime


@dataclass(frozen=True, slots=True)
class PayoutMethod:
    """Where a payee is paid on a rail, masked; None where it was never said.

    `refused` is what the payee's own bank did not take, for which nothing is paid there now.
    """

    rail: str
    destination: str | None
    change: WaitingChange | None
    refused: Sequence[BankRefusal] = ()


def notice() -> Notice:
    """How payees are told of changes."""
    context = get_context()
    return Notice(context.mailer, context.settings.public_url)


def methods_of(session: Session, payee_id: uuid.UUID) -> list[PayoutMethod]:
    """One for each rail that is here. Raises sealed_unreadable for a change whose key is gone."""
    changes, stopped = waiting_changes(session, payee_id), stopped_rails(session, payee_id)
    found = []
    for rail in sorted(get_context().rails):
        present, change = destination_of(session, payee_id, rail), changes.get(rail)
        waiting = (
            None
            if change is None
            else WaitingChange(change.id, masked(CHANGE.get(session, change)), change.takes_effect_at)
        )
        shown = None if present is None else masked(present)
        found.append(PayoutMethod(rail, shown, waiting, stopped.get(rail, ())))
    return found


def address_to_sign_in_again(session: Session, actor: Actor, payee_id: uuid.UUID) -> str | None:
    """The actor's address where they must sign in again before they change anything; None where they need not."""
    return address_to_step_up(session, actor) if has_destination(session, payee_id) else None
