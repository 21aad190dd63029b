"""The frame of the benches: what each is asked, a fresh database with production settings, and what is kept of it."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from marketplace.db import migrate
from marketplace.db.embedded import APP_ROLE, EmbeddedServer, EmbeddedUrls
from marketplace.db.keyring import KeyRing


def options_of(what: str, quick: str, counts: Mapping[str, tuple[int, int]]) -> argparse.Namespace:
    """What the command line says.

    `counts` are numbers by name, with what they are in full and with --quick unless given; none is below 1.
    """
    parser = argparse.ArgumentParser(prog="make bench", description=what)
    parser.add_argument("--quick", action="store_true", help=quick)
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    for name, (full, _) in counts.items():
        parser.add_argument(f"--{name}", type=int, help=f"how many, {full:,} unless given")
    options = parser.parse_args()
    for name, (full, few) in counts.items():
        chosen = getattr(options, name)
        setattr(options, name, (few if options.quick else full) if chosen is None else chosen)
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1")
    return options


@contextmanager
def fresh_database(
    settings: Mapping[str, str] | None = None, *, keys: KeyRing | None = None
) -> Iterator[tuple[Path, EmbeddedUrls]]:
    """An embedded server, migrated, in a folder of its own; both are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="piecework-bench-"))
    server = EmbeddedServer(folder, settings=settings)
    try:
        urls = server.start()
        migrate.upgrade(urls.owner, app_role=APP_ROLE, keys=keys)
        yield folder, urls
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def kept(options: argparse.Namespace, found: dict[str, Any]) -> int:
    """Write the figures where they are wanted; the exit code: 1 where there are problems."""
    if options.json is not None:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 1 if found["problems"] else 0
