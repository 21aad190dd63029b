"""`make bench`: how many items a second come in, beside a bare COPY of the same rows into the same table.

    python -m tests.benchmarks.uploading [--quick] [--items 1000000] [--json FILE]

Measured in one run, in turn: (copy) a database client that sends the finished rows into `item` by COPY and nothing
else; (ndjson, csv, gzip) the product over HTTP on its own web server, with every check, its report and its event.
Real commits to a database with production settings. The bare COPY goes second and last, and counts by the mean. Memory
is the growth of the web server's processes from before the first upload to their peak while one runs, and the same of
the database's session. Ends with 1 when a system wrote other rows than it should have.
"""

import gzip
import http.client
import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import Engine

from marketplace.db.embedded import EmbeddedUrls
from marketplace.db.engine import make_engine, transaction
from marketplace.identity.keys import issue_key
from marketplace.jobs import authoring
from marketplace.jobs.drafts import JobDraft, RateDraft
from marketplace.kernel.ids import new_id_text, public
from marketplace.kernel.money import Money
from tests.benchmarks.memory import Memory
from tests.benchmarks.running import fresh_database, kept, options_of
from tests.benchmarks.systems import PRODUCT_APP, serving
from tests.builders.work import make_organization

ITEMS, QUICK_ITEMS = 1_000_000, 50_000
SHARE_AIM, GROWTH_MB_AIM = 0.5, 200
ANSWER_SECONDS_MAX = 1_800
_BLOCK = 2**16
_COLUMNS = "id, job_id, rate_code, ordinal, external_id, content, media_id, digest"
_CHECK = """
    SELECT md5(string_agg(row, '' ORDER BY ordinal)), count(*)
    FROM (
        SELECT ordinal, md5(concat_ws('|', rate_code, ordinal, external_id, content, encode(digest, 'hex'))) AS row
        FROM item WHERE job_id = %s
    ) AS rows
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """One way in: how long it took and by how much memory grew; `sent_bytes` is what went over the wire."""

    system: str
    items: int
    seconds: float
    sent_bytes: int
    web_growth_mb: float = 0.0
    session_growth_mb: float = 0.0

    @property
    def items_per_second(self) -> float:
        return self.items / self.seconds


class Bench:
    """The market, its one requester, and the files that are sent."""

    def __init__(self, engine: Engine, urls: EmbeddedUrls, folder: Path, count: int) -> None:
        self.engine, self.urls, self.count = engine, urls, count
        self.folder = folder / "files"
        self.folder.mkdir()
        with transaction(engine) as session:
            (self.requester,) = make_organization(session, "client", "requester")
            self.key = issue_key(session, self.requester, organization_id=self.requester.organization)[1]
        self.files = {name: self._write(name, lines()) for name, lines in self._forms().items()}
        self.files["gzip"] = self.folder / "gzip"
        with self.files["ndjson"].open("rb") as plain, gzip.open(self.files["gzip"], "wb", compresslevel=6) as packed:
            shutil.copyfileobj(plain, packed)

    def _forms(self) -> dict[str, Callable[[], Iterator[str]]]:
        return {"ndjson": lambda: map(_line, range(1, self.count + 1)), "csv": self._csv}

    def _csv(self) -> Iterator[str]:
        yield "external_id,rate,text\n"
        for number in range(1, self.count + 1):
            yield f"{_name(number)},standard,{_text(number)}\n"

    def _write(self, name: str, lines: Iterator[str]) -> Path:
        path = self.folder / name
        with path.open("w", encoding="utf-8") as file:
            file.writelines(lines)
        return path

    def job(self) -> UUID:
        """A new draft job."""
        draft = JobDraft(
            title="Reviews of films",
            kind="text_classification",
            instructions="Say whether the review is good or bad.",
            label_schema={"classes": ["good", "bad"]},
            currency="USD",
            rates=(RateDraft("standard", Money.parse("1.00", "USD")),),
        )
        with transaction(self.engine) as session:
            return authoring.create_job(session, self.requester, draft).id

    def settle(self) -> None:
        """Leave no work of one cell to the next."""
        with psycopg.connect(self.urls.superuser, autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE) item")
            connection.execute("CHECKPOINT")

    def copy(self, source_id: UUID) -> tuple[Cell, UUID]:
        """The bare COPY of the rows that the product made for another job, finished with this job's id and new ids."""
        job_id = self.job()
        rows = self._rows(source_id, job_id)
        self.settle()
        with psycopg.connect(self.urls.app) as connection, rows.open("rb") as file, connection.cursor() as cursor:
            begun = time.perf_counter()
            with cursor.copy(f"COPY item ({_COLUMNS}) FROM STDIN") as copy:
                while block := file.read(_BLOCK):
                    copy.write(block)
            connection.commit()
            seconds = time.perf_counter() - begun
        return Cell("copy", self.count, seconds, rows.stat().st_size), job_id

    def _rows(self, source_id: UUID, job_id: UUID) -> Path:
        path = self.folder / "rows"
        columns = _COLUMNS.replace("id, job_id", f"'{job_id}'", 1)
        statement = f"COPY (SELECT {columns} FROM item WHERE job_id = '{source_id}' ORDER BY ordinal) TO STDOUT"
        with (
            psycopg.connect(self.urls.owner) as connection,
            connection.cursor() as cursor,
            path.open("wb") as file,
            cursor.copy(statement) as copy,
        ):
            # The server sends a row a message.
            file.writelines(f"{new_id_text()}\t".encode() + bytes(row) for row in copy)
        return path

    def upload(self, name: str, url: str, memory: Memory) -> tuple[Cell, UUID, list[str]]:
        """One streamed request; what is wrong with the answer, if anything."""
        job_id = self.job()
        self.settle()
        path = self.files[name]
        headers = {
            "Authorization": f"Bearer {self.key}",
            "Content-Type": "text/csv" if name == "csv" else "application/x-ndjson",
            "Content-Length": str(path.stat().st_size),
            **({"Content-Encoding": "gzip"} if name == "gzip" else {}),
        }
        connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=ANSWER_SECONDS_MAX)
        with path.open("rb") as file, memory.watched() as growth:
            begun = time.perf_counter()
            connection.request("POST", f"/v1/jobs/{public('job', job_id)}/items", file, headers)
            answer = connection.getresponse()
            said = json.loads(answer.read())
            seconds = time.perf_counter() - begun
        connection.close()
        wrong = [] if said.get("added") == self.count else [f"{name}: {json.dumps(said)[:300]}"]
        return Cell(name, self.count, seconds, path.stat().st_size, growth.web_mb, growth.session_mb), job_id, wrong

    def digest(self, job_id: UUID) -> tuple[str, int]:
        """The rows of a job but for their ids."""
        with psycopg.connect(self.urls.owner) as connection:
            found: tuple[str, int] = connection.execute(_CHECK, [job_id]).fetchone()  # type: ignore[assignment]
            return found


