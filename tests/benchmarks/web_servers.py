"""granian beside gunicorn: one route of three statements, on the embedded PostgreSQL, loaded by `wrk`.

`python -m tests.benchmarks.web_servers`; docs/decisions/0002-web-server.md says what came of it.
"""

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from pathlib import Path

import psycopg
from flask import Flask
from sqlalchemy import text

from marketplace.db.embedded import EmbeddedServer
from marketplace.db.engine import make_engine

PORT = 8899
URL = f"http://127.0.0.1:{PORT}/claim"
ROUNDS = 3
SECONDS = 4
CONNECTIONS = (1, 8, 32)
APP = "tests.benchmarks.web_servers:make_app()"
TABLES = """
    CREATE TABLE seat (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text, taken bigint);
    CREATE TABLE hold (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, seat_id bigint);
    INSERT INTO seat (state, taken) SELECT 'open', 0 FROM generate_series(1, 1000);
    CREATE INDEX ON seat (id) WHERE state = 'open';
    GRANT ALL ON ALL TABLES IN SCHEMA public TO piecework_app
"""


def make_app() -> Flask:
    """The application both serve: take an open row, count it up, insert a row, one transaction."""
    app = Flask("bench")
    engine = make_engine(os.environ["BENCH_URL"], application_name="bench", pool_size=8)
    take = text("SELECT id FROM seat WHERE state = 'open' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED")
    count = text("UPDATE seat SET taken = taken + 1 WHERE id = :id")
    insert = text("INSERT INTO hold (seat_id) VALUES (:id)")

    @app.post("/claim")
    def claim() -> dict[str, int]:
        with engine.begin() as connection:
            row = {"id": connection.execute(take).scalar_one()}
            connection.execute(count, row)
            connection.execute(insert, row)
        return row

    return app


def servers() -> dict[str, list[str]]:
    def granian(threads: int) -> list[str]:
        quiet = ["--http=1", "--no-ws", "--log-level=error", "--workers-kill-timeout=5"]
        sizes = ["--workers=2", f"--blocking-threads={threads}", f"--port={PORT}"]
        return ["-m", "granian", APP.removesuffix("()"), "--factory", "--interface=wsgi", *quiet, *sizes]

    gthread = ["-k", "gthread", "-w", "2", "--threads", "8", "--keep-alive", "30", "--log-level", "error"]
    return {
        "granian, 4 threads": granian(4),
        "granian, 8 threads": granian(8),
        "gunicorn gthread, 8 threads": ["-m", "gunicorn", APP, *gthread, "-b", f"127.0.0.1:{PORT}"],
    }


def wait_until_it_answers() -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(urllib.request.Request(URL, method="POST"), timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    sys.exit("The server does not answer.")


def load(wrk: str, script: Path, connections: int) -> float:
    """Requests a second with so many connections; ends the program when one fails."""
    said = subprocess.run(
        [wrk, "-t1", f"-c{connections}", f"-d{SECONDS}s", "-s", str(script), URL],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", said)
    if rate is None or "Non-2xx" in said or "Socket errors" in said:
        sys.exit(said)
    return float(rate[1])


def main() -> None:
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("wrk was not found. On Debian and Ubuntu: apt-get install wrk")
    folder = Path(tempfile.mkdtemp(prefix="piecework-bench-"))
    database = EmbeddedServer(folder, settings={"synchronous_commit": "off"})
    found: dict[tuple[str, int], list[float]] = defaultdict(list)
    try:
        urls = database.start()
        with psycopg.connect(urls.owner) as connection:
            connection.execute(TABLES)
        script = folder / "post.lua"
        script.write_text('wrk.method = "POST"\n')
        for _ in range(ROUNDS):
            for name, arguments in servers().items():
                server = subprocess.Popen([sys.executable, *arguments], env={**os.environ, "BENCH_URL": urls.app})
                wait_until_it_answers()
                for connections in CONNECTIONS:
                    found[name, connections].append(load(wrk, script, connections))
                server.terminate()
                server.wait()
    finally:
        database.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print("median requests a second")
    for name in servers():
        print(f"  {name:30}", *(f"{statistics.median(found[name, count]):8.0f} @{count}" for count in CONNECTIONS))


if __name__ == "__main__":
    main()
