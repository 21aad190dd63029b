"""Twenty thousand texts, five hundred people, some of them careless: whose word is right in the end?"""

from __future__ import annotations

import datetime as dt
import random
import time
import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import exists, select

from marketplace.jobs.consensus import ConsensusPolicy
from marketplace.jobs.models import Item
from marketplace.jobs.overlap import WAIT_SECONDS, Overlap
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.work.claiming import claim_next
from marketplace.work.consensus_models import ItemConsensus
from marketplace.work.models import Answer, Batch, Seat
from marketplace.work.submitting import submit
from tests.builders.work import Market, make_market, make_worker, open_batch
from tests.soak.crowd.place import Place

PRICE, PAY = "0.01", "0.006"
CLASSES = ("bird", "cat", "dog", "fish")
ITEMS_PER_TASK = 20
REDUNDANCY, ANSWERS_MAX = 3, 5
ACCEPT_AFTER = 60
GATHER_AFTER = dt.timedelta(seconds=WAIT_SECONDS + 1)


@dataclass(frozen=True, slots=True)
class Habit:
    """How a part of the crowd answers: right in `right` of all cases, else `favourite`, else anything."""

    name: str
    share: float
    right: float
    favourite: str | None = None


HABITS = (
    Habit("careful", 0.40, 0.92),
    Habit("average", 0.30, 0.72),
    Habit("hasty", 0.15, 0.45),
    Habit("takes all for dogs", 0.10, 0.25, "dog"),
    Habit("answers at random", 0.05, 0.25),
)


@dataclass(frozen=True, slots=True)
class Person:
    """A worker and their habit."""

    actor: Actor
    habit: Habit

    def label(self, truth: str, dice: random.Random) -> str:
        """What they say of a thing that is `truth`."""
        if dice.random() < self.habit.right:
            return truth
        return self.habit.favourite or dice.choice([name for name in CLASSES if name != truth])


def hire(place: Place, count: int) -> list[Person]:
    """So many workers, the habits in their shares."""
    people: list[Person] = []
    with place.transaction() as session:
        for habit in HABITS:
            for _ in range(round(habit.share * count)):
                people.append(Person(make_worker(session, f"{habit.name} {len(people)}"), habit))
    return people


@dataclass(frozen=True, slots=True)
class Labeled:
    """What came of it; `majority` and `consensus` count the items on which each is right."""

    people: int
    items: int
    answers: int
    rounds: int
    seconds: float
    by_answers: dict[int, int]
    majority: int
    consensus: int
    undecided: int

    def to_lines(self) -> dict[str, object]:
        """For people."""
        return {
            "workers, items, answers": f"{self.people}, {self.items:,}, {self.answers:,}",
            "rounds, seconds": f"{self.rounds}, {self.seconds:.0f}",
            "items by number of answers": self.by_answers,
            "right by majority of the same answers": share(self.majority, self.items),
            "right by the consensus (Dawid and Skene)": share(self.consensus, self.items),
            "items without a consensus": self.undecided,
        }


def run(place: Place, workers: int, items: int, dice: random.Random) -> Labeled:
    """Labels, acceptance by the timer, further answers; and how often each way of deciding is right."""
    people = hire(place, workers)
    market, batch_id = post(place, items)
    begun = time.monotonic()
    given, rounds = 0, 0
    batches = [batch_id]
    while batches:
        rounds += 1
        given += sum(work_through(place, people, each, dice) for each in batches)
        place.wait(dt.timedelta(seconds=ACCEPT_AFTER + 1))
        place.sweep("auto_accept", "judge_overlap")
        place.wait(GATHER_AFTER)
        place.sweep("judge_overlap", "extend_overlap", "finish_batches")
        batches = open_batches(place, market)
    for step in ("find_consensus", "fit_consensus", "find_consensus"):
        place.sweep(step)
    with place.transaction() as session:
        of_job = select(Answer.ordinal, Answer.content).where(Answer.job_id == market.job.id).order_by(Answer.id)
        said: dict[int, list[str]] = defaultdict(list)
        for ordinal, content in session.execute(of_job):
            said[ordinal].append(content["label"])
        found = session.execute(
            select(Item.ordinal, ItemConsensus.value)
            .join(ItemConsensus, ItemConsensus.item_id == Item.id)
            .where(Item.job_id == market.job.id)
        ).all()
    decided = {ordinal: value["label"] for ordinal, value in found if value is not None}
    return Labeled(
        people=len(people),
        items=items,
        answers=given,
        rounds=rounds,
        seconds=time.monotonic() - begun,
        by_answers=dict(sorted(Counter(len(labels) for labels in said.values()).items())),
        majority=sum(majority_of(labels) == truth_of(ordinal) for ordinal, labels in said.items()),
        consensus=sum(label == truth_of(ordinal) for ordinal, label in decided.items()),
        undecided=items - len(decided),
    )


def share(right: int, of: int) -> str:
    """As percent."""
    return f"{100 * right / of:.2f} %"


def majority_of(labels: list[str]) -> str:
    """The label named most often, the first named of equals."""
    return Counter(labels).most_common(1)[0][0]


def open_batches(place: Place, market: Market) -> list[uuid.UUID]:
    """What of the job can still be claimed."""
    a_seat = exists().where(Seat.batch_id == Batch.id, Seat.state == "open")
    with place.transaction() as session:
        return list(session.scalars(select(Batch.id).where(Batch.job_id == market.job.id, a_seat)))


def truth_of(ordinal: int) -> str:
    """What item number `ordinal` really is; dogs are frequent."""
    return random.Random(ordinal * 7919).choice((*CLASSES, "dog"))


def post(place: Place, items: int) -> tuple[Market, uuid.UUID]:
    """The job, open to everybody: three answers an item, five where they do not agree."""
    with place.transaction() as session:
        market = make_market(
            session,
            items_count=items,
            price=PRICE,
            funded=f"{Decimal(PRICE) * items * ANSWERS_MAX}",
            redundancy=REDUNDANCY,
            label_schema={"classes": list(CLASSES)},
            overlap=Overlap(ANSWERS_MAX, 990_000),
            auto_accept_seconds=ACCEPT_AFTER,
            consensus=ConsensusPolicy("dawid_skene"),
        )
        batch = open_batch(session, market, pay=PAY, items_per_task=ITEMS_PER_TASK)
        return market, batch.id


def work_through(place: Place, people: list[Person], batch_id: uuid.UUID, dice: random.Random) -> int:
    """Everybody takes turns until nobody finds anything in the batch; returns how many answers were given."""
    given = 0
    ready = list(people)
    while ready:
        dice.shuffle(ready)
        still = []
        for person in ready:
            answers = turn(place, person, batch_id, dice)
            given += answers
            if answers:
                still.append(person)
        ready = still
    return given


def turn(place: Place, person: Person, batch_id: uuid.UUID, dice: random.Random) -> int:
    """One task, claimed and answered, each in its transaction; nothing where none is left."""
    try:
        with place.transaction() as session:
            claimed = claim_next(session, person.actor, batch_id)
    except DomainError as refused:
        if refused.slug == "nothing_to_claim":
            return 0
        raise
    answers = {item.id: {"label": person.label(truth_of(item.ordinal), dice)} for item in claimed.items}
    with place.transaction() as session:
        submit(session, person.actor, claimed.id, answers, 1)
    return len(answers)
