"""The driver: for each step a database of its own, a process that is killed there, and the sweeps afterwards.

Then everybody must have been paid exactly once at the rail, all invariants must hold, and every account must hold what
it holds when nobody is killed.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from marketplace.db.clock import advance, market_now
from marketplace.db.engine import make_engine, transaction
from marketplace.gateways.bank import details
from marketplace.gateways.stripe_connect.fake.server import FakeStripeServer, serving
from marketplace.gateways.stripe_connect.fake.state import State
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.payouts.models import Payout
from tests.builders.jobs import make_party
from tests.builders.payees import move_to
from tests.builders.payouts import end_leases, make_due_chain, make_finance
from tests.builders.stripe import give_accounts
from tests.crashes.bank import BankNextDoor
from tests.crashes.dying import APPLICATION, Where, open_place
from tests.crashes.story import MONEYS_SWEEPS, Cast, Place, tell
from tests.gateways.bank.standing import WRITTEN
from tests.invariants import check_invariants
from tests.keys import KEYS
from tests.server import Server

ROOT = Path(__file__).parents[2]
_BALANCES = text(
    "SELECT account.key, sum(moved.amount) FROM account JOIN ("
    "SELECT debit_account_id AS id, amount FROM posting UNION ALL SELECT credit_account_id, -amount FROM posting"
    ") moved USING (id) GROUP BY account.key HAVING sum(moved.amount) <> 0"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a story left: the transfers of each payout, refunds, what a bank paid, the states of the payouts, and every
    account.
    """

    transfers: tuple[tuple[Money, ...], ...]
    refunds: int
    paid: tuple[Money, ...]
    states: tuple[str, ...]
    balances: dict[str, int]


class Driver:
    """Sweeps the steps of the story over one rail: the imitation of Stripe, or of a bank, where one is given, else the
    sandbox.
    """

    def __init__(
        self,
        server: Server,
        folder: Path,
        stripe: FakeStripeServer | None,
        bank: BankNextDoor | None = None,
        *,
        every: bool = False,
        whole: bool = True,
    ) -> None:
        self._server, self._stripe, self._bank, self._every = server, stripe, bank, every
        self._where = Where(None if stripe is None else stripe.url, None if bank is None else str(bank.path), whole)
        self._cast_file = folder / "cast"
        self._template = server.clone()
        self._accounts: dict[str, Any] = {}
        self._ahead = 0
        self._people = self._fill()
        self._cast_file.write_bytes(pickle.dumps(self._people))
        with self._database() as url, self._place(url) as (engine, place):
            tell(place, self._people)
            self.expected = _look(engine, place)

    def close(self) -> None:
        """Leave nothing behind."""
        self._server.drop(self._template)

    def sweep(self, first: int = 0, stride: int = 1) -> int:
        """Kill at every `stride`-th step from the first one, until a process ends by itself; returns how many died.

        Raises AssertionError naming the step whose traces could not be mended.
        """
        killed = 0
        command = [sys.executable, "-m", "tests.crashes.dying", str(self._cast_file)]
        with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            while self._point(process, first + stride * killed):
                killed += 1
            process.stdin.close()
        return killed

    def _point(self, process: subprocess.Popen[str], step: int) -> bool:
        with self._database() as url:
            told = {"url": url, "where": self._where, "left": step, "every": self._every}
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(told) + "\n")
            process.stdin.flush()
            end = process.stdout.readline().strip()
            assert end in {"killed", "done"}, f"the process that was to die at step {step} {end or 'broke'}"
            with self._place(url) as (engine, place):
                if end == "killed":
                    self._recover(engine, place, step)
                outcome = _look(engine, place)
        assert outcome == self.expected, f"killed at step {step}: {outcome}, and not {self.expected}"
        return end == "killed"

    def _recover(self, engine: Engine, place: Place, step: int) -> None:
        """First the sweeps alone; then the people go on with what they were at, and the sweeps again."""
        _wait_for_the_killed(engine)
        _time_passes(engine)
        place.sweep(*MONEYS_SWEEPS)
        with transaction(engine) as session:
            try:
                check_invariants(session)
            except AssertionError as broken:
                raise AssertionError(f"killed at step {step}: {broken}") from broken
        tell(place, self._people)
        _time_passes(engine)
        place.sweep(*MONEYS_SWEEPS)

    def _fill(self) -> Cast:
        """One worker and one layer above, whose first installments are due, and a client."""
        engine = make_engine(self._server.app_url(self._template), application_name="the driver", keys=KEYS)
        try:
            with transaction(engine) as session:
                chain = make_due_chain(session, items=1, prices=("0.60",))
                finance = make_finance(session)
                client = make_party(session, "client", "requester")
                if self._stripe is not None:
                    self._open_accounts(session)
                if self._bank is not None:
                    for payee in (chain.workers[0], chain.layers[0][0]):
                        move_to(session, payee, details.read_details(WRITTEN).text(), rail="bank")
                return Cast(client, finance.preparer, finance.approver, chain.workers[0])
        finally:
            engine.dispose()

    def _open_accounts(self, session: Session) -> None:
        """Everybody who is paid over the sandbox has an account at Stripe as well, whose clock goes with ours."""
        state = State(moved_seconds=int((market_now(session) - dt.datetime.now(dt.UTC)).total_seconds()))
        give_accounts(session, state)
        self._accounts, self._ahead = state.objects, state.moved_seconds

    @contextmanager
    def _database(self) -> Iterator[str]:
        """A copy of the market as it was before the story, and a rail that has done nothing yet."""
        if self._stripe is not None:
            self._stripe.state = State(
                objects=copy.deepcopy(self._accounts), given={"cny": 10**6}, moved_seconds=self._ahead
            )
        if self._bank is not None:
            self._bank.forget()
        name = self._server.clone(self._template)
        try:
            yield self._server.app_url(name)
        finally:
            self._server.drop(name)

    @contextmanager
    def _place(self, url: str) -> Iterator[tuple[Engine, Place]]:
        """The same database for who is not killed."""
        place, engines = open_place(url, self._where)
        try:
            yield engines[0], place
        finally:
            for engine in engines:
                engine.dispose()


