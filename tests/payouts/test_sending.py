import datetime as dt

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.models import SandboxTransfer
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.recipes.accounts import pay_due, rail_available
from marketplace.payouts.approving import cancel_payout, retry_payout
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.recovering import confirm_sent
from marketplace.payouts.sending import advance_runs, send_payout
from marketplace.rails.port import PayoutInstruction, PayoutOutcome, Refused
from marketplace.settlement.maturing import release_cured
from marketplace.settlement.models import Installment
from tests.builders.payees import move_to
from tests.builders.payouts import (
    Finance,
    execute,
    inside,
    journal_kinds,
    make_approved_run,
    make_due_chain,
    payout_of,
    sandbox,
    states,
    transfers,
)
from tests.builders.settlement import Chain, move_clock_to


def test_a_run_pays_everybody_and_the_books_say_so(
    session: Session, chain: Chain, finance: Finance, rail: SandboxRail
) -> None:
    run = make_approved_run(session, finance)
    cash = balance(session, rail_available("sandbox", "CNY"))
    assert execute(session, finance, rail, run) == {"settled": 3}
    assert session.get_one(PayoutRun, run.id).state == "done"
    assert journal_kinds(session) == ["J5"] * 3 + ["J6"] * 3
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
    move_to(session, chain.workers[0], "acct_new")
    assert release_cured(session) == 1
    again = make_approved_run(session, finance)
    assert execute(session, finance, sandbox(session), again) == {"settled": 1}
    assert journal_kinds(session).count("J7") == 2


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
    assert journal_kinds(session).count("J7") == 2


def test_a_payout_that_cannot_be_sent_keeps_no_other_waiting(
    session: Session, finance: Finance, rail: SandboxRail
) -> None:
    make_due_chain(session, claims=2, items=10, items_per_task=5)
    run = make_approved_run(session, finance)
    workers = select(Payout).where(Payout.run_id == run.id, Payout.payee_kind == "worker").order_by(Payout.id)
    damaged = session.begin_nested()
    session.execute(
        text(
            "UPDATE account_balance SET balance = 0 FROM account "
            "WHERE id = account_id AND code = 2130 AND owner_id = :payee"
        ),
        {"payee": session.scalars(workers).all()[0].payee_id},
    )
    assert execute(session, finance, rail, run) == {"approved": 3, "settled": 1}
    damaged.rollback()
    session.expire_all()
