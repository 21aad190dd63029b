"""The scheduler process: runs every sweep at its interval until it is told to stop."""

import logging
import signal
import time
import traceback
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from marketplace import logs
from marketplace.entrypoints.context import Context, make_context
from marketplace.entrypoints.sweeping import Sweep
from marketplace.entrypoints.sweeps import SWEEPS
from marketplace.kernel.errors import DomainError
from marketplace.operations.sweep_runs import note_run
from marketplace.settings import Settings

THREADS = 4
log = logs.get_logger("scheduler")


def run_sweep(sweep: Sweep, context: Context) -> dict[str, int]:
    """Run one sweep once, log and note what it did; an error is logged and noted, and left to the next tick."""
    begun = time.monotonic()
    counts: dict[str, int] = {}
    error = None
    try:
        counts = dict(sweep.run(context))
    except Exception as problem:
        # Whatever one sweep meets must not stop the others; its rows are still due at the next tick.
        log.exception("sweep.failed", sweep=sweep.name)
        error = _kind_and_place(problem)
    milliseconds = round((time.monotonic() - begun) * 1000)
    if error is None:
        level = log.info if any(counts.values()) else log.debug
        level("sweep.ran", sweep=sweep.name, milliseconds=milliseconds, **counts)
    try:
        with context.transactions() as session:
            note_run(session, sweep.name, milliseconds=milliseconds, rows=sum(counts.values()), error=error)
    except Exception as problem:  # noqa: BLE001 - a database that is away has failed the sweep already
        log.warning("sweep.not_noted", sweep=sweep.name, problem=type(problem).__name__)
    return counts


def _kind_and_place(problem: Exception) -> str:
    """What went wrong without what it was about: the error's kind and the line of the program."""
    kind = problem.slug if isinstance(problem, DomainError) else type(problem).__name__
    ours = [frame for frame in traceback.extract_tb(problem.__traceback__) if "/site-packages/" not in frame.filename]
    place = ours[-1] if ours else None
    return (
        kind if place is None else f"{kind} in {place.name}, {'/'.join(place.filename.split('/')[-2:])}:{place.lineno}"
    )


def main() -> None:
    """Tick until SIGTERM, SIGINT or SIGHUP; sweeps under way are finished first, operations given back."""
    settings = Settings.from_env()
    logs.configure(settings.log_level)
    places = settings.operations_at_once
    context = make_context(settings, application_name="piecework scheduler", pool_size=THREADS + places)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: context.stopping.set())
    # A tick that comes while all places are taken is nothing to warn of.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    # Long work has threads of its own: however many operations run, the sweeps go on.
    executors = {"default": ThreadPoolExecutor(THREADS), "apart": ThreadPoolExecutor(places)}
    scheduler = BackgroundScheduler(timezone="UTC", executors=executors)
    for sweep in SWEEPS:
        scheduler.add_job(
            run_sweep,
            "interval",
            args=(sweep, context),
            id=sweep.name,
            seconds=sweep.every_seconds,
            next_run_time=datetime.now(UTC),
            executor="apart" if sweep.apart else "default",
            max_instances=places if sweep.apart else 1,
            coalesce=True,
            misfire_grace_time=None,
        )
    scheduler.start()
    log.info("scheduler.started", sweeps=len(SWEEPS))
    context.stopping.wait()
    scheduler.shutdown(wait=True)
    context.engine.dispose()
    log.info("scheduler.stopped")


if __name__ == "__main__":
    main()
