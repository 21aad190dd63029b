"""How the web server is started: granian, several processes, each with as many threads as database connections."""

import sys

from marketplace.settings import Settings

THREADS_PER_WORKER = 8
BACKLOG = 1024
STOP_SECONDS_MAX = 10


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
        f"--workers-kill-timeout={STOP_SECONDS_MAX}",
        "--respawn-failed-workers",
        "--log-level=warning",
    ]
