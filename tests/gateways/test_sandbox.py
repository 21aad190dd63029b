import datetime as dt
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace.db import clock
from marketplace.db.engine import transaction
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import system_actor
from marketplace.rails.port import Accepted, PayoutInstruction, Refused
from tests.rails.contract import Order, RailContract, a_charge, a_payout


@pytest.fixture
def rail(session: Session) -> SandboxRail:
    @contextmanager
    def nested() -> Iterator[Session]:
        with session.begin_nested():
            yield session

    return SandboxRail(nested)


@pytest.fixture
def order(rail: SandboxRail) -> Order:
    return rail.script


class TestSandbox(RailContract):
    """The sandbox is a rail."""


def test_delayed_money_is_shown_when_the_market_gets_there(session: Session, rail: SandboxRail) -> None:
    rail.script("collect", "delay", delay_seconds=3600)
    rail.collect(a_charge())
    before = clock.market_now(session)

    clock.advance(session, system_actor("test"), before + dt.timedelta(hours=2), allowed=True)

    assert len(rail.events(before)) == 1
    assert len(rail.lines(before)) == 1
    assert rail.lines(before + dt.timedelta(hours=3)) == []


def test_a_refused_transfer_is_found_with_its_refusal(rail: SandboxRail) -> None:
    rail.script("pay_out", "refuse")
    instruction = a_payout()

    refused = rail.pay_out(instruction)

    (found,) = rail.find_transfer(instruction.transfer_group)
    assert (found.key, found.refused) == (instruction.key, refused)


def test_a_failure_strikes_only_where_it_was_ordered(rail: SandboxRail) -> None:
    rail.script("pay_out", "refuse", match="acct_bad", times=2, code="account_closed")

    assert isinstance(rail.pay_out(a_payout(destination="acct_good")), Accepted)
    refused = rail.pay_out(a_payout(destination="acct_bad"))
    assert isinstance(refused, Refused)
    assert refused.code == "account_closed"
    assert isinstance(rail.pay_out(a_payout(destination="acct_bad")), Refused)
    assert isinstance(rail.pay_out(a_payout(destination="acct_bad")), Accepted)


def test_many_at_once_with_one_key_have_one_effect(committing_engine: Engine) -> None:
    def transactions() -> AbstractContextManager[Session]:
        return transaction(committing_engine)

    rail = SandboxRail(transactions)
    instruction: PayoutInstruction = a_payout()

    with ThreadPoolExecutor(8) as threads:
        outcomes = set(threads.map(rail.pay_out, [instruction] * 16))

    assert len(outcomes) == 1
    assert len(rail.find_transfer(instruction.transfer_group)) == 1
    assert len(rail.lines()) == 1
