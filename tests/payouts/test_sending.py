import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.models import SandboxTransfer
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.models import Journal
from marketplace.ledger.recipes import pay_due, rail_available
from marketplace.payouts.approving import cancel_payout, retry_payout
from marketplace.payouts.models import Payout, PayoutEvent, PayoutRun
from marketplace.payouts.recovering import agree_absent, confirm_sent, resolve_unknown
from marketplace.payouts.sending import advance_runs, execute_run, send_payout
from marketplace.rails.methods import set_destination
from marketplace.rails.port import PayoutInstruction, PayoutOutcome, Refused
from marketplace.settlement.maturing import release_cured
from marketplace.settlement.models import Installment
from tests.builders.payouts import (
    Finance,
    end_leases,
    inside,
    make_approved_run,
    make_due_chain,
    make_finance,
    payout_of,
    sandbox,
    states,
)
from tests.builders.settlement import Chain, move_clock_to
from tests.invariants import check_invariants


@pytest.fixture
def chain(session: Session) -> Chain:
    return make_due_chain(session, items=5, items_per_task=5)


@pytest.fixture
def finance(session: Session) -> Finance:
    return make_finance(session)


@pytest.fixture
def rail(session: Session) -> SandboxRail:
    return sandbox(session)


def execute(session: Session, finance: Finance, rail: Any, run: PayoutRun) -> dict[str, int]:
    return dict(execute_run(inside(session), finance.preparer, {"sandbox": rail}, run.id))


def transfers(session: Session) -> int:
    return session.scalar(select(func.count()).where(SandboxTransfer.refusal_code.is_(None))) or 0


def kinds(session: Session) -> list[str]:
    wanted = select(Journal.kind).where(Journal.kind.in_(["J5", "J6", "J7"])).order_by(Journal.recorded_at, Journal.id)
    return list(session.scalars(wanted))


