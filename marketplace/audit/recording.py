"""Writing events: one statement in the caller's own transaction (and one for what was said), no lock, no flush.

Also the registry of recomputers, with which `verifying` compares events with the live rows.
"""

import datetime as dt
import json
import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy.orm import Session

from marketplace.audit.events import EventKind
from marketplace.audit.words import Words, committed
from marketplace.db.hot import HotStatement, array
from marketplace.db.sql import load
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import canonical_bytes
from marketplace.kernel.ids import new_id, public

Recomputer = Callable[[Session, list[uuid.UUID]], Mapping[uuid.UUID, Mapping[str, Any] | None]]
"""Takes subject ids, returns each one's `data` as it follows from the live rows now.

None says that it cannot be recomputed any more; an id left out says that its live row is gone, which is a finding.
"""

_STATEMENTS = load(__file__, "recording.sql")
_RECORD = HotStatement(_STATEMENTS.record)
_RECORD_MANY = HotStatement(_STATEMENTS.record_many)
_KEEP_WORDS = HotStatement(_STATEMENTS.keep_words)
_RECOMPUTERS: dict[tuple[str, int], Recomputer] = {}


def record(
    session: Session,
    kind: EventKind,
    actor: Actor,
    *,
    subject: tuple[str, uuid.UUID],
    organizations: Collection[uuid.UUID] = (),
    people: Collection[uuid.UUID] = (),
    about: Collection[uuid.UUID] = (),
    body: Mapping[str, Any],
    at: dt.datetime | None = None,
) -> uuid.UUID:
    """Write an event and queue it for sealing, in this transaction; returns its id.

    `subject` is (noun, id); `organizations` and `people` may read the event; `body` has exactly the kind's fields, each
    of its type, in canonical form (texts, whole numbers, money as `to_wire()`, never a float), and `words.said` where
    people wrote something: that goes when one of `people`, or of those whom it is `about` though they may not read it,
    is erased, or who wrote it of them; what organizations write to each other stays. `at` is market time,
    read from the database's clock when it is not given. Raises ValueError or TypeError for a body that is not of the
    kind.
    """
    spoken: list[Words] = []
    if kind.speaks:
        body, spoken = committed(body)
    kind.require(body)
    if at is not None and at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    event_id = new_id()
    noun, subject_id = subject
    middle, tail = _pieces(event_id, kind, subject, body)
    _RECORD.run(
        session,
        {
            "id": event_id,
            "kind": kind.kind,
            "subject_noun": noun,
            "subject_id": subject_id,
            "at": at,
            "organization_ids": array(sorted(set(organizations))),
            "person_ids": array(sorted(set(people))),
            "head": _head(actor),
            "middle": middle,
            "tail": tail,
        },
    )
    if spoken:
        whose = {*people, *about}
        if whose and actor.person_id is not None:
            whose.add(actor.person_id)
        words = {
            "event_id": event_id,
            "places": array(one.place for one in spoken),
            "salts": array("\\x" + one.salt.hex() for one in spoken),
            "texts": array(one.text for one in spoken),
            "person_ids": array(sorted(whose)),
        }
        _KEEP_WORDS.run(session, words)
    return event_id


def record_many(
    session: Session, kind: EventKind, actor: Actor, noun: str, bodies: Mapping[uuid.UUID, Mapping[str, Any]]
) -> None:
    """Write an event of one kind for each of these subjects, by one statement; what `record` says holds for each.

    Only the platform may read them, and nobody says anything in them. For what must be an event of its own though it is
    done in bulk. Raises ValueError or TypeError for a body that is not of the kind.
    """
    if kind.speaks:
        raise ValueError(f"somebody speaks in {kind.kind}")
    ids, middles, tails = [], [], []
    for subject_id, body in bodies.items():
        kind.require(body)
        event_id = new_id()
        middle, tail = _pieces(event_id, kind, (noun, subject_id), body)
        ids.append(event_id)
        middles.append(middle)
        tails.append(tail)
    _RECORD_MANY.run(
        session,
        {
            "kind": kind.kind,
            "subject_noun": noun,
            "head": _head(actor),
            "ids": array(ids),
            "subject_ids": array(bodies),
            "middles": array(middles),
            "tails": array(tails),
        },
    )


# RFC 8785 sorts the keys: actor, at, data, id, kind, recorded_at, subject, v. The two moments are the database's, so it
# puts the text together from three pieces.
def _head(actor: Actor) -> str:
    return f'{{"actor":{json.dumps(actor.label, ensure_ascii=False)},"at":"'


def _pieces(
    event_id: uuid.UUID, kind: EventKind, subject: tuple[str, uuid.UUID], body: Mapping[str, Any]
) -> tuple[str, str]:
    data = canonical_bytes(body).decode()
    return (
        f'","data":{data},"id":"{public("event", event_id)}","kind":"{kind.kind}","recorded_at":"',
        f'","subject":"{public(*subject)}","v":{kind.version}}}',
    )


def recomputer(kind: EventKind, *, version: int | None = None) -> Callable[[Recomputer], Recomputer]:
    """Register the function that recomputes the `data` of this kind from live rows, for many subjects at once.

    Only for kinds that a subject has at most once and whose rows do not change afterwards; `version` is that of the
    fields, the present one unless an older release's events are meant. Raises ValueError for a second one.
    """
    of = (kind.kind, version or kind.version)

    def register(function: Recomputer) -> Recomputer:
        if of in _RECOMPUTERS:
            raise ValueError(f"{kind.kind} already has a recomputer")
        _RECOMPUTERS[of] = function
        return function

    return register


def recomputers() -> Mapping[str, Recomputer]:
    """The registered recomputers by kind, of the newest version of its fields."""
    return {kind: _RECOMPUTERS[kind, version] for kind, version in sorted(_RECOMPUTERS)}


def recomputer_of(kind: str, version: int) -> Recomputer | None:
    """The recomputer of events with this version of the kind's fields, if there is one."""
    return _RECOMPUTERS.get((kind, version))
