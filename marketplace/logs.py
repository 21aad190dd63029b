"""Structured logs: an event name and key=value pairs, one line each, on standard error.

The request id and the actor are bound once at the edge with `bound(...)` and appear on
every line until the block ends. Never log bank or personal data.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, cast

import structlog
from structlog.contextvars import bound_contextvars, merge_contextvars
from structlog.typing import FilteringBoundLogger

from marketplace.kernel.actor import Actor

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure(level: str = "info") -> None:
    """Set the logs up for the process; `level` is debug, info, warning or error."""
    structlog.configure(
        processors=[
            merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        # Standard error as it is when a line is written: whoever redirects or closes it later gets no error for it.
        logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger; its lines carry `source=name`."""
    return cast("FilteringBoundLogger", structlog.get_logger(source=name))


def bound(*, request_id: str | None = None, actor: Actor | None = None, **values: Any) -> Any:
    """Open a block within which every line carries these values."""
    if request_id is not None:
        values["request_id"] = request_id
    if actor is not None:
        values["actor"] = actor.label
        values["via"] = actor.via
    return bound_contextvars(**values)
