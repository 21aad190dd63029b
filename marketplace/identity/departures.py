"""What has to happen in each package when a person leaves for good: registered in its `leaving.py`.

`identity` stands below those who know of claims, payouts and rails, and calls what they registered.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

from sqlalchemy.orm import Session

from marketplace.db.registry import load_leaving, load_personal
from marketplace.kernel.actor import Actor, system_actor

Check = Callable[[Session, uuid.UUID], bool]
Step = Callable[[Session, uuid.UUID], int]
F = TypeVar("F")

LEAVING: Final = "erase_person"
"""The duty in whose name the product ends what a person leaves behind."""

_OPEN: Final[dict[str, Check]] = {}
_ENDS: Final[dict[str, Step]] = {}
_OWED: Final[dict[str, Check]] = {}
_PAID_OFF: Final[dict[str, Step]] = {}


def open_act(what: str) -> Callable[[Check], Check]:
    """Register what says whether such an act of the person waits for a second one's word; it refuses the erasure."""
    return _into(_OPEN, what)


def ends(table: str) -> Callable[[Step], Step]:
    """Register what ends rows of a table of the person, before any are blanked; it returns how many."""
    return _into(_ENDS, table)


def owed(what: str) -> Callable[[Check], Check]:
    """Register what says whether the person is owed such a thing, or may come to be: where they are paid is kept."""
    return _into(_OWED, what)


def paid_off(table: str) -> Callable[[Step], Step]:
    """Register what blanks or deletes rows of a table once nothing is owed; it returns how many."""
    return _into(_PAID_OFF, table)


def open_acts(session: Session, person_id: uuid.UUID) -> list[str]:
    """What was begun by the person and waits for somebody else."""
    return [what for what, check in _loaded(_OPEN) if check(session, person_id)]


def end_all(session: Session, person_id: uuid.UUID) -> dict[str, int]:
    """End everything of the person that goes on, by table."""
    return {table: step(session, person_id) for table, step in _loaded(_ENDS)}


def what_is_owed(session: Session, person_id: uuid.UUID) -> list[str]:
    """What the person is owed or may come to be owed, in words."""
    return [what for what, check in _loaded(_OWED) if check(session, person_id)]


def blank_paid_off(session: Session, person_id: uuid.UUID) -> dict[str, int]:
    """Take away what was kept to pay the person, by table."""
    return {table: step(session, person_id) for table, step in _loaded(_PAID_OFF)}


def as_leaving(person_id: uuid.UUID, *permissions: str) -> Actor:
    """The product, doing for the person what they could do themselves."""
    system = system_actor(LEAVING)
    return Actor(person_id, None, None, frozenset(), frozenset(permissions), system.via, system.name)


def _into(registry: dict[str, F], name: str) -> Callable[[F], F]:
    def register(function: F) -> F:
        if name in registry:
            raise ValueError(f"{name} is registered already")
        registry[name] = function
        return function

    return register


def _loaded(registry: Mapping[str, F]) -> Iterator[tuple[str, F]]:
    load_personal()
    load_leaving()
    yield from registry.items()
