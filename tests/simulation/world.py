"""One market of a history: its people, its clock, its rail, and the faults that are to come."""

import datetime as dt
import random
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Final, TypeVar, cast

from psycopg.errors import DeadlockDetected, SerializationFailure
from sqlalchemy import Connection, Select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.entrypoints.context import Context
from marketplace.entrypoints.sweeps import SWEEPS
from marketplace.gateways.sandbox import SandboxRail
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import SCALE_EXTRA, Money, exponent
from tests.builders.jobs import make_party
from tests.builders.settlement import another, move_clock_to

CURRENCIES: Final = ("CNY", "JPY", "KWD")
DORMANT_AFTER_DAYS: Final = 200
T = TypeVar("T")


class KilledError(BaseException):
    """The process was killed here: nothing catches it but the driver of the history."""


@dataclass(slots=True)
class Fuse:
    """What goes wrong when so many more transactions have come to their end: "kill", "killed after" or "database"."""

    kind: str
    left: int


class World:
    """A market inside one transaction of a connection; each of its own transactions is a savepoint there."""

    def __init__(self, connection: Connection, seed: int) -> None:
        self.connection = connection
        self.chance = random.Random(seed)
        self.currencies = [self.chance.choice(CURRENCIES)] * 4 + [self.chance.choice(CURRENCIES)]
        self.fuse: Fuse | None = None
        self.next_fuse: Fuse | None = None
        """What is laid for the step after this one."""
        self.rail = SandboxRail(self.transactions)
        self.actors: dict[uuid.UUID, Actor] = {}
        """Who acts for an organization, and each worker for themselves."""
        self.reviewers: dict[uuid.UUID, Actor] = {}
        self.clients: list[Actor] = []
        self.layers: list[Actor] = []
        self.workers: list[Actor] = []
        self.items: dict[uuid.UUID, Sequence[uuid.UUID]] = {}
        """The items that each claim showed to its worker."""
        # Each sweep takes no more of its context than these; money counts as unclaimed soon, for a history is short.
        self.context = cast(
            Context,
            SimpleNamespace(
                transactions=self.transactions,
                rails={"sandbox": self.rail},
                settings=SimpleNamespace(
                    dormant_after_days=DORMANT_AFTER_DAYS,
                    guarantee_fund_share_ppm=100_000,
                    guarantee_fund_target_ppm=200_000,
                ),
            ),
        )
        with self.transactions() as session:
            self._people(session)
            # A date of the seed's own: the day on which the test runs changes nothing.
            start = dt.datetime(2031, 1, 1, 12, tzinfo=dt.UTC) + dt.timedelta(days=self.chance.randrange(730))
            move_clock_to(session, start)

    def _people(self, session: Session) -> None:
        self.clients = [make_party(session, "client") for _ in range(2)]
        self.layers = [make_party(session, "subcontractor") for _ in range(3)]
        for actor in (*self.clients, *self.layers):
            self.actors[actor.organization] = actor
            self.reviewers[actor.organization] = another(session, actor, "reviewer")
        first = make_party(session, "platform", "finance")
        self.finance = [first, *(another(session, first, "finance") for _ in range(2))]
        self.decider = another(session, first, "dispute_decider")
        self.second_decider = another(session, first, "dispute_decider")
        self.operations = another(session, first, "operations")
        self.second_operations = another(session, first, "operations")
        # The platform is caretaker where no layer and no client can take over.
        self.actors[first.organization] = self.operations
        self.reviewers[first.organization] = self.decider

    @contextmanager
    def transactions(self) -> Iterator[Session]:
        """A session and transaction of its own, as processes have them; the fuse burns at its end."""
        with (
            Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session
            session.flush()
            blown = self._burn()
            if blown == "database":
                reason = self.chance.choice((DeadlockDetected, SerializationFailure))("injected")
                raise OperationalError("injected", None, reason)
            if blown == "kill":
                raise KilledError
        if blown == "killed after":
            raise KilledError

    def _burn(self) -> str | None:
        if self.fuse is None:
            return None
        self.fuse.left -= 1
        if self.fuse.left > 0:
            return None
        kind, self.fuse = self.fuse.kind, None
        return kind

    @property
    def rails(self) -> dict[str, SandboxRail]:
        """The rails by name."""
        return {"sandbox": self.rail}

    def one(self, wanted: Select[T]) -> T | None:
        """One of the rows, drawn; the order of the query must not depend on anything but the history."""
        with Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            found = list(session.scalars(wanted))
        return self.chance.choice(found) if found else None

    def money(self, currency: str, low: int, high: int) -> Money:
        """An amount of so many hundredths of the currency, down to its last ledger unit."""
        hundredth = 10 ** (exponent(currency) + SCALE_EXTRA) // 100
        return Money(self.chance.randint(low * hundredth, high * hundredth), currency)

    def whole(self, currency: str, low: int, high: int) -> Money:
        """As `money`, in whole minor units."""
        return self.money(currency, low, high).floor_to_minor()

    def sweep(self, *names: str) -> None:
        """Run these sweeps, or all that move money or work on, as the scheduler does."""
        for sweep in SWEEPS:
            if sweep.name in (names or FOLLOWED):
                sweep.run(self.context)

    def person(self, actors: Sequence[Actor]) -> Actor:
        """One of them, drawn."""
        return self.chance.choice(actors)

    def currency(self) -> str:
        """Mostly the one in which this history deals."""
        return self.chance.choice(self.currencies)


FOLLOWED: Final = frozenset(
    {
        "receive_deposits",
        "collect_deposits",
        "settle_chargebacks",
        "send_refunds",
        "expire_offers",
        "expire_leases",
        "draw_answers",
        "auto_accept",
        "accept_held",
        "end_breakers",
        "overturn_silent_disputes",
        "decide_silent_appeals",
        "finalize_rejections",
        "finish_batches",
        "exhaust_contracts",
        "complete_jobs",
        "fall_due",
        "release_cured_holds",
        "note_dormant",
        "return_claimed",
        "change_payout_destinations",
        "hold_margins",
        "settle_extras",
        "uphold_silent_quality_claims",
        "collect_quality_claims",
        "take_rates",
        "advance_payout_runs",
        "resolve_unknown_payouts",
        "confirm_payouts",
        "reconcile",
        "publish_coverage",
        "share_fees",
    }
)
"""The sweeps that move money, and those that move the work on which money waits."""
