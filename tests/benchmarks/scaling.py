"""`make bench`: what a claim costs among a thousand open jobs, and among workers who did many tasks before.

    python -m tests.benchmarks.scaling [--quick] [--json FILE]

Each figure stands beside that of the same claim without the crowd, in one run: processor time of the product's verb
and of the database's process for it (Linux), the least of the medians of blocks of claims, in microseconds. The bar is
1.2 times as much.
"""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from uuid import UUID

from sqlalchemy import text

from marketplace.db.embedded import EmbeddedUrls
from marketplace.db.engine import make_engine, transaction
from marketplace.identity.permissions import permissions_of
from marketplace.kernel.actor import Actor
from marketplace.work.claiming import claim_next
from tests.benchmarks import crowding
from tests.benchmarks.filling import open_chains, tidy
from tests.benchmarks.running import fresh_database, kept, options_of
from tests.keys import KEYS

BAR = 1.2
CLAIMS, WARM, BLOCK = 400, 40, 40
CELLS = 16
"""How often the first job is claimed from."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the crowd is; `workers` are also those who claim, in turn."""

    jobs: int
    workers: int
    claims_each: int


FULL, QUICK = Sizes(1_000, 10_000, 20), Sizes(1_000, 500, 20)


@dataclass(frozen=True, slots=True)
class Control:
    """A job that stays as it is, and workers of its own."""

    batch_id: UUID
    workers: list[UUID]


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of processor time: of the database alone, and with the verb around it.

    `control` is the whole of a claim that nothing in the crowd touches, made in turn with the others: how fast the
    machine is at the moment.
    """

    database: float
    whole: float
    control: float


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison."""

    what: str
    alone: Cost
    crowded: Cost

    @property
    def growth(self) -> float:
        """How many times as much it costs, with what the machine did meanwhile taken out."""
        pace = self.crowded.control / self.alone.control
        return round(self.crowded.whole / self.alone.whole / pace, 2)


def main() -> int:
    quick = "500 workers with a history in place of 10,000"
    options = options_of("Cost of a claim in a crowd.", quick, {"claims": (CLAIMS, CLAIMS)})
    if not Path("/proc/self/schedstat").exists():
        print("Not measured: the kernel does not tell how much processor time a process had.")
        return 0
    with fresh_database() as (_, urls):
        rows = _measure(urls, QUICK if options.quick else FULL, options.claims)
    print(f"A claim in microseconds of processor time: with the verb (the database alone). The bar is {BAR}.")
    for row in rows:
        figures = ", ".join(f"{cost.whole:,.0f} ({cost.database:,.0f})" for cost in (row.alone, row.crowded))
        print(f"  {row.what:<90}{figures}: {row.growth} times{'' if row.growth <= BAR else ', ABOVE THE BAR'}")
    found = [{**asdict(row), "growth": row.growth} for row in rows]
    return kept(options, {"bar": BAR, "rows": found, "problems": []})


def _measure(urls: EmbeddedUrls, sizes: Sizes, claims: int) -> list[Row]:
    engine = make_engine(urls.app, application_name="piecework benchmark", statement_timeout_seconds=600, keys=KEYS)
    # The job that is claimed from is the first in line, until others are put before it.
    (chain,) = open_chains(engine, 1, CELLS * (claims + WARM), prices=())
    (pattern,) = open_chains(engine, 1, 4, prices=())
    (aside,) = open_chains(engine, 1, (CELLS + 2) * (claims + WARM), prices=())
    engine.dispose()
    workers = crowding.hire(urls, sizes.workers)
    control = Control(aside.batch.id, crowding.hire(urls, CLAIMS))
    among_jobs = _among_jobs(urls, sizes, workers, chain.batch.id, pattern.batch.id, control, claims)
    return among_jobs + _among_old_hands(urls, sizes, workers, control, claims)


