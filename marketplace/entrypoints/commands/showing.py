"""What commands of finance share: who reads, who answers for what is done, tables, and bars."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

READER: Final = Actor(
    None,
    None,
    "platform",
    frozenset(),
    frozenset({"ledger.read", "payout_run.read", "installment.read", "reconciliation.read", "margin.read"}),
    "command_line",
    "finance",
)
"""Whoever has a shell of the service reads everything; what is done has a person, by `BY`."""

BY: Final = click.option("--by", "email", required=True, help="Address of the finance person who answers for it.")
LIMIT: Final = click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True, help="Lines shown.")
OUTPUT: Final = click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True),
    default="-",
    help="A file; standard output unless given.",
)


def show_table(heads: Sequence[str], rows: Iterable[Sequence[object]], *, more: bool = False) -> None:
    """Print rows under their heads, numbers and money to the right; `more` says that this is not all."""
    found = [tuple(row) for row in rows]
    if not found:
        click.echo("None.")
        return
    texts = [tuple("–" if cell is None else str(cell) for cell in row) for row in found]
    right = [all(isinstance(row[at], int | Money) for row in found) for at in range(len(heads))]
    widths = [max(len(row[at]) for row in (tuple(heads), *texts)) for at in range(len(heads))]
    for row in (tuple(heads), *texts):
        cells = zip(row, widths, right, strict=True)
        click.echo(
            "  ".join(cell.rjust(width) if to_right else cell.ljust(width) for cell, width, to_right in cells).rstrip()
        )
    if more:
        click.echo("There are more: --limit shows up to 200.")


class Bar:
    """A bar over what is done; none where nobody looks on."""

    def __init__(self, shown: ProgressBar[int] | None) -> None:
        self._shown = shown

    def step(self) -> None:
        """One more."""
        if self._shown is not None:
            self._shown.update(1)

    def stand_at(self, done: int) -> None:
        """So many are done now."""
        if self._shown is not None:
            self._shown.update(done - self._shown.pos)

    def grow(self, more: int, length: int) -> None:
        """So many more are done, of a number that is known only now."""
        if self._shown is not None:
            self._shown.length = max(length, 1)
            self._shown.update(more)

    def keep(self) -> None:
        """It goes on."""


@contextmanager
def bar_over(length: int, label: str) -> Iterator[Bar]:
    """A bar on standard error, where that is a terminal."""
    if not sys.stderr.isatty():
        yield Bar(None)
        return
    # Drawn a thousand times at most: books have millions of rows.
    steps = max(1, length // 1_000)
    with click.progressbar(length=length, label=label, file=sys.stderr, show_pos=True, update_min_steps=steps) as shown:
        yield Bar(shown)
