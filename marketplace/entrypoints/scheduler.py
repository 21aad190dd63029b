"""The scheduler process: runs every sweep at its interval until it is told to stop."""

import logging
import signal
import time
from datetime import UTC, datetime

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from marketplace import logs
from marketplace.entrypoints.context import Context, make_context
from marketplace.entrypoints.sweeping import Sweep
from marketplace.entrypoints.sweeps import SWEEPS
from marketplace.settings import Settings

THREADS = 4
log = logs.get_logger("scheduler")


def run_sweep(sweep: Sweep, context: Context) -> dict[str, int]:
    """Run one sweep once and log what it did; an error is logged and left to the next tick."""
    begun = time.monotonic()
    try:
        counts = dict(sweep.run(context))
    except Exception:
        # Whatever one sweep meets must not stop the others; its rows are still due at the next tick.
        log.exception("sweep.failed", sweep=sweep.name)
        return {}
    milliseconds = round((time.monotonic() - begun) * 1000)
    level = log.info if any(counts.values()) else log.debug
    level("sweep.ran", sweep=sweep.name, milliseconds=milliseconds, **counts)
    return counts


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
