"""What is known of the log outside its database, so that a restored old backup is never sealed over."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import merge
from pathlib import Path
from typing import Final

from marketplace.audit.anchors import AnchorError, AnchorStore, name_of, size_in
from marketplace.audit.notes import NoteError, TreeHead
from marketplace.audit.sealing import Checkpoint
from marketplace.logs import get_logger

ASK_AGAIN_SECONDS: Final = 60
PAGE: Final = 1_000
LOOK: Final = 10
"""Names that are asked for at once where none, or the first, is the answer."""
log = get_logger(__name__)


def _none(_note: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, order=True)
class KeptHead:
    """A signed head outside the database: the size by its name, where it is kept, and the note."""

    tree_size: int
    place: str
    note: str


@dataclass(slots=True)
class Fence:
    """The file that the sealer keeps its newest head in, where there is one, and the places with anchored heads."""

    file: Path | None = None
    stores: Sequence[AnchorStore] = ()
    _asked_at: dict[str, float] = field(default_factory=dict)
    _passed: dict[str, int] = field(default_factory=dict)
    _beyond: dict[str, KeptHead] = field(default_factory=dict)

    def known(self, size: int, is_abandoned: Callable[[str], bool] = _none) -> list[str]:
        """Heads outside that the log, which has `size` leaves, must agree with: the file's, and one that is larger.

        `is_abandoned` knows the notes that a declared fork has abandoned, of which the smallest larger one is none. The
        places are asked every minute. Raises AnchorError for one that could not be asked since this process began;
        later its silence is logged, and sealing goes on.
        """
        for store in self.stores:
            self._ask(store, size, is_abandoned)
        kept = self._of_file()
        return [head.note for head in (*([] if kept is None else [kept]), *self._beyond.values())]

    def heads(self, after: int) -> Iterator[KeptHead]:
        """Every head kept outside that is larger than `after`, in order; raises AnchorError."""
        kept = self._of_file()
        files = [kept] if kept is not None and kept.tree_size > after else []
        yield from merge(files, *(_heads(store, after) for store in self.stores))

    def keep(self, head: Checkpoint) -> None:
        """Put a head that was just signed and committed into the file."""
        if self.file is None:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True)
        draft = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        draft.write_text(head.note, encoding="utf-8")
        draft.replace(self.file)

    def _ask(self, store: AnchorStore, size: int, is_abandoned: Callable[[str], bool]) -> None:
        now = time.monotonic()
        asked = self._asked_at.get(store.place)
        if asked is not None and now - asked < ASK_AGAIN_SECONDS:
            return
        try:
            found = self._first(store, size, is_abandoned)
        except AnchorError as error:
            if asked is None:
                raise
            log.warning("anchor.not_asked", place=store.place, problem=str(error))
            return
        self._asked_at[store.place] = now
        # One that the log has grown past was checked as a prefix of it meanwhile.
        if found is None:
            self._beyond.pop(store.place, None)
        else:
            self._beyond[store.place] = found

    def _first(self, store: AnchorStore, size: int, is_abandoned: Callable[[str], bool]) -> KeptHead | None:
        for head in _heads(store, max(size, self._passed.get(store.place, 0)), page=LOOK):
            if not is_abandoned(head.note):
                return head
            # Written once, so never to be read again.
            self._passed[store.place] = head.tree_size
        return None

    def _of_file(self) -> KeptHead | None:
        if self.file is None:
            return None
        try:
            note = self.file.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None
        try:
            size = TreeHead.told_in(note).size
        except NoteError:
            size = 0  # whoever opens the note says what is wrong with it
        return KeptHead(size, str(self.file), note)


def nothing_kept(_after: int) -> Iterator[KeptHead]:
    """For a log of which nothing is kept outside."""
    return iter(())


def _heads(store: AnchorStore, after: int, *, page: int = PAGE) -> Iterator[KeptHead]:
    name = name_of(after)
    while names := store.after(name, page):
        for name in names:
            size = size_in(name)
            if size is not None:
                yield KeptHead(size, store.place, store.read(name).decode(errors="replace"))
