"""Payees' accounts at the imitation of Stripe."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.gateways.stripe_connect.fake.state import State
from marketplace.rails.models import DESTINATION, PayoutDestination


def give_accounts(session: Session, state: State) -> dict[uuid.UUID, str]:
    """Everybody who is paid over the sandbox has an account at Stripe as well; returns these by payee."""
    accounts = {}
    for payee in session.scalars(select(PayoutDestination).where(PayoutDestination.rail == "sandbox")).all():
        account = state.make("acct", "account", capabilities={"transfers": "active"}, metadata={}, payouts_enabled=True)
        theirs = PayoutDestination(payee_id=payee.payee_id, rail="stripe", payee_kind=payee.payee_kind)
        DESTINATION.put(session, theirs, account["id"])
        session.add(theirs)
        accounts[payee.payee_id] = account["id"]
    session.flush()
    return accounts
