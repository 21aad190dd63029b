"""Workers, reviewers and sweeps, each a process; one or another is killed (SIGKILL) all the time.

    python -m tests.soak.killing [--processes 64] [--seconds 60]

On a database of its own with production settings. Each process notes in a file, in one line that is on disk before it
goes on, what was acknowledged to it: a submission whose transaction came to its end. Afterwards all that is left goes
by the clock, and then: no seat has more claims than one, no acknowledged answer is lost or other than it was given, no
lease lasts for ever, and the books hold. It ends with 1 and a sentence where that is not so.
"""

import argparse
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from marketplace.db import clock, migrate
from marketplace.db.embedded import APP_ROLE, EmbeddedServer
from marketplace.db.engine import make_engine, transaction
from marketplace.kernel.actor import system_actor
from marketplace.settlement.bulk_accepting import auto_accept
from marketplace.work import leases
from marketplace.work.models import Answer, Claim, Seat
from marketplace.work.states import HOLDING_CLAIM
from tests.builders.settlement import Chain, make_chain, payable_worker
from tests.invariants import check_invariants
from tests.keys import KEYS
from tests.soak import doing

REDUNDANCY, ITEMS = 2, 400
LIFE_SECONDS = 8
"""How long a process lives on average before it is killed."""
CLOCK_RUNS = 20
"""So many times as fast as real time, so that the shortest lease there is ends after three seconds."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="piecework-killing-"))
    server = EmbeddedServer(folder, settings={"max_connections": str(asked.processes + 40)})
    try:
        urls = server.start()
        migrate.upgrade(urls.owner, app_role=APP_ROLE)
        found = campaign(urls.app, folder, asked.processes, asked.seconds)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    for line in found.pop("problems"):
        print(f"WRONG: {line}")
        found["wrong"] = True
    print(json.dumps(found))
    return 1 if "wrong" in found else 0


def campaign(url: str, folder: Path, processes: int, seconds: float) -> dict[str, Any]:
    """Let them work and kill them for so long; counts, and `problems` as sentences."""
    engine = make_engine(url, application_name="piecework soak", keys=KEYS)
    with transaction(engine) as session:
        items = ITEMS * max(1, round(seconds / 4))
        chain = make_chain(
            session, items=items, items_per_task=2, funds=f"{items}0.00", redundancy=REDUNDANCY, lease_seconds=60
        )
        people = [payable_worker(session).person for _ in range(processes)]
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.soak.doing"])  # so that one is at work at once
    roles = [_role(number, processes) for number in range(processes)]
    notes = [folder / f"acknowledged-{number}" for number in range(processes)]

    def start(number: int) -> Any:
        arguments = (roles[number], url, str(notes[number]), people[number], _plain(chain), number)
        process = context.Process(target=doing.work, args=arguments, daemon=True)
        process.start()
        return process

    running = [start(number) for number in range(processes)]
    kills = 0
    chance = random.Random(20270115)
    pause = LIFE_SECONDS / processes
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(pause)
        _advance(engine, timedelta(seconds=CLOCK_RUNS * pause))
        number = chance.randrange(processes)
        if running[number].pid is not None and running[number].is_alive():
            os.kill(running[number].pid, signal.SIGKILL)
            kills += 1
        running[number].join()
        running[number] = start(number)
    for process in running:
        process.kill()
        process.join()
    acknowledged = [json.loads(line) for note in notes if note.exists() for line in note.read_text().splitlines()]
    result = {"processes": processes, "kills": kills, "acknowledged": len(acknowledged)}
    try:
        _by_the_clock(engine)
        with Session(engine) as session:
            return result | _judge(session, chain, acknowledged)
    finally:
        engine.dispose()


def _role(number: int, processes: int) -> str:
    """One in eight sweeps, one in eight reviews, the others work."""
    return {0: "sweep", 1: "review"}.get(number % max(4, min(8, processes // 2)), "work")


def _plain(chain: Chain) -> dict[str, Any]:
    """What a process is told of the market."""
    reviewer = chain.reviewer
    return {
        "batch_id": chain.batch.id,
        "job_id": chain.job.id,
        "reviewer": (reviewer.person_id, reviewer.organization_id, reviewer.organization_kind),
    }


def _by_the_clock(engine: Engine) -> None:
    """All leases are over and nobody reviews any more: the sweeps do what is left."""
    _wait_for_the_killed(engine)
    _advance(engine, timedelta(days=60))
    while True:
        with transaction(engine) as session:
            if not leases.expire(session):
                break
    auto_accept(lambda: transaction(engine))


def _wait_for_the_killed(engine: Engine) -> None:
    """A connection whose process was killed holds its locks until the server has noticed; sweeps pass over them."""
    others = text("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'piecework soak %'")
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with transaction(engine) as session:
            if not session.scalar(others):
                return
        time.sleep(0.2)
    raise AssertionError("the server still holds connections of killed processes")


def _advance(engine: Engine, by: timedelta) -> None:
    with transaction(engine) as session:
        clock.advance(session, system_actor("soak"), clock.market_now(session) + by, allowed=True)


def _judge(session: Session, chain: Chain, acknowledged: list[dict[str, Any]]) -> dict[str, Any]:
    states: Counter[str] = Counter(dict(session.execute(select(Claim.state, func.count()).group_by(Claim.state)).all()))
    problems = [f"{states[state]} claims are still {state}" for state in ("claimed", "submitted") if states[state]]
    taken = (
        select(Claim.seat_id)
        .where(Claim.state.in_(HOLDING_CLAIM))
        .group_by(Claim.seat_id)
        .having(func.count() > 1)
        .subquery()
    )
    if twice := session.scalar(select(func.count()).select_from(taken)):
        problems.append(f"{twice} seats have more than one claim")
    if stuck := session.scalar(select(func.count()).where(Seat.state == "claimed")):
        problems.append(f"{stuck} seats are taken for ever")
    rows = session.execute(select(Answer.claim_id, Answer.item_id, Answer.content, Answer.state)).all()
    given = {(str(row.claim_id), str(row.item_id)): (row.content, row.state) for row in rows}
    for line in acknowledged:
        for item_id, content in line["answers"].items():
            kept = given.get((line["claim"], item_id))
            if kept != (content, "accepted"):
                problems.append(f"of {line['claim']} {content} was acknowledged, and there is {kept}")
    try:
        check_invariants(session)
    except AssertionError as broken:
        problems.append(str(broken))
    return {"claims": dict(states), "answers": len(rows), "problems": problems[:20]}


if __name__ == "__main__":
    sys.exit(main())
