"""Putting items into a job."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from client_api.client import Client
from client_api.client.generated.types import ItemsAdded
from client_api.client.uploads import CSV, NDJSON
from marketplace.entrypoints.commands.jobs.calling import REFUSED, calls_the_service, show

_TYPES: Final = {"ndjson": NDJSON, "csv": CSV}


@click.group("items")
def group() -> None:
    """Put items into a job."""


@group.command("add")
@click.argument("job_id")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@click.option("--format", "kind", type=click.Choice(sorted(_TYPES)), help="What FILE holds, if its name does not say.")
@click.option(
    "--on-error",
    type=click.Choice(["abort", "skip"]),
    default="abort",
    show_default=True,
    help="abort: one bad row and nothing is added; skip: the good ones are.",
)
@calls_the_service
def add_command(client: Client, *, job_id: str, file: Path, kind: str | None, on_error: Any, as_json: bool) -> None:
    """Add the items of FILE (.ndjson, .jsonl or .csv, plain or .gz; - is NDJSON on standard input).

    Safe to run again: an item that is there already is skipped. Ends with 1 where a row was not added.
    """
    source = sys.stdin.buffer if str(file) == "-" else file
    with _bar(file, shown=not as_json) as progress:
        try:
            added = client.upload_items(
                job_id, source, on_error=on_error, content_type=_TYPES[kind] if kind else None, progress=progress
            )
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    show(added, _sentence(added), as_json=as_json)
    if added["error_count"]:
        sys.exit(REFUSED)


@contextmanager
def _bar(file: Path, *, shown: bool) -> Iterator[Callable[[int], None] | None]:
    """A bar over the bytes of a file; none where nobody looks on or the length is not known."""
    if not shown or not file.is_file() or not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=file.stat().st_size, label="Sending", file=sys.stderr) as bar:
        yield lambda count: bar.update(count - bar.pos)


def _sentence(added: ItemsAdded) -> str:
    lines = [f"{added['added']} added, {added['skipped_existing']} there already, {added['error_count']} refused."]
    lines += [
        f"  line {error['line']} ({error['external_id'] or '?'}): {error['message']} ({error['code']})"
        for error in added["errors"]
    ]
    if added["error_count"] > len(added["errors"]):
        lines.append(f"  ... and {added['error_count'] - len(added['errors'])} more")
    return "\n".join(lines)
