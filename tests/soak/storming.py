"""A rail that mostly says "too many calls", while a great many installments are to be paid over it.

    python -m tests.soak.storming [--installments 100000] [--payees 5000] [--storm 1000]

On a database of its own. It says 429 to all of so many calls first; then it takes 25 orders and says 429 to the next
40, again and again. While nothing is taken a tick makes a few calls and no more, and nothing counts as paid. Afterwards
each payout has one transfer, everything is settled, and each try that was not executed is undone in the books.
"""

import argparse
import datetime as dt
import sys
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, func, select

from marketplace.db.engine import make_engine, transaction
from marketplace.kernel.errors import DomainError
from marketplace.ledger.balances import balances
from marketplace.ledger.chart import Code
from marketplace.ledger.models import Journal
from marketplace.payouts.approving import approve_run
from marketplace.payouts.models import Payout, PayoutLine
from marketplace.payouts.preparing import prepare_run
from marketplace.payouts.sending import PATIENCE, advance_runs, execute_run
from marketplace.rails.port import Accepted, NotExecuted, PayoutInstruction, PayoutOutcome, RailLine
from marketplace.settlement.models import Installment
from tests.benchmarks.bare_paying import fill
from tests.benchmarks.filling import open_chains
from tests.benchmarks.memory import peak_kb, reset_peak_kb
from tests.builders.payouts import Finance, make_finance
from tests.keys import KEYS
from tests.server import RunServer

TAKEN, STORM = 25, 40


class StormyRail:
    """Takes so many orders, refuses to hear the next ones, and shows each transfer at once."""

    name, real_money = "sandbox", False

    def __init__(self, long: int) -> None:
        self.calls = 0
        self.long = long
        """So many calls are refused before any is taken."""
        self.transfers: dict[str, list[PayoutInstruction]] = {}
        self._lines: list[RailLine] = []

    def pay_out(self, instruction: PayoutInstruction) -> PayoutOutcome:
        self.calls += 1
        if self.calls <= self.long or (self.calls - self.long) % (TAKEN + STORM) >= TAKEN:
            return NotExecuted("too many requests")
        made = self.transfers.setdefault(instruction.transfer_group, [])
        if not any(one.key == instruction.key for one in made):
            made.append(instruction)
            reference, now = f"tr_{instruction.key}", dt.datetime.now(dt.UTC)
            self._lines.append(RailLine(f"bl_{reference}", "transfer", -instruction.amount, now, reference))
        return Accepted(f"tr_{instruction.key}")

    def lines(self, since: object) -> list[RailLine]:  # noqa: ARG002 - the port's
        return self._lines


def storm(url: str, installments: int, payees: int, long: int) -> dict[str, int]:
    """Pay them all; raises AssertionError for what is not as it must be.

    Returns the number of payouts, of calls, of tries not executed, of ticks of the long storm, and the megabytes that
    this process took on.
    """
    engine = make_engine(url, application_name="piecework soak", statement_timeout_seconds=600, keys=KEYS)
    try:
        (chain,) = open_chains(engine, 1, 1)
        with transaction(engine) as session:
            finance = make_finance(session)
        fill(engine, chain.layers[-1][1].id, payees, installments)
        rail, before = StormyRail(long), reset_peak_kb()
        ticks = _pay_all(engine, finance, rail)
        grown = (peak_kb() - before) // 1024
        return {**_judge(engine, rail, installments), "ticks": ticks, "grown_mb": grown}
    finally:
        engine.dispose()


def _pay_all(engine: Engine, finance: Finance, rail: StormyRail) -> int:
    """Run after run; returns how many ticks came while nothing was taken."""
    rails: Any = {"sandbox": rail}
    ticks = 0

    def transactions() -> Any:
        return transaction(engine)

    while True:
        try:
            with transaction(engine) as session:
                run = prepare_run(session, finance.preparer, "sandbox")
                approve_run(session, finance.approver, run.id)
        except DomainError as refusal:
            if refusal.slug != "nothing_due":
                raise
            return ticks
        execute_run(transactions, finance.preparer, rails, run.id)
        while rail.calls < rail.long:
            ticks += 1
            _sit_out(engine, rail, lambda: advance_runs(transactions, rails))
        while advance_runs(transactions, rails):
            pass


def _sit_out(engine: Engine, rail: StormyRail, tick: Callable[[], object]) -> None:
    """One tick of the long storm: some calls, for workers and for layers, and nothing is paid or on its way."""
    before = rail.calls
    tick()
    assert 0 < rail.calls - before <= 2 * PATIENCE, "the rail is left alone until the next tick"
    if rail.calls <= rail.long:
        with transaction(engine) as session:
            assert session.scalars(select(Payout.state).distinct()).all() == ["approved"]
            assert session.scalars(select(Installment.state).distinct()).all() == ["in_payout"]
            assert balances(session, Code.PAYOUTS_IN_FLIGHT) == {}


def _judge(engine: Engine, rail: StormyRail, installments: int) -> dict[str, int]:
    with transaction(engine) as session:
        payouts = session.scalar(select(func.count()).select_from(Payout)) or 0
        assert session.scalars(select(Payout.state).distinct()).all() == ["settled"]
        assert session.scalars(select(Payout.attempt).distinct()).all() == [1]
        assert session.scalar(select(func.count()).select_from(PayoutLine)) == installments
        kinds = select(Journal.kind, func.count()).where(Journal.kind.in_(["J5", "J6", "J7"])).group_by(Journal.kind)
        journals: dict[str, int] = dict(session.execute(kinds).all())
        assert balances(session, Code.PAYOUTS_IN_FLIGHT) == {}
    assert [len(made) for made in rail.transfers.values()] == [1] * payouts, "each was paid exactly once"
    assert journals["J6"] == payouts == journals["J5"] - journals["J7"], journals
    return {"payouts": payouts, "calls": rail.calls, "not_executed": journals["J7"]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--installments", type=int, default=100_000)
    parser.add_argument("--payees", type=int, default=5_000)
    parser.add_argument("--storm", type=int, default=1_000, help="calls refused before the first is taken")
    asked = parser.parse_args()
    running = RunServer()
    try:
        running.server.ensure_template()
        began = time.monotonic()
        url = running.server.app_url(running.server.clone())
        found = storm(url, asked.installments, asked.payees, asked.storm)
        print(f"{asked.installments} installments paid in {time.monotonic() - began:.0f} s: {found}")
    except AssertionError as wrong:
        print(f"WRONG: {wrong}")
        return 1
    finally:
        running.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
