"""The bank is a rail, where the bank executes each file and each statement is imported at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.gateways.bank.exporting import content_of, export
from marketplace.gateways.bank.importing import import_statements
from marketplace.gateways.bank.rail import BankRail
from marketplace.gateways.bank_models import BankExpectation
from marketplace.kernel.actor import Actor
from marketplace.rails.port import Accepted, PayoutInstruction, PayoutOutcome, Rail, Refused
from tests.gateways.bank.imitation import OURS, imitation
from tests.rails.contract import Order, RailContract, a_payout

FINANCE = Actor(
    None, None, None, frozenset(), frozenset({"payout_run.execute", "reconciliation.match"}), "test", "finance"
)


class PlayedBank(BankRail):
    """The rail with the bank behind it: after each order the file is executed and its statement imported.

    What goes wrong does so where it can: the database cannot be reached, breaks off before or after the commit; we
    have no account in the currency.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.fault = ""
        self.bank = imitation()
        super().__init__(self._opened, dict(OURS), trial=True)

    @contextmanager
    def _opened(self) -> Iterator[Session]:
        fault, self.fault = self.fault, ""
        if fault == "not_executed":
            raise OperationalError("connect", None, Exception("connection refused"))
        with self.session.begin_nested():
            yield self.session
            if fault == "unknown_before_executing":
                raise OperationalError("commit", None, Exception("server closed the connection"))
        if fault == "unknown_after_executing":
            raise OperationalError("commit", None, Exception("server closed the connection"))

    def script(self, operation: str, kind: str, **more: Any) -> None:
        """Order a failure of the next call."""
        del operation, more
        if kind == "refuse":
            self.accounts = {}
        else:
            self.fault = kind

    def collect(self, instruction: Any) -> Any:
        delayed, self.fault = self.fault == "delay", "" if self.fault == "delay" else self.fault
        outcome = super().collect(instruction)
        reference = self._reference_of(instruction.key)
        if reference and not delayed and not any(line.reference == reference for line in self.lines()):
            self.bank.receive(instruction.amount.text(), f"for the job, {reference}")
        return self._after(outcome)

    def pay_out(self, instruction: Any) -> Any:
        return self._after(super().pay_out(instruction))

    def refund(self, instruction: Any) -> Any:
        return self._after(super().refund(instruction))

    def _reference_of(self, key: str) -> str | None:
        query = select(BankExpectation.reference).where(BankExpectation.idempotency_key == key)
        return self.session.scalars(query).one_or_none()

    def _after(self, outcome: Any) -> Any:
        self.accounts = dict(OURS)
        for file in export(self.session, FINANCE, self.accounts, trial=True):
            self.bank.execute(content_of(self.session, file))
        if self.bank.lines:
            import_statements(self.session, FINANCE, self.accounts, self.bank.camt(market_now(self.session).date()))
        return outcome


@pytest.fixture
def rail(session: Session) -> PlayedBank:
    return PlayedBank(session)


@pytest.fixture
def order(rail: PlayedBank) -> Order:
    return rail.script


class TestBank(RailContract):
    """The bank is a rail."""

    @pytest.fixture
    def destinations(self, rail: Rail) -> tuple[str, str]:
        """Accounts that the rail keeps."""
        assert isinstance(rail, PlayedBank)
        return (
            rail.clean_account("Wanjiku Kamau / GB82 WEST 1234 5698 7654 32"),
            rail.clean_account("Asha Rao / INFSC:HDFC0001234 / 50100012345678"),
        )


def test_an_order_for_no_account_of_ours_is_refused_and_held_for_the_payee(rail: PlayedBank) -> None:
    refused = rail.pay_out(a_payout(destination="acct_1"))

    assert isinstance(refused, Refused)
    assert refused.code == "destination_invalid"


def test_many_at_once_with_one_key_wait_once(committing_engine: Engine) -> None:
    def transactions() -> AbstractContextManager[Session]:
        return transaction(committing_engine)

    rail = BankRail(transactions, OURS, trial=True)
    destination = rail.clean_account("Wanjiku Kamau / GB82WEST12345698765432")
    together = Barrier(8)

    def pay(instruction: PayoutInstruction) -> PayoutOutcome:
        together.wait(timeout=60)
        return rail.pay_out(instruction)

    with ThreadPoolExecutor(8) as threads:
        for _ in range(40):
            instruction = a_payout(destination=destination)
            assert len(set(threads.map(pay, [instruction] * 8))) == 1
            assert len(rail.find_transfer(instruction.transfer_group)) == 1


def test_files_made_at_once_hold_each_payment_once(committing_engine: Engine) -> None:
    def transactions() -> AbstractContextManager[Session]:
        return transaction(committing_engine)

    rail = BankRail(transactions, OURS, trial=True)
    destination = rail.clean_account("Wanjiku Kamau / GB82WEST12345698765432")
    orders = [rail.pay_out(a_payout(destination=destination)) for _ in range(12)]

    def make(_: int) -> list[tuple[str, bytes]]:
        with transactions() as session:
            return [(file.message_id, content_of(session, file)) for file in export(session, FINANCE, OURS, trial=True)]

    with ThreadPoolExecutor(4) as threads:
        made = [file for files in threads.map(make, range(8)) for file in files]

    bank = imitation()
    paid = [reference for _, content in made for reference in bank.execute(content)]
    assert sorted(paid) == sorted(one.reference for one in orders if isinstance(one, Accepted))
