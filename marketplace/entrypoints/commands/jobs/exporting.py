"""Fetching what came of a job as a file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import click

from client_api.client import Client
from client_api.client.generated.types import ExportInput, Operation
from marketplace.entrypoints.commands.jobs.calling import calls_the_service, show


@click.command("export")
@click.argument("job_id", required=False)
@click.option(
    "--format",
    "kind",
    default="results.jsonl",
    show_default=True,
    help="results.jsonl, results.csv, consensus.jsonl, coco.json, label_studio.json, price_chain.csv; payables.csv "
    "takes no job.",
)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Where to; else as the format.")
@click.option("--not-used", is_flag=True, help="The answers that are paid for and not to be used.")
@click.option("--seconds", type=click.FloatRange(min=0), default=3600, show_default=True, help="Wait at most so long.")
@calls_the_service
def export_command(
    client: Client, *, job_id: str | None, kind: str, output: Path | None, not_used: bool, seconds: float, as_json: bool
) -> None:
    """Have the results or the money of a job written to a file, and fetch it.

    The file is there only once it is whole and its length and SHA-256 are right.
    """
    body: dict[str, Any] = {"format": kind, **({"answers": "not_used"} if not_used else {})}
    if job_id is not None:
        body["job_id"] = job_id
    to = output or Path(Path(kind).name)
    with _bar(shown=not as_json) as progress:
        made = client.save_export(cast("ExportInput", body), to, seconds=seconds, progress=progress)
    show(made, f"{to}: {made['rows']} rows, {made['size']} bytes, SHA-256 {made['sha256']}", as_json=as_json)


@contextmanager
def _bar(*, shown: bool) -> Iterator[Callable[[Operation], None] | None]:
    """A bar over what the service has written; none where nobody looks on."""
    if not shown or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label="Exporting", file=sys.stderr) as bar:

        def tell(operation: Operation) -> None:
            bar.length = max(1, operation["progress"]["total"] or 1)
            bar.update(min(operation["progress"]["done"], bar.length) - bar.pos)

        yield tell
