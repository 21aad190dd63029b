"""What this server counts of itself: requests, how long they took, and connections to the database in use.

The web server is several processes, and any of them answers the monitor. Each keeps its figures in a file of the
folder PROMETHEUS_MULTIPROC_DIR (see `entrypoints/web_server.py`), and whoever is asked adds all of them up; without
that variable the figures are those of the one process. There is a series for each route as it is written in the
program, never for an address that somebody asked for.
"""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from sqlalchemy import Engine, event

SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
_EXTENSION: Final = "piecework_meters"


class Meters:
    """The figures of one application."""

    def __init__(self) -> None:
        self._own = CollectorRegistry()
        self._requests = Counter(
            "piecework_http_requests",
            "Requests answered, by route as written in the program.",
            ("method", "route", "status"),
            registry=self._own,
        )
        self._seconds = Histogram(
            "piecework_http_request_seconds",
            "Time from a request's arrival in the program to its answer.",
            ("method", "route"),
            buckets=SECONDS,
            registry=self._own,
        )
        self._in_use = Gauge(
            "piecework_database_connections_in_use",
            "Connections to the database that requests hold.",
            registry=self._own,
            multiprocess_mode="livesum",
        )
        self._most = Gauge(
            "piecework_database_connections_max",
            "Connections to the database that requests may hold; beyond it they wait.",
            registry=self._own,
            multiprocess_mode="livesum",
        )

    def count(self, status: int, seconds: float) -> None:
        """Count the request that is being answered."""
        method = request.method if request.method in METHODS else "other"
        route = request.url_rule.rule if request.url_rule is not None else "none"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def watch_pool(self, engine: Engine, *, most: int) -> None:
        """Count the connections of `engine` that are in use; it hands out `most`."""
        self._most.inc(most)

        @event.listens_for(engine, "checkout")
        def taken(*_: Any) -> None:
            self._in_use.inc()

        @event.listens_for(engine, "checkin")
        def given_back(*_: Any) -> None:
            self._in_use.dec()

    def registry(self) -> CollectorRegistry:
        """The figures of all processes together, as they are now."""
        folder = os.environ.get(FOLDER)
        if folder is None:
            return self._own
        _forget_dead(Path(folder).glob("gauge_live*_*.db"))
        together = CollectorRegistry()
        MultiProcessCollector(together, folder)  # type: ignore[no-untyped-call]
        return together


def register(app: Flask) -> None:
    """Count every request of the application, those that are refused too."""
    meters = app.extensions[_EXTENSION] = Meters()

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def count(response: Response) -> Response:
        # A request may be refused before any hook ran, such as one with an address that cannot be read.
        begun = g.get("begun")
        meters.count(response.status_code, 0.0 if begun is None else time.perf_counter() - begun)
        return response


def meters_of(app: Flask) -> Meters:
    """The meters of this application."""
    meters: Meters = app.extensions[_EXTENSION]
    return meters


def _forget_dead(files: Iterable[Path]) -> None:
    """What a process held when it was killed is held no more; what it counted stays."""
    for process_id in {int(path.stem.rpartition("_")[2]) for path in files}:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            mark_process_dead(process_id)  # type: ignore[no-untyped-call]
