"""The market that is measured: one job for each size of backlog, allotted to a layer that opens it to the workers.

Everything is made through the verbs that the product has for it, and timed.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace.contracts.offering import OfferRate, accept, offer
from marketplace.contracts.roots import create_root
from marketplace.db.engine import transaction
from marketplace.identity.keys import issue_key
from marketplace.jobs import authoring, items, reserve
from marketplace.jobs.drafts import GuidelineDraft, JobDraft, RateDraft
from marketplace.jobs.item_rows import ItemRow
from marketplace.jobs.locking import lock_job
from marketplace.jobs.running import open_job
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.work.opening import open_tasks
from tests.benchmarks.tickets import Order
from tests.builders.work import give_money, make_organization, make_worker

PRICE, LAYER_PRICE, PAY = "1.00", "0.90", "0.80"
CURRENCY = "USD"


@dataclass(slots=True)
class Backlog:
    """Batches of `size` open tasks, of which half are given out, so that each is between half full and full.

    `identifiers` are as the database knows them; `seconds` is how long each step of making them took.
    """

    size: int
    batches: int
    identifiers: list[str] = field(default_factory=list)
    public_identifiers: list[str] = field(default_factory=list)
    rooms: list[int] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def use(self, tickets: int) -> None:
        """Note that so many claims were made from the front."""
        while tickets and self.rooms:
            used = min(tickets, self.rooms[0])
            self.rooms[0] -= used
            tickets -= used
            if not self.rooms[0]:
                del self.rooms[0], self.identifiers[0], self.public_identifiers[0]

    def order(
        self, target: str, bearers: list[str], *, plain: bool, seconds: float, warm_seconds: float, together: bool
    ) -> Order:
        """A slice of load from what is left."""
        batches = self.identifiers if plain else self.public_identifiers
        return Order(target, bearers, batches, self.rooms, seconds, warm_seconds, together)


@dataclass(frozen=True, slots=True)
class Hands:
    """The workers of one system: their ids as text, and their keys."""

    identifiers: list[str]
    keys: list[str]


def hire(engine: Engine, count: int) -> Hands:
    """New workers with a key each."""
    with transaction(engine) as session:
        workers = [make_worker(session, f"Worker {number}") for number in range(count)]
        secrets = [issue_key(session, worker, person_id=worker.person)[1] for worker in workers]
        return Hands([str(worker.person) for worker in workers], secrets)


def open_backlog(engine: Engine, backlog: Backlog, say: Callable[[str], None]) -> None:
    """Upload the items, allot them to a layer and open them as tasks of one item, each step in its transaction."""
    total = backlog.size * backlog.batches
    with transaction(engine) as session:
        requester, manager = _parties(session)
        job_id = authoring.create_job(session, requester, _draft(), fee_ppm=0).id
    with _timed(backlog, "upload"), transaction(engine) as session:
        items.add_items(session, requester, job_id, _rows(total))
    with _timed(backlog, "publish"), transaction(engine) as session:
        amount = Money.parse(PRICE, CURRENCY) * total
        give_money(session, requester.organization, amount)
        reserve.fund(session, requester, job_id, amount)
        job = lock_job(session, job_id)
        open_job(session, requester, job)
        root_id = create_root(session, job).id
    with _timed(backlog, "allot"), transaction(engine) as session:
        rates = {"standard": OfferRate(Money.parse(LAYER_PRICE, CURRENCY), total)}
        offered = offer(session, requester, root_id, manager.organization, rates)
        contract_id = accept(session, manager, offered.id).id
    with _timed(backlog, "split"):
        for _ in range(backlog.batches):
            with transaction(engine) as session:
                pay = Money.parse(PAY, CURRENCY)
                batch = open_tasks(
                    session, manager, contract_id, "standard", items=backlog.size, items_per_task=1, pay=pay
                )
                backlog.identifiers.append(str(batch.id))
                backlog.public_identifiers.append(public("batch", batch.id))
    backlog.rooms = [backlog.size // 2] * backlog.batches
    steps = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in backlog.seconds.items())
    say(f"{total:,} tasks of one item in {backlog.batches} batches of {backlog.size:,}: {steps}")


def _parties(session: Session) -> tuple[Any, Any]:
    (requester,) = make_organization(session, "client", "requester")
    (manager,) = make_organization(session, "subcontractor", "manager")
    return requester, manager


def _draft() -> JobDraft:
    return JobDraft(
        title="Reviews of films",
        kind="text_classification",
        instructions="Say whether the review is good or bad.",
        label_schema={"classes": ["good", "bad"]},
        currency=CURRENCY,
        rates=(RateDraft("standard", Money.parse(PRICE, CURRENCY)),),
        acceptance_by="client",
        layers_max=1,
        guideline=GuidelineDraft("Read it all.", (("G1", "Irony counts as what is meant."),)),
    )


def _rows(count: int) -> Iterator[ItemRow]:
    for number in range(1, count + 1):
        yield ItemRow(number, f"text-{number:07d}", "standard", {"text": f"Film number {number} was worth the way."})


@contextmanager
def _timed(backlog: Backlog, step: str) -> Iterator[None]:
    begun = time.perf_counter()
    yield
    backlog.seconds[step] = time.perf_counter() - begun