def _name(number: int) -> str:
    return f"text-{number:07d}"


def _text(number: int) -> str:
    return f"Film number {number} was worth the way."


def _line(number: int) -> str:
    return f'{{"external_id": "{_name(number)}", "rate": "standard", "content": {{"text": "{_text(number)}"}}}}\n'


def main() -> int:
    options = options_of("Items a second.", f"{QUICK_ITEMS:,} items", {"items": (ITEMS, QUICK_ITEMS)})
    _say("Starting a database with production settings ...")
    with fresh_database() as (folder, urls):
        return kept(options, _measure(options.items, folder, urls))


def _measure(count: int, folder: Path, urls: EmbeddedUrls) -> dict[str, Any]:
    engine = make_engine(urls.app, application_name="piecework benchmark")
    bench = Bench(engine, urls, folder, count)
    cells: list[Cell] = []
    problems: list[str] = []
    jobs: list[UUID] = []
    with serving(PRODUCT_APP, folder, {}) as (url, process):
        memory = Memory(process.pid, urls.superuser)
        for name in ("ndjson", "csv", "gzip"):
            cell, job_id, wrong = bench.upload(name, url, memory)
            cells.append(cell)
            jobs.append(job_id)
            problems += wrong
            if name != "csv":
                bare, bare_job = bench.copy(jobs[0])
                cells.append(bare)
                jobs.append(bare_job)
            _say(f"  {name}: {cell.items_per_second:,.0f} items a second")
    engine.dispose()
    digests = {bench.digest(job_id) for job_id in jobs}
    if len(digests) != 1 or next(iter(digests))[1] != count:
        problems.append("the systems did not write the same rows")
    return _report(cells, problems)


def _report(cells: list[Cell], problems: list[str]) -> dict[str, Any]:
    copies = [cell for cell in cells if cell.system == "copy"]
    bare = sum(cell.items for cell in copies) / sum(cell.seconds for cell in copies)
    rows = [
        {
            "system": cell.system,
            "items": cell.items,
            "seconds": round(cell.seconds, 3),
            "items_per_second": round(cell.items_per_second),
            "share_of_copy": round(cell.items_per_second / bare, 3),
            "sent_megabytes": round(cell.sent_bytes / 1e6, 1),
            "web_growth_megabytes": round(cell.web_growth_mb, 1),
            "session_growth_megabytes": round(cell.session_growth_mb, 1),
        }
        for cell in cells
    ]
    ways = [cell for cell in cells if cell.system != "copy"]
    figures = {
        "share_of_copy_least": round(min(cell.items_per_second for cell in ways) / bare, 3),
        "growth_megabytes_most": round(max(max(cell.web_growth_mb, cell.session_growth_mb) for cell in ways), 1),
    }
    _say(f"\n{'way in':8} {'items':>10} {'seconds':>8} {'items/s':>9} {'of COPY':>8} {'MB sent':>8} "
         f"{'web +MB':>8} {'session +MB':>12}")  # fmt: skip
    for row in rows:
        _say(
            f"{row['system']:8} {row['items']:10,} {row['seconds']:8.2f} {row['items_per_second']:9,} "
            f"{row['share_of_copy']:8.0%} {row['sent_megabytes']:8.1f} {row['web_growth_megabytes']:8.1f} "
            f"{row['session_growth_megabytes']:12.1f}"
        )
    _say(f"\nLeast share of a bare COPY: {figures['share_of_copy_least']:.0%} (aim {SHARE_AIM:.0%} or more).")
    _say(f"Most memory grown by: {figures['growth_megabytes_most']:.0f} MB (aim {GROWTH_MB_AIM} or less).")
    for problem in problems:
        _say(problem)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"processors": os.cpu_count(), "system": platform.platform(), "python": platform.python_version()},
        "cells": rows,
        "summary": figures,
        "problems": problems,
    }


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