@contextmanager
def driving(server: Server, folder: Path, rail: str, *, every: bool = False, whole: bool = True) -> Iterator[Driver]:
    """A driver over the rail "sandbox", "stripe" or "bank"; the folder keeps what it tells its process.

    Of the story it has the whole, or what is about paying out.
    """
    bank = BankNextDoor(folder / "bank") if rail == "bank" else None
    with serving() if rail == "stripe" else nullcontext() as stripe:
        made = Driver(server, folder, stripe, bank, every=every, whole=whole)
        try:
            yield made
        finally:
            made.close()


def _time_passes(engine: Engine) -> None:
    """Leases of calls are over, and an order that got no answer is old enough to be asked about."""
    with transaction(engine) as session:
        end_leases(session)
        moment = market_now(session) + dt.timedelta(minutes=5)
        advance(session, system_actor("crashes"), moment, allowed=True)


def _wait_for_the_killed(engine: Engine) -> None:
    """A connection whose process was killed holds its locks until the server has noticed."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = :name"
    )
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with transaction(engine) as session:
            if not session.scalar(others, {"name": APPLICATION}):
                return
        time.sleep(0.01)
    raise AssertionError("the server still holds connections of a killed process")


def _look(engine: Engine, place: Place) -> Outcome:
    with transaction(engine) as session:
        check_invariants(session)
        payouts = session.scalars(select(Payout).order_by(Payout.amount)).all()
        balances = {key: int(amount) for key, amount in session.execute(_BALANCES)}
    group = {payout.id: public("payout", payout.id) for payout in payouts}
    transfers = tuple(
        tuple(one.amount for one in place.outside.find_transfer(group[payout.id]) if one.refused is None)
        for payout in payouts
    )
    refunds = sum(line.kind == "refund" for line in place.outside.lines())
    paid = () if place.bank is None else tuple(sorted(amount for _, amount in place.bank.paid))
    return Outcome(transfers, refunds, paid, tuple(payout.state for payout in payouts), balances)
