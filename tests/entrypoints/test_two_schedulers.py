"""Two schedulers over one market that has something due for most sweeps: everything is done, and done once."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.engine import make_engine
from marketplace.entrypoints.context import Context
from marketplace.entrypoints.scheduler import run_sweep
from marketplace.entrypoints.sweeps import SWEEPS
from marketplace.gateways.choosing import make_rails
from marketplace.ledger.models import Journal
from marketplace.operations.sweep_models import SweepRun
from marketplace.payouts.models import Payout, PayoutRun
from marketplace.settlement.models import Installment
from marketplace.work.claiming import claim_next
from marketplace.work.models import Answer, Claim
from tests.builders.payouts import make_approved_run, make_due_chain, make_finance, transfers
from tests.builders.settlement import hand_in, move_clock_to, payable_worker
from tests.keys import KEYS

ROUNDS = 4
UNDECIDED = 2


def market(session: Session) -> None:
    """A run under way, answers whose review is overdue, a lease that is over, and installments whose day has come."""
    chain = make_due_chain(session, claims=3, items=16)
    run = make_approved_run(session, make_finance(session))
    for _ in range(UNDECIDED):
        hand_in(session, chain)
    claim_next(session, payable_worker(session), chain.batch.id)
    run.state = "executing"
    session.flush()
    move_clock_to(session, market_now(session).date() + dt.timedelta(days=40))


def test_two_schedulers_do_everything_that_is_due_once(context: Context) -> None:
    with context.transactions() as session:
        market(session)
    engine = make_engine(context.engine.url, application_name="the other scheduler", pool_size=20, keys=KEYS)
    other = replace(context, engine=engine)
    other = replace(other, rails=make_rails(other.transactions, context.settings))
    try:
        for _ in range(ROUNDS):
            with ThreadPoolExecutor(8) as pool:
                doings = [(sweep, process) for sweep in SWEEPS for process in (context, other)]
                list(pool.map(lambda doing: run_sweep(*doing), doings))
    finally:
        engine.dispose()
    with context.transactions() as session:
        assert set(session.scalars(select(Payout.state))) == {"reconciled"}
        assert session.scalars(select(PayoutRun.state)).all() == ["done"]
        assert transfers(session) == session.scalar(select(func.count()).select_from(Payout))
        assert session.scalar(select(func.count()).where(Answer.state == "submitted")) == 0
        assert session.scalar(select(func.count()).where(Claim.state == "claimed")) == 0
        due = select(func.count()).where(Installment.state == "scheduled", Installment.due_on <= func.market_now())
        assert session.scalar(due) == 0
        kinds = dict(session.execute(select(Journal.kind, func.count()).group_by(Journal.kind)).all())
        assert kinds["J5"] == kinds["J6"] == transfers(session)
        failed = {run.name: run.error for run in session.scalars(select(SweepRun)) if run.failures}
        assert failed == {}
        assert set(session.scalars(select(SweepRun.runs))) == {2 * ROUNDS}
