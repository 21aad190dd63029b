"""Lists as CSV, sent as they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Response, stream_with_context
from sqlalchemy.orm import Session

from marketplace.web.database import snapshots


def csv_file(name: str, lines: Callable[[Session], Iterator[str]]) -> Response:
    """The lines, all of one moment, under `name`.csv; who may read them is asked before."""

    def sent() -> Iterator[str]:
        # The request's own transaction has ended when the answer is sent.
        with snapshots() as own:
            yield from lines(own)

    return Response(
        stream_with_context(sent()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
