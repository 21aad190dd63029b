"""How a history ends: the faults are over, everything is finished, and then everybody has what they are owed."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from marketplace.contracts.default_models import ContractDefault
from marketplace.db.clock import market_now
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from marketplace.ledger.balances import balances
from marketplace.ledger.chart import Code
from marketplace.ledger.treasury import contribute, put_in_capital
from marketplace.lifecycle.cancelling import cancel_job, close_job
from marketplace.lifecycle.pausing import resume_job
from marketplace.payouts.approving import approve_run, retry_payout
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.recovering import agree_absent
from marketplace.payouts.sending import execute_run
from marketplace.rails.changing import payee_of
from marketplace.rails.methods import destination_of, keep_destination
from marketplace.settlement.defaulting import release_margins
from marketplace.settlement.extra_models import Extra
from marketplace.settlement.models import Installment
from marketplace.settlement.quality_models import QualityClaim
from marketplace.settlement.writing_off import write_off_extra, write_off_quality_claim
from tests.builders.settlement import move_clock_to
from tests.simulation.changing import approve_all_worse, give_all_rates, rest_of_a_step
from tests.simulation.paying import let_payouts_go_on, shift_real_time
from tests.simulation.taxing import REST_OF_TAX
from tests.simulation.world import World

STAYS_NOWHERE = (
    Code.JOB_RESERVE,
    Code.PAY_DEFERRED,
    Code.MARGIN_DEFERRED,
    Code.HELD,
    Code.UNCLAIMED,
    Code.PAYOUTS_IN_FLIGHT,
)
ROUNDS = 3
"""Of months passing and payout runs: what returns, is held or waits for workers below moves on with the next."""


def wind_up(world: World) -> None:
    """Finish everything: jobs end, time passes, payees say where they are paid, runs are sent until nothing is due."""
    world.fuse = None
    with world.transactions() as session:
        session.execute(text("UPDATE sandbox_fault SET remaining = 0"))
        jobs: Sequence[Job] = session.scalars(select(Job).order_by(Job.id)).all()
    for number, job in enumerate(jobs):
        for verb in (resume_job, cancel_job if number % 2 else close_job, cancel_job):
            _try(world, verb, world.actors[job.organization_id], job.id)
    let_payouts_go_on(world)
    for _ in range(ROUNDS):
        with world.transactions() as session:
            move_clock_to(session, market_now(session) + dt.timedelta(days=90))
        for payee in (*world.workers, *world.layers):
            _try(world, _say_where_they_are_paid, payee)
        world.sweep()
        _settle_defaults(world)
        give_all_rates(world)
        _resolve(world)
        _pay(world)
        world.sweep()


def _say_where_they_are_paid(session: Session, payee: Actor) -> None:
    """The same again where they said it before: what was held for want of it falls due."""
    present = destination_of(session, payee_of(payee).id, "sandbox")
    keep_destination(session, payee, "sandbox", present or f"acct_{new_id().hex}")


def _settle_defaults(world: World) -> None:
    """The platform stands in for what layers owe, gives it up, and lets what is left of theirs be paid."""
    with world.transactions() as session:
        for currency in sorted(set(world.currencies)):
            for verb in (put_in_capital, put_in_capital, contribute):
                verb(session, world.operations, world.whole(currency, 100_000, 100_000))
    world.sweep("settle_extras")
    owing = select(Extra.id).where(Extra.recourse_amount > 0).order_by(Extra.id)
    claimed = select(QualityClaim.id).where(QualityClaim.uncollected_amount > 0).order_by(QualityClaim.id)
    held = select(ContractDefault.id).where(ContractDefault.released_at.is_(None)).order_by(ContractDefault.id)
    with world.transactions() as session:
        extras, claims, defaults = (session.scalars(wanted).all() for wanted in (owing, claimed, held))
    for extra_id in extras:
        _try(world, write_off_extra, world.operations, extra_id, "Nothing more will come.")
    for claim_id in claims:
        _try(world, write_off_quality_claim, world.operations, claim_id, "Nothing more will come.")
    for default_id in defaults:
        _try(world, release_margins, world.finance[0], default_id, "Nothing is owed.")
    world.sweep("release_cured_holds")


def everybody_has_what_they_are_owed(world: World) -> None:
    """Raise AssertionError for money that is still on its way, and for an installment that could have been paid.

    Each payout rounds down, some to what a minor unit of another currency is worth. What payouts that were under way at
    one time left over adds up, and waits for the payee's next installment, even where it has come to a minor unit.
    """
    stuck = []
    unpaid = Installment.state.in_(["scheduled", "advanced", "due", "in_payout", "held"])
    with world.transactions() as session:
        for code in (
            Code.JOB_RESERVE,
            Code.PAY_DEFERRED,
            Code.MARGIN_DEFERRED,
            Code.HELD,
            Code.UNCLAIMED,
            Code.PAYOUTS_IN_FLIGHT,
        ):
            stuck += [f"{ref}: {held}" for ref, held in balances(session, code).items()]
        for code in (Code.PAY_DUE, Code.MARGIN_DUE):
            for ref, held in balances(session, code).items():
                one = rest_of_a_step(ref.currency) + REST_OF_TAX
                waits = unpaid & (Installment.payee_id == ref.owner_id) & (Installment.currency == ref.currency)
                if ref.contract_id is not None:
                    waits &= Installment.contract_id == ref.contract_id
                waiting = session.scalar(select(func.count()).where(waits))
                payouts = session.scalar(select(func.count()).where(Payout.payee_id == ref.owner_id)) or 0
                if held.amount >= one * (1 if waiting else max(1, payouts)):
                    stuck.append(f"{ref}: {held}")
    assert not stuck, "after everything came to its end there is still\n" + "\n".join(stuck)


def _resolve(world: World) -> None:
    """A day passes by real time, and two people agree about payouts that the rail does not know."""
    shift_real_time(world, 25)
    unknown = select(Payout.id).where(Payout.state == "unknown").order_by(Payout.id)
    with world.transactions() as session:
        ids = session.scalars(unknown).all()
    for payout_id in ids:
        for person in world.finance[:2]:
            _try(world, agree_absent, person, payout_id)
    with world.transactions() as session:
        refused = session.scalars(select(Payout.id).where(Payout.state == "refused").order_by(Payout.id)).all()
    for payout_id in refused:
        for person in world.finance:
            _try(world, retry_payout, person, payout_id)


def _pay(world: World) -> None:
    _try(world, prepare_run, world.finance[0], "sandbox")
    with world.transactions() as session:
        runs = session.scalars(select(PayoutRun).where(PayoutRun.state != "done").order_by(PayoutRun.id)).all()
    for run in runs:
        for person in world.finance:
            _try(world, approve_run, person, run.id)
        try:
            execute_run(world.transactions, world.finance[0], world.rails, run.id)
        except DomainError:
            continue  # it was cancelled
    approve_all_worse(world)


def _try(world: World, verb: object, *arguments: object) -> None:
    """Do it where it may be done."""
    assert callable(verb)
    try:
        with world.transactions() as session:
            verb(session, *arguments)
    except DomainError:
        return
