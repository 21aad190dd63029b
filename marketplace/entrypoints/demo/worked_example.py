"""The worked example of the documentation, run through the verbs: 1,000 images accepted on a 15 January.

Client 0.90 CNY, fee 5 %, layer 1 sells at 0.60, layer 2 pays 0.35; three workers label 400, 350 and 250.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Final
from uuid import UUID

from marketplace.db.clock import market_now
from marketplace.entrypoints.context import Context
from marketplace.entrypoints.demo import people, posting
from marketplace.entrypoints.demo.scenes import LABELS, draw_scene
from marketplace.kernel.actor import system_actor
from marketplace.lifecycle import time
from marketplace.settlement.accepting import decide_answers
from marketplace.work import claiming, submitting
from marketplace.work.review_queries import review_view
from marketplace.work.review_queue import queue
from marketplace.work.verdicts import Verdict

IMAGES: Final = 1000
ITEMS_PER_TASK: Final = 50
TASKS_OF: Final = {"worker_1": 8, "worker_2": 7, "worker_3": 5}
FIRST_YEAR: Final = 2027
SAY_EVERY: Final = 250


def acceptance_day(today: dt.date) -> dt.date:
    """15 January 2027, or of the first year in which it still lies ahead."""
    day = dt.date(FIRST_YEAR, 1, 15)
    while day < today:
        day = day.replace(year=day.year + 1)
    return day


def run(context: Context, say: Callable[[str], None]) -> None:
    """Post the job, pass it down, label it, accept it all, with market time moved to the day of acceptance."""
    posting.pay_in(context, posting.cny("900.00"))
    rows = posting.keep_pictures(context, _scenes(say))
    say("Street scenes: posted by the client, passed down two layers, split into tasks ...")
    job_id = posting.post_job(
        context,
        posting.boxes_draft(
            "Street scenes: cars, people, traffic lights",
            "Draw a box around every car, every person and every traffic light.",
            LABELS,
            {"standard": posting.PRICES["standard"][0]},
        ),
        rows,
        posting.cny("900.00"),
    )
    contract_id = posting.pass_down(context, job_id, {"standard": IMAGES})
    batch_id = posting.open_to_workers(
        context, contract_id, "standard", posting.cny(posting.PRICES["standard"][2]), ITEMS_PER_TASK
    )
    _move_to_acceptance_day(context)
    say("Three workers label 400, 350 and 250 images; a reviewer accepts them ...")
    for worker, tasks in TASKS_OF.items():
        for _ in range(tasks):
            label_task(context, worker, batch_id)
    accept_all(context, job_id)


def _scenes(say: Callable[[str], None]) -> Iterator[posting.Picture]:
    for number in range(1, IMAGES + 1):
        if number % SAY_EVERY == 1:
            say(f"Drawing street scenes: {number - 1} of {IMAGES} ...")
        yield posting.Picture(f"street-{number:04}.png", "standard", draw_scene(number).png)


def _move_to_acceptance_day(context: Context) -> None:
    with context.transactions() as session:
        now = market_now(session)
        noon = dt.datetime.combine(acceptance_day(now.date()), dt.time(8), dt.UTC)
        if noon > now:
            time.advance(session, system_actor("demo"), noon, allowed=context.time_may_be_moved)


def label_task(context: Context, worker: str, batch_id: UUID) -> None:
    """One worker claims the next task of drawn scenes and submits the boxes that are really there."""
    with context.transactions() as session:
        actor = people.actor(session, worker)
        claim = claiming.claim_next(session, actor, batch_id)
    answers = {}
    for item in claim.items:
        scene = draw_scene(int(item.external_id.removeprefix("street-").removesuffix(".png")))
        answers[item.id] = {"boxes": [box.to_answer() for box in scene.boxes]}
    with context.transactions() as session:
        submitting.submit(session, actor, claim.id, answers, attempt=1)


def accept_all(context: Context, job_id: UUID) -> None:
    """The reviewer accepts whatever waits in the job."""
    while True:
        with context.transactions() as session:
            reviewer = people.actor(session, "reviewer")
            waiting = [line.claim.id for line in queue(session, reviewer, job_id=job_id).data]
        if not waiting:
            return
        for claim_id in waiting:
            with context.transactions() as session:
                answers = review_view(session, reviewer, claim_id).answers.values()
                verdicts = [Verdict(view.answer.id, "accept") for view in answers if view.answer.state == "submitted"]
                decide_answers(session, reviewer, claim_id, verdicts)
