"""How the web server is started: granian, several processes, each with as many threads as database connections."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from marketplace.settings import Settings

THREADS_PER_WORKER = min(8, 2 * (os.cpu_count() or 1) + 1)
"""More only take turns at the interpreter's lock; each has a database connection at hand."""
BACKLOG = 1024
CONCURRENT_REQUESTS_MAX = 64
"""In one process; what comes beyond waits in the backlog."""
STOP_SECONDS_MAX = 10
"""Requests under way may finish within this time. A process told to stop while it starts uses it up: granian sets its
signal handlers last."""


def arguments(settings: Settings) -> list[str]:
    """The command line that serves `marketplace.entrypoints.wsgi:create_app`."""
    return [
        sys.executable,
        "-m",
        "granian",
        "marketplace.entrypoints.wsgi:create_app",
        "--factory",
        "--interface=wsgi",
        "--http=1",
        "--no-ws",
        f"--host={settings.host}",
        f"--port={settings.port}",
        f"--workers={settings.web_workers}",
        f"--blocking-threads={THREADS_PER_WORKER}",
        f"--backlog={BACKLOG}",
        f"--backpressure={CONCURRENT_REQUESTS_MAX}",
        f"--workers-kill-timeout={STOP_SECONDS_MAX}",
        "--respawn-failed-workers",
        "--log-level=warning",
    ]


def environment(settings: Settings) -> Mapping[str, str]:
    """What its processes need to add up what they count: a folder in which each keeps its own figures.

    A process that is started anew finds what those before it counted, since all of them together are the server.
    """
    return {"PROMETHEUS_MULTIPROC_DIR": str(_figures(settings))}


def forget_figures(settings: Settings) -> None:
    """Empty that folder, once nothing speaks against starting: another market's figures are not ours to remove."""
    folder = _figures(settings)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def _figures(settings: Settings) -> Path:
    return settings.data_dir / "metrics"
