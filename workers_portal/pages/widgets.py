"""The drawing widgets: which script a form's widget has, and whether they were built."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final, cast

from flask import Flask, request
from flask.blueprints import BlueprintSetupState

from marketplace.logs import get_logger
from marketplace.web import health
from marketplace.web.compressing import sent_size

FOLDER: Final = Path(__file__).parents[1] / "static"
_SCRIPTS: Final[Mapping[str, str]] = {
    "boxes": "image",
    "polygons": "image",
    "points": "points",
    "spans": "spans",
    "segments": "audio",
    "spoken_segments": "audio",
    "cuboids": "cuboids",
}
_STYLED: Final = frozenset({"image", "spans"})
log = get_logger(__name__)


def scripts() -> dict[str, str]:
    """The script of each widget that was built, by the widget's name in a form."""
    built = {name for name in set(_SCRIPTS.values()) if (FOLDER / f"widgets/{name}.js").is_file()}
    return {widget: f"widgets/{name}.js" for widget, name in _SCRIPTS.items() if name in built}


def styles() -> dict[str, str]:
    """The stylesheet of each widget that has one."""
    return {
        widget: script.removesuffix(".js") + ".css"
        for widget, script in scripts().items()
        if _SCRIPTS[widget] in _STYLED
    }


def readiness() -> health.Part:
    """Whether the widgets are there; without them every task is done by its form."""
    missing = sorted(set(_SCRIPTS) - set(scripts()))
    if not missing:
        return health.Part("widgets", "ok", "The drawing widgets are there.")
    return health.Part(
        "widgets",
        "warning",
        f"Not built: the drawing widgets for {', '.join(missing)}. Tasks are done by their forms alone. "
        "Build them with: python workers_portal/widgets/build.py",
    )


def register(state: BlueprintSetupState) -> None:
    """Say at the start, and at /readyz from then on, when they are missing."""
    health.add_check(cast(Flask, state.app), readiness)
    found = readiness()
    if found.state != "ok":
        log.warning("widgets_missing", problem=found.text)


def tool_size(widget: str) -> int:
    """How many bytes the script of a widget and its stylesheet are to who sent this request."""
    parts = [found[widget] for found in (scripts(), styles()) if widget in found]
    return sum(_sent_size(part, request.headers.get("Accept-Encoding", "")) for part in parts)


@lru_cache(maxsize=64)
def _sent_size(part: str, _encodings: str) -> int:
    """Of one file, kept for every way of compressing that somebody asked for."""
    return sent_size((FOLDER / part).read_bytes(), "text/css" if part.endswith(".css") else "text/javascript")
