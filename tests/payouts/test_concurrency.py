"""Two senders and two preparers at once, with real commits."""

from contextlib import AbstractContextManager

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.gateways.models import SandboxTransfer
from marketplace.gateways.sandbox import SandboxRail
from marketplace.payouts.approving import approve_run
from marketplace.payouts.models import Payout, PayoutLine, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.recovering import confirm_sent, resolve_unknown
from marketplace.payouts.sending import advance_runs, execute_run
from marketplace.rails.port import Transactions
from marketplace.settlement.models import Installment
from tests.builders.at_once import at_once
from tests.builders.payouts import Finance, end_leases, make_due_chain, make_finance


def due_market(engine: Engine, claims: int = 6) -> tuple[Finance, Transactions, SandboxRail]:
    with transaction(engine) as session:
        make_due_chain(session, claims=claims, items=5 * claims, items_per_task=5)
        finance = make_finance(session)

    def transactions() -> AbstractContextManager[Session]:
        return transaction(engine)

    return finance, transactions, SandboxRail(transactions)


def approved(engine: Engine, finance: Finance) -> PayoutRun:
    with transaction(engine) as session:
        run = prepare_run(session, finance.preparer, "sandbox")
        return approve_run(session, finance.approver, run.id)


def transfers(engine: Engine) -> int:
    with transaction(engine) as session:
        return session.scalar(select(func.count()).select_from(SandboxTransfer)) or 0


def test_senders_of_one_run_at_once_pay_everybody_once(committing_engine: Engine) -> None:
    finance, transactions, rail = due_market(committing_engine)
    run = approved(committing_engine, finance)
    rails = {"sandbox": rail}

    def send() -> None:
        execute_run(transactions, finance.preparer, rails, run.id)

    def sweep() -> None:
        advance_runs(transactions, rails)
        confirm_sent(transactions, rails)
        resolve_unknown(transactions, rails)

    at_once(send, send, send, sweep, sweep)
    advance_runs(transactions, rails)
    assert transfers(committing_engine) == 8
    with transaction(committing_engine) as session:
        assert session.scalars(select(Payout.state).distinct()).all() == ["settled"]
        assert session.get_one(PayoutRun, run.id).state == "done"


def test_those_who_resolve_one_silence_at_once_adopt_one_transfer(committing_engine: Engine) -> None:
    finance, transactions, rail = due_market(committing_engine, claims=2)
    run = approved(committing_engine, finance)
    rails = {"sandbox": rail}
    rail.script("pay_out", "unknown_before_executing", times=1)
    rail.script("pay_out", "unknown_after_executing", times=1)
    execute_run(transactions, finance.preparer, rails, run.id)
    with transaction(committing_engine) as session:
        end_leases(session)
    at_once(*[lambda: resolve_unknown(transactions, rails)] * 6)
    for _ in range(2):
        advance_runs(transactions, rails)
    assert transfers(committing_engine) == 4
    with transaction(committing_engine) as session:
        assert session.scalars(select(Payout.state).distinct()).all() == ["settled"]


def test_preparers_at_once_put_each_installment_into_one_payout(committing_engine: Engine) -> None:
    finance, _, _ = due_market(committing_engine)

    def prepare() -> None:
        with transaction(committing_engine) as session:
            prepare_run(session, finance.preparer, "sandbox")

    outcomes = at_once(*[prepare] * 4)
    assert outcomes == {"done": 1, "nothing_due": 3}
    with transaction(committing_engine) as session:
        lines = session.scalar(select(func.count()).select_from(PayoutLine))
        assert lines == session.scalar(select(func.count()).where(Installment.state == "in_payout")) == 8


def test_people_who_approve_at_once_approve_once(committing_engine: Engine) -> None:
    finance, _, _ = due_market(committing_engine, claims=1)
    with transaction(committing_engine) as session:
        run = prepare_run(session, finance.preparer, "sandbox")

    def approve() -> None:
        with transaction(committing_engine) as session:
            approve_run(session, finance.approver, run.id)

    assert at_once(*[approve] * 4) == {"done": 1, "state_conflict": 3}
