"""What a process of the campaign does until it is killed: it labels, sweeps or reviews."""

import contextlib
import json
import random
import signal
import time
import uuid
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from marketplace.db.children import end_with_parent
from marketplace.db.engine import make_engine, transaction
from marketplace.identity.permissions import permissions_of
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.settlement.bulk_accepting import accept_claims, auto_accept
from marketplace.work import holding, leases
from marketplace.work.accepting import oldest_waiting
from marketplace.work.claiming import claim_next
from marketplace.work.submitting import submit


def work(role: str, url: str, notes: str, person_id: uuid.UUID, market: dict[str, Any], number: int) -> None:
    """`role` is work, sweep or review; what was acknowledged to a worker goes to the file `notes`, a line each."""
    end_with_parent(signal.SIGKILL)
    engine = make_engine(url, application_name=f"piecework soak {role}", pool_size=1)
    chance = random.Random(f"{number}{time.time()}")
    if role == "work":
        actor = Actor(
            person_id,
            None,
            None,
            frozenset(["worker"]),
            permissions_of(["worker"], organization_state=None),
            "session",
            "A",
        )
        with open(notes, "ab", buffering=0) as file:  # noqa: PTH123 - each line at once
            while True:
                _one_task(engine, actor, market["batch_id"], chance, file)
    while True:
        time.sleep(chance.random() / 10)
        # One that waited too long for the job tries again, as a sweep does with its next tick.
        with contextlib.suppress(DomainError, DBAPIError):
            if role == "sweep":
                with transaction(engine) as session:
                    leases.expire(session, 20)
                auto_accept(lambda: transaction(engine), 20)
            else:
                _review(engine, market)


def _one_task(engine: Engine, actor: Actor, batch_id: uuid.UUID, chance: random.Random, notes: Any) -> None:
    try:
        with transaction(engine) as session:
            claimed = claim_next(session, actor, batch_id)
        mood = chance.random()
        if mood < 0.05:
            return  # forgets it: the lease ends it
        with transaction(engine) as session:
            if mood < 0.10:
                holding.give_back(session, actor, claimed.id)
                return
            answers = {item.id: {"label": chance.choice(["car", "bus"])} for item in claimed.items}
            submit(session, actor, claimed.id, answers, 1)
    except (DomainError, DBAPIError):
        time.sleep(0.05)
        return
    line = {"claim": str(claimed.id), "answers": {str(item_id): answer for item_id, answer in answers.items()}}
    notes.write(json.dumps(line).encode() + b"\n")


def _review(engine: Engine, market: dict[str, Any]) -> None:
    person_id, organization_id, kind = market["reviewer"]
    permissions = permissions_of(["reviewer"], organization_state="approved")
    reviewer = Actor(person_id, organization_id, kind, frozenset(["reviewer"]), permissions, "session", "B")
    with transaction(engine) as session:
        accept_claims(session, reviewer, oldest_waiting(session, reviewer, market["job_id"], 20))
