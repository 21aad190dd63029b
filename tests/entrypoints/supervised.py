"""A supervisor over the real database and scheduler, with a web server that says ready and nothing more.

Run as a program: `python supervised.py`; settings come from the environment.
"""

import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

from marketplace.db.errors import DatabaseError
from marketplace.entrypoints import supervisor, web_server
from marketplace.entrypoints.listening import PortError
from marketplace.settings import Settings


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers everything, /readyz among it, with the number of its process."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {environ['PATH_INFO']}".encode()]


def arguments(settings: Settings) -> list[str]:
    real = "marketplace.entrypoints.wsgi:create_app"
    kept = [word for word in web_server_arguments(settings) if word != "--factory"]
    return [word if word != real else "tests.entrypoints.supervised:app" for word in kept]


web_server_arguments = web_server.arguments


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    web_server.arguments = arguments
    settings = Settings.from_env()
    watched = supervisor.Supervisor(
        settings, dict(os.environ), say=say, prepare=lambda: say("prepared"), opened=lambda: say("open")
    )
    try:
        watched.run()
    except (DatabaseError, PortError, supervisor.SupervisionError) as problem:
        sys.exit(f"refused: {problem}")


if __name__ == "__main__":
    main()
