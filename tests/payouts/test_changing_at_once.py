"""Senders and approvers of a payout whose rate has ended, at once, with real commits."""

import pytest
from sqlalchemy import Engine, func, select

from marketplace.db.engine import transaction
from marketplace.gateways.models import SandboxTransfer
from marketplace.gateways.sandbox import SandboxRail
from marketplace.payouts.approving import approve_payout
from marketplace.payouts.models import Payout, PayoutQuote, PayoutRun
from marketplace.payouts.sending import advance_runs, execute_run
from marketplace.rails.port import Transactions
from tests.builders.at_once import at_once
from tests.builders.payouts import Finance, make_due_chain
from tests.builders.quotes import a_rate, hours_pass, wants
from tests.payouts.test_concurrency import approved, due_market


def ended(engine: Engine, new: str) -> tuple[Finance, Transactions, dict[str, SandboxRail], PayoutRun]:
    """An approved run of which one worker is paid in KES, at a rate that has ended since; `new` is the one now."""
    finance, transactions, rail = due_market(engine, claims=1)
    with transaction(engine) as session:
        chain = make_due_chain(session, items=5, items_per_task=5)
        a_rate(session, by=finance.preparer)
        wants(session, chain.workers[0])
    run = approved(engine, finance)
    with transaction(engine) as session:
        hours_pass(session, 25)
        a_rate(session, new, by=finance.preparer)
    return finance, transactions, {"sandbox": rail}, run


def changed(engine: Engine) -> tuple[str, int, int]:
    """The state of the changed payout, how often it was quoted, and how many transfers were made of it."""
    with transaction(engine) as session:
        payout = session.scalars(select(Payout).where(Payout.paid_currency.is_not(None))).one()
        quotes = session.scalar(select(func.count()).select_from(PayoutQuote)) or 0
        sent = session.scalar(select(func.count()).where(SandboxTransfer.currency == "KES")) or 0
        return payout.state, quotes, sent


@pytest.mark.parametrize(("new", "after"), [("18.5", ("settled", 2, 1)), ("17", ("draft", 2, 0))])
def test_senders_at_once_quote_once_and_send_at_most_once(
    committing_engine: Engine, new: str, after: tuple[str, int, int]
) -> None:
    finance, transactions, rails, run = ended(committing_engine, new)

    def send() -> None:
        execute_run(transactions, finance.preparer, rails, run.id)

    at_once(send, send, send)
    advance_runs(transactions, rails)

    assert changed(committing_engine) == after


def test_approvers_at_once_approve_once_and_it_is_sent_once(committing_engine: Engine) -> None:
    finance, transactions, rails, run = ended(committing_engine, "17")
    execute_run(transactions, finance.preparer, rails, run.id)
    with transaction(committing_engine) as session:
        payout_id = session.scalars(select(Payout.id).where(Payout.state == "draft")).one()

    def approve() -> None:
        with transaction(committing_engine) as session:
            approve_payout(session, finance.approver, payout_id)

    assert at_once(*[approve] * 4) == {"done": 1, "state_conflict": 3}
    at_once(*[lambda: advance_runs(transactions, rails)] * 3)
    assert changed(committing_engine) == ("settled", 2, 1)