def test_a_run_pays_everybody_and_the_books_say_so(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    cash = balance(session, rail_available("sandbox", "CNY"))
    assert execute(session, finance, rail, run) == {"settled": 3}
    assert session.get_one(PayoutRun, run.id).state == "done"
    assert kinds(session) == ["J5", "J6"] * 3 or sorted(kinds(session)) == ["J5"] * 3 + ["J6"] * 3
    paid = session.scalars(select(Installment).where(Installment.state == "paid")).all()
    assert len(paid) == 3
    assert all(row.paid_at is not None for row in paid)
    total = session.scalar(select(func.sum(Payout.amount)))
    assert cash - balance(session, rail_available("sandbox", "CNY")) == Money(int(total or 0), "CNY")
    assert balance(session, pay_due(chain.workers[0].person, "CNY")) == Money(5000, "CNY")
    assert transfers(session) == 3


def test_executing_again_sends_nothing_again(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    rail.script("pay_out", "delay", times=3, delay_seconds=3600)
    first = execute(session, finance, rail, run)
    assert first == {"sent": 1, "approved": 2}
    assert execute(session, finance, rail, run) == first
    assert transfers(session) == 1


def test_a_payout_is_settled_when_the_rail_shows_it(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    rail.script("pay_out", "delay", delay_seconds=3600)
    execute(session, finance, rail, run)
    assert payout_of(session, run, chain.workers[0]).state == "sent"
    assert confirm_sent(inside(session), {"sandbox": rail}) == 0
    move_clock_to(session, market_now(session) + dt.timedelta(hours=2))
    advance_runs(inside(session), {"sandbox": rail})
    assert states(session, run) == {"settled": 3}


def test_margins_wait_until_the_workers_below_are_paid(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    rail.script("pay_out", "not_executed", match=f"acct_{chain.workers[0].person.hex}")
    assert execute(session, finance, rail, run) == {"approved": 3}
    for seller, _ in chain.layers:
        assert (
            send_payout(inside(session), finance.preparer, {"sandbox": rail}, payout_of(session, run, seller).id)
            is None
        )
    assert execute(session, finance, rail, run) == {"settled": 3}


def test_margins_wait_for_a_worker_who_is_in_no_run_yet(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    cancel_payout(session, finance.approver, payout_of(session, run, chain.workers[0]).id)
    assert execute(session, finance, rail, run) == {"cancelled": 1, "approved": 2}
    another = make_approved_run(session, finance)
    assert execute(session, finance, rail, another) == {"settled": 1}
    advance_runs(inside(session), {"sandbox": rail})
    assert states(session, run) == {"cancelled": 1, "settled": 2}


def test_what_only_the_worker_can_cure_does_not_hold_up_the_margins(
    session: Session, chain: Chain, finance: Finance
) -> None:
    class Closed(SandboxRail):
        def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
            if instruction.destination == f"acct_{chain.workers[0].person.hex}":
                return Refused("destination_closed", "The account is closed.")
            return super().pay_out(instruction)

    run = make_approved_run(session, finance)
    rail = Closed(inside(session))
    assert execute(session, finance, rail, run) == {"cancelled": 1, "settled": 2}
    held = session.scalars(select(Installment).where(Installment.state == "held")).one()
    assert held.held_reason == "destination_refused"
    assert release_cured(session) == 0
    set_destination(session, chain.workers[0], "sandbox", "acct_new")
    assert release_cured(session) == 1
    again = make_approved_run(session, finance)
    assert execute(session, finance, sandbox(session), again) == {"settled": 1}
    assert kinds(session).count("J7") == 2


def test_a_refusal_undoes_the_attempt_and_only_then_the_next_key_is_used(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    rail.script("pay_out", "refuse", match=f"acct_{chain.workers[0].person.hex}")
    assert execute(session, finance, rail, run) == {"refused": 1, "approved": 2}
    payout = payout_of(session, run, chain.workers[0])
    assert (payout.refusal_code, payout.attempt) == ("declined", 1)
    assert balance(session, pay_due(chain.workers[0].person, "CNY")) == Money.parse("0.875", "CNY")
    with pytest.raises(DomainError, match="payout_two_people"):
        retry_payout(session, finance.preparer, payout.id)
    assert retry_payout(session, finance.approver, payout.id).attempt == 2
    assert execute(session, finance, rail, run) == {"settled": 3}
    keys = session.scalars(select(SandboxTransfer.idempotency_key).order_by(SandboxTransfer.id)).all()
    assert [key.rpartition(":")[2] for key in keys] == ["1", "2", "1", "1"]


def test_a_refused_payout_can_be_given_up_and_its_installments_held(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    rail.script("pay_out", "refuse", match=f"acct_{chain.workers[0].person.hex}")
    execute(session, finance, rail, run)
    payout = payout_of(session, run, chain.workers[0])
    cancel_payout(session, finance.approver, payout.id, "identity_unclear")
    row = session.scalars(
        select(Installment).where(Installment.payee_kind == "worker", Installment.state == "held")
    ).one()
    assert (row.held_reason, row.payout_id) == ("identity_unclear", None)
    # A hold that the worker cannot cure keeps the margins waiting.
    assert execute(session, finance, rail, run) == {"cancelled": 1, "approved": 2}


def test_what_certainly_did_not_happen_is_asked_again_under_the_same_key(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    rail.script("pay_out", "not_executed", times=2, match=f"acct_{chain.workers[0].person.hex}")
    execute(session, finance, rail, run)
    execute(session, finance, rail, run)
    payout = payout_of(session, run, chain.workers[0])
    assert (payout.state, payout.attempt, payout.tries) == ("approved", 1, 2)
    assert execute(session, finance, rail, run) == {"settled": 3}
    assert payout_of(session, run, chain.workers[0]).attempt == 1
    assert kinds(session).count("J7") == 2


@pytest.mark.parametrize("fault", ["unknown_before_executing", "unknown_after_executing"])
def test_silence_is_resolved_by_asking_and_the_worker_is_paid_once(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail, fault: Any
) -> None:
    run = make_approved_run(session, finance)
    rail.script("pay_out", fault, match=f"acct_{chain.workers[0].person.hex}")
    assert execute(session, finance, rail, run) == {"unknown": 1, "approved": 2}
    assert execute(session, finance, rail, run) == {"unknown": 1, "approved": 2}
    assert resolve_unknown(inside(session), {"sandbox": rail}) == 1
    assert payout_of(session, run, chain.workers[0]).state == "sent"
    assert execute(session, finance, rail, run) == {"settled": 3}
    assert transfers(session) == 3
    assert "J7" not in kinds(session)


def test_an_adapter_that_breaks_has_told_us_nothing(session: Session, chain: Chain, finance: Finance) -> None:
    class Breaking(SandboxRail):
        def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
            super().pay_out(instruction)
            raise OSError("the socket broke")

    run = make_approved_run(session, finance)
    assert execute(session, finance, Breaking(inside(session)), run) == {"unknown": 1, "approved": 2}
    resolve_unknown(inside(session), {"sandbox": sandbox(session)})
    assert execute(session, finance, sandbox(session), run) == {"settled": 3}
    assert transfers(session) == 3


def test_an_old_unknown_is_never_sent_again_blindly(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    rail.script("pay_out", "unknown_before_executing", match=f"acct_{chain.workers[0].person.hex}")
    execute(session, finance, rail, run)
    payout = payout_of(session, run, chain.workers[0])
    end_leases(session, asked_hours_ago=24)
    with pytest.raises(DomainError, match="Two looks"):
        agree_absent(session, finance.preparer, payout.id)
    for _ in range(2):
        resolve_unknown(inside(session), {"sandbox": rail})
        end_leases(session)
    assert transfers(session) == 0
    with pytest.raises(DomainError, match="Two looks"):
        agree_absent(session, finance.preparer, payout.id)


def test_two_looks_and_two_people_let_the_next_attempt_begin(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    rail.script("pay_out", "unknown_before_executing", match=f"acct_{chain.workers[0].person.hex}")
    execute(session, finance, rail, run)
    payout = payout_of(session, run, chain.workers[0])
    end_leases(session, asked_hours_ago=25)
    session.add_all(
        PayoutEvent(
            payout_id=payout.id,
            kind="not_found",
            attempt=1,
            state_before=None,
            state_after="unknown",
            body={},
            real_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours),
        )
        for hours in (2, 0)
    )
    session.flush()
    assert agree_absent(session, finance.preparer, payout.id).state == "unknown"
    with pytest.raises(DomainError, match="payout_two_people"):
        agree_absent(session, finance.preparer, payout.id)
    assert agree_absent(session, finance.approver, payout.id).state == "refused"
    assert retry_payout(session, finance.approver, payout.id).attempt == 2
    assert execute(session, finance, rail, run) == {"settled": 3}


class KilledError(BaseException):
    """The process is gone: nothing of it handles this."""


class Dying:
    """Transactions and a rail that die at the n-th of their steps, before or after it took effect."""

    def __init__(self, session: Session, step: int) -> None:
        self._open = inside(session)
        self._rail = sandbox(session)
        self._left = step

    def step(self) -> None:
        if self._left == 0:
            raise KilledError
        self._left -= 1

    @contextmanager
    def transactions(self) -> Iterator[Session]:
        self.step()
        with self._open() as opened:
            yield opened
            # Killed before the commit: all of this transaction is undone.
            self.step()
        self.step()

    name = "sandbox"
    real_money = False

    def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
        self.step()
        outcome = self._rail.pay_out(instruction)
        self.step()
        return outcome

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rail, name)


def test_whenever_the_sender_is_killed_everybody_is_paid_once_in_the_end(
    session: Session, chain: Chain, finance: Finance
) -> None:
    run = make_approved_run(session, finance)
    killed = 0
    while _story(session, finance, run, killed):
        killed += 1
    # Three payouts of two transactions and one call each, and what lies around them.
    assert killed > 40


def _story(session: Session, finance: Finance, run: PayoutRun, step: int) -> bool:
    """Execute the run, be killed at that step, recover, and be paid; then undo it all. Whether it came to the step."""
    with session.begin_nested() as beginning:
        dying, killed = Dying(session, step), False
        try:
            execute_run(dying.transactions, finance.preparer, {"sandbox": dying}, run.id)
        except KilledError:
            killed = True
        rails = {"sandbox": sandbox(session)}
        if session.get_one(PayoutRun, run.id, populate_existing=True).state == "approved":
            execute_run(inside(session), finance.preparer, rails, run.id)
        for _ in range(3):
            end_leases(session)
            resolve_unknown(inside(session), rails)
            advance_runs(inside(session), rails)
        assert states(session, run) == {"settled": 3}, f"killed at step {step}"
        assert transfers(session) == 3, f"killed at step {step}"
        assert kinds(session).count("J6") == 3, f"killed at step {step}"
        check_invariants(session)
        beginning.rollback()
    return killed