def _among_jobs(
    urls: EmbeddedUrls,
    sizes: Sizes,
    workers: list[UUID],
    batch_id: UUID,
    pattern_id: UUID,
    control: Control,
    claims: int,
) -> list[Row]:
    copies = crowding.copy_jobs(urls, pattern_id, sizes.jobs - 1)
    exhausted, screened = copies[: len(copies) // 2], copies[len(copies) // 2 :]
    steps: dict[str, Callable[[], None]] = {
        "all open": lambda: None,
        "half of them just exhausted, and first in line": lambda: crowding.exhaust(urls, exhausted),
        "these taken out of line by the sweep": lambda: crowding.sweep(urls),
        "the other half not open to the worker, and first in line": lambda: crowding.close_to_workers(urls, screened),
    }
    rows = []
    for what, step in steps.items():
        step()
        for place, target in {"in a batch": batch_id, "anywhere": None}.items():
            crowding.offer(urls, copies, offered=False)
            alone = claim_cost(urls, workers, target, control, claims)
            crowding.offer(urls, copies, offered=True)
            crowded = claim_cost(urls, workers, target, control, claims)
            rows.append(Row(f"{sizes.jobs:,} jobs, {what}: {place}", alone, crowded))
    return rows


def _among_old_hands(urls: EmbeddedUrls, sizes: Sizes, workers: list[UUID], control: Control, claims: int) -> list[Row]:
    engine = make_engine(urls.app, application_name="piecework benchmark", statement_timeout_seconds=600, keys=KEYS)
    (chain,) = open_chains(engine, 1, sizes.workers * sizes.claims_each + 2 * (claims + WARM), prices=())
    engine.dispose()
    tidy(urls.superuser)
    alone = claim_cost(urls, workers, chain.batch.id, control, claims)
    crowding.let_have_done(urls, chain.batch.id, workers, sizes.claims_each)
    what = f"{sizes.workers:,} workers with {sizes.claims_each} claims of the job each: in its batch"
    return [Row(what, alone, claim_cost(urls, workers, chain.batch.id, control, claims))]


def claim_cost(
    urls: EmbeddedUrls, workers: Sequence[UUID], batch_id: UUID | None, control: Control, claims: int
) -> Cost:
    """What the next claims cost, each of another worker, on a connection of their own with plans of their own."""
    engine = make_engine(urls.app, application_name="piecework benchmark", pool_size=1, keys=KEYS)
    actors, controls = _actors(workers), _actors(control.workers)
    database: list[float] = []
    whole: list[float] = []
    aside: list[float] = []
    with engine.connect() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    account = Path(f"/proc/{backend}/schedstat")
    for number in range(WARM + claims):
        for actor, target, costs in (
            (actors[number % len(actors)], batch_id, whole),
            (controls[number % len(controls)], control.batch_id, aside),
        ):
            spent, begun = _database_nanoseconds(account), time.thread_time_ns()
            with transaction(engine) as session:
                claim_next(session, actor, target)
            own = time.thread_time_ns() - begun
            spent = _database_nanoseconds(account) - spent
            if number >= WARM:
                costs.append((spent + own) / 1000)
                if costs is whole:
                    database.append(spent / 1000)
    engine.dispose()
    return Cost(_steady(database), _steady(whole), _steady(aside))


def _actors(workers: Sequence[UUID]) -> list[Actor]:
    permissions = permissions_of(["worker"], organization_state=None)
    return [Actor(worker, None, None, frozenset(["worker"]), permissions, "session", "A worker") for worker in workers]


def _steady(costs: Sequence[float]) -> float:
    """The least of the medians of blocks: what neighbours on the machine do to its caches stays out."""
    return round(min(median(costs[first : first + BLOCK]) for first in range(0, len(costs), BLOCK)), 1)


def _database_nanoseconds(account: Path) -> int:
    return int(account.read_text().split()[0])


if __name__ == "__main__":
    sys.exit(main())
