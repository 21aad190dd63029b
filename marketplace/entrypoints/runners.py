"""Who does which kind of long work: every runner of the house, in one list."""

from collections.abc import Callable, Mapping
from typing import Final

from marketplace.entrypoints.context import Context
from marketplace.operations.run import Runner

RUNNERS: Final[Mapping[str, Callable[[Context], Runner]]] = {}
"""By the operation's kind: what makes its runner from the settings and adapters of the process."""


def runners_of(context: Context) -> dict[str, Runner]:
    """The runners of this process by kind."""
    return {kind: make(context) for kind, make in RUNNERS.items()}
