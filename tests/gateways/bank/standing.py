"""The rail bank, an imitation of the bank, and the finance person between them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.bank.exporting import content_of, export
from marketplace.gateways.bank.importing import import_statements
from marketplace.gateways.bank.rail import BankRail
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.ledger.models import Journal
from marketplace.payouts.approving import approve_run
from marketplace.payouts.models import Payout
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.recovering import confirm_sent
from marketplace.payouts.sending import execute_run
from marketplace.rails.bank_files import ImportedStatement
from marketplace.rails.deposits import collect, receive, start_deposit
from marketplace.rails.models import Deposit, Refund
from marketplace.rails.refunds import order_refund, send_refund
from marketplace.reconciliation.matching import reconcile
from tests.builders.payees import move_to
from tests.builders.payouts import inside, make_due_chain, make_finance
from tests.gateways.bank.imitation import OURS, ImitationBank, Line

DAY = dt.date(2027, 3, 1)
WRITTEN = "Wanjiku Kamau / gb82 WEST 12345698765432"


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY", negative=True)


@dataclass
class AtTheBank:
    """The rail, the imitation of the bank, and the finance person between them."""

    session: Session
    rail: BankRail
    bank: ImitationBank
    finance: Actor
    lost: list[Line] = field(default_factory=list)
    """What the bank has not executed yet."""

    def bring(self, statement: bytes | None = None) -> ImportedStatement:
        (imported,) = import_statements(self.session, self.finance, OURS, statement or self.bank.camt(DAY))
        self.book()
        return imported

    def book(self) -> None:
        opened, rails = inside(self.session), {"bank": self.rail}
        receive(opened, rails)
        confirm_sent(opened, rails)
        reconcile(opened, rails)
        self.session.expire_all()

    def send(self) -> list[str]:
        made = export(self.session, self.finance, OURS, trial=True)
        return [reference for file in made for reference in self.bank.execute(content_of(self.session, file))]


def a_deposit(there: AtTheBank, client: Actor, amount: str = "900.00") -> Deposit:
    ordered = start_deposit(there.session, client, "bank", cny(amount))
    return collect(inside(there.session), {"bank": there.rail}, ordered.id)


def a_waiting_refund(there: AtTheBank, client: Actor, amount: Money) -> Refund:
    """A client's refund of that amount that no statement has shown yet."""
    deposit = a_deposit(there, client)
    there.bank.receive("900.00", deposit.reference or "")
    there.bring(there.bank.camt(market_now(there.session).date()))
    refund = order_refund(there.session, client, deposit.id, amount)
    send_refund(inside(there.session), {"bank": there.rail}, refund.id)
    assert refund.state == "pending"
    return refund


def a_sent_payout(there: AtTheBank) -> Payout:
    """A worker's payout that the bank has a file with."""
    chain, finance = make_due_chain(there.session), make_finance(there.session)
    worker = chain.workers[0]
    move_to(there.session, worker, there.rail.clean_account(WRITTEN), rail="bank")
    run = prepare_run(there.session, finance.preparer, "bank")
    approve_run(there.session, finance.approver, run.id)
    execute_run(inside(there.session), finance.preparer, {"bank": there.rail}, run.id)
    payout = there.session.scalars(select(Payout).where(Payout.run_id == run.id)).one()
    assert payout.state == "sent"
    return payout


def journals(session: Session, kind: str) -> int:
    return session.scalars(select(func.count()).where(Journal.kind == kind)).one()
