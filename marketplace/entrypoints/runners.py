"""Who does which kind of long work: every runner of the house, in one list."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final

from marketplace.db.engine import snapshot
from marketplace.entrypoints.context import Context
from marketplace.exports.asking import KIND
from marketplace.exports.making import make_runner
from marketplace.operations.run import Runner


def _exports(context: Context) -> Runner:
    return make_runner(
        context.transactions,
        lambda: snapshot(context.engine),
        context.storage,
        keep=dt.timedelta(hours=context.settings.export_keep_hours),
        secret=context.settings.load_secret_key().encode(),
    )


RUNNERS: Final[Mapping[str, Callable[[Context], Runner]]] = {KIND: _exports}
"""By the operation's kind: what makes its runner from the settings and adapters of the process."""


def runners_of(context: Context) -> dict[str, Runner]:
    """The runners of this process by kind."""
    return {kind: make(context) for kind, make in RUNNERS.items()}
