"""Looking on while a job is worked at."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, Final

import click

from client_api.client import Client
from client_api.client.generated.types import Job, Progress
from marketplace.entrypoints.commands.jobs.calling import calls_the_service

_OVER: Final = frozenset({"completed", "settled", "archived", "cancelled"})
# What the client gets; nothing that was rejected is waited for twice: the job then drains by itself.
_DELIVERED: Final = ("accepted", "accepted_on_appeal", "paid_not_used")


@click.command("watch")
@click.argument("job_id")
@click.option("--every", type=click.FloatRange(min=0.1), default=2.0, show_default=True, help="Seconds between looks.")
@calls_the_service
def watch_command(client: Client, *, job_id: str, every: float, as_json: bool) -> None:
    """Show how far a job is, until every answer is in or the job is over.

    With --json one line for each change. Ends with 0 when every answer is in, also where the job stays open.
    """
    job = client.jobs.read_job(job_id)
    progress = client.tasks.read_progress(job_id)
    on_terminal = sys.stderr.isatty() and not as_json
    bar = (
        click.progressbar(length=_wanted(job, progress), label=job["title"][:30], file=sys.stderr, show_pos=True)
        if on_terminal
        else nullcontext(None)
    )
    with bar as shown:
        tell = _teller(shown, as_json=as_json)
        while True:
            tell(job, progress)
            if is_over(job, progress):
                break
            time.sleep(every)
            job, progress = client.jobs.read_job(job_id), client.tasks.read_progress(job_id)
    if not as_json:
        click.echo(_sentence(job, progress))


def is_over(job: Job, progress: Progress) -> bool:
    """Whether there is nothing left to wait for."""
    return job["state"] in _OVER or 0 < _wanted(job, progress) <= _delivered(progress)


def _teller(bar: Any, *, as_json: bool) -> Callable[[Job, Progress], None]:
    last: list[object] = [None]

    def tell(job: Job, progress: Progress) -> None:
        if bar is not None:
            bar.length = _wanted(job, progress)
            bar.update(_delivered(progress) - bar.pos)
            return
        now = {"job_id": job["id"], "state": job["state"], "wanted": _wanted(job, progress), **progress}
        if now != last[0]:
            last[0] = now
            click.echo(json.dumps(now, ensure_ascii=False) if as_json else _sentence(job, progress))

    return tell


def _wanted(job: Job, progress: Progress) -> int:
    return (progress["items"] - progress["items_withdrawn"]) * job["redundancy"]


def _delivered(progress: Progress) -> int:
    return sum(progress["answers"].get(state, 0) for state in _DELIVERED)


def _sentence(job: Job, progress: Progress) -> str:
    return (
        f"{job['id']} is {job['state']}: {_delivered(progress)} of {_wanted(job, progress)} answers accepted, "
        f"{progress['waiting_for_review']} submissions wait for review."
    )
