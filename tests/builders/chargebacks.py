"""Clients whose payments the rail takes back, over the sandbox."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.coverage import Coverage, coverage
from marketplace.ledger.recipes.accounts import (
    client_deposits,
    client_receivable,
    dispute_freeze,
)
from marketplace.ledger.treasury import put_in_capital
from marketplace.lifecycle.chargebacks import settle_chargebacks
from marketplace.rails.chargeback_models import Chargeback
from marketplace.rails.deposits import collect, receive, start_deposit
from marketplace.rails.models import Deposit
from marketplace.reconciliation.matching import reconcile
from tests.builders.payouts import inside


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def pay_in(session: Session, rail: SandboxRail, client: Actor, amount: str) -> Deposit:
    ordered = start_deposit(session, client, "sandbox", cny(amount))
    found = collect(inside(session), {"sandbox": rail}, ordered.id)
    seen(session, rail)
    return found


def seen(session: Session, rail: SandboxRail) -> None:
    """The sweeps run."""
    rails = {"sandbox": rail}
    receive(inside(session), rails)
    reconcile(inside(session), rails)
    settle_chargebacks(inside(session))
    session.expire_all()


def dispute(session: Session, rail: SandboxRail, deposit: Deposit, amount: str, fee: str = "15") -> Chargeback:
    assert deposit.reference is not None
    rail.dispute(deposit.reference, cny(amount), cny(fee))
    seen(session, rail)
    return newest(session)


def newest(session: Session) -> Chargeback:
    return session.scalars(select(Chargeback).order_by(Chargeback.id.desc()).limit(1)).one()


def capital(session: Session, amount: str) -> None:
    put_in_capital(session, system_actor("tests"), cny(amount))


def books(session: Session, row: Chargeback) -> tuple[str, str, str]:
    """What the client owes, what is frozen, and the client's deposit."""
    accounts = (
        client_receivable(row.organization_id, row.label, "CNY"),
        dispute_freeze(row.label, "CNY"),
        client_deposits(row.organization_id, "CNY"),
    )
    return tuple(balance(session, account).text() for account in accounts)  # type: ignore[return-value]


def covered(session: Session) -> Coverage:
    return coverage(session)["CNY"]
