"""Fields that are kept sealed: with keys outside the database, bound to their row, found by a keyed digest."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, inspect, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.db.base import Base
from marketplace.db.keyring import ID_BYTES, KeyRing, place

OPTION: Final = "payee_keys"
"""The execution option of an engine under which its keys are found."""

_FIELDS: Final[list["SealedField"]] = []


def keys_of(bound: Session | Connection) -> KeyRing:
    """The keys that belong to this database. Raises RuntimeError where its engine was made without them."""
    connection = bound.connection() if isinstance(bound, Session) else bound
    found = connection.get_execution_options().get(OPTION)
    if found is None:
        raise RuntimeError("this engine was made without keys: make_engine(..., keys=load_keys(settings))")
    ring: KeyRing = found
    return ring


@dataclass(frozen=True, eq=False)
class SealedField:
    """A field of a table, sealed in the column `<name>_sealed`.

    With `within` it can be found among the rows that have the same values in those columns: `<name>_digest` holds a
    keyed digest of these and of the content. Declared once, beside the model.
    """

    model: type[Base]
    name: str
    within: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Known from now on to whoever changes keys."""
        _FIELDS.append(self)

    def put(self, session: Session, row: Base, content: str) -> None:
        """Seal the content into the row, whose primary key is set."""
        ring = keys_of(session)
        setattr(row, f"{self.name}_sealed", ring.seal(self._place(row), content))
        if self.within is not None:
            values = [getattr(row, column) for column in self.within]
            setattr(row, f"{self.name}_digest", ring.digests(self._searched(values, content))[0])

    def get(self, session: Session, row: Base) -> str:
        """The row's content. Raises sealed_unreadable."""
        return keys_of(session).open(self._place(row), getattr(row, f"{self.name}_sealed"))

    def digests(self, session: Session, content: str, *within: object) -> list[bytes]:
        """What `<name>_digest` may be of a row with this content, where the columns of `within` have these values."""
        return keys_of(session).digests(self._searched(within, content))

    @property
    def sealed(self) -> InstrumentedAttribute[bytes]:
        """The column with what is sealed."""
        column: InstrumentedAttribute[bytes] = getattr(self.model, f"{self.name}_sealed")
        return column

    def _place(self, row: Base) -> bytes:
        keys = [getattr(row, column.key) for column in inspect(self.model).primary_key if column.key is not None]
        return place(self.model.__tablename__, self.name, *keys)

    def _searched(self, within: Any, content: str) -> bytes:
        return searched(self.name, *within, content)


def searched(name: str, *values: object) -> bytes:
    """What the digest of a field is made of."""
    return "\n".join((name, *map(str, values))).encode()


def sealed_fields() -> Iterator[SealedField]:
    """Every field of the modules imported so far."""
    yield from _FIELDS


def reseal(session: Session, limit: int = 200) -> int:
    """Seal up to `limit` values anew that another than the first key seals; returns how many were.

    Rows that others are at are left for the next time. Raises sealed_unreadable where their key is gone.
    """
    left = limit
    for field in _FIELDS:
        stale = select(field.model).where(_key_id(field) != keys_of(session).current.id)
        for row in session.scalars(stale.limit(left).with_for_update(skip_locked=True, key_share=True)).all():
            field.put(session, row, field.get(session, row))
            left -= 1
        session.flush()
        if not left:
            break
    return limit - left


def count_by_key(session: Session) -> dict[str, int]:
    """How many values each key seals, by the key's name in hex."""
    counts: dict[str, int] = {}
    for field in _FIELDS:
        for key_id, count in session.execute(select(_key_id(field), func.count()).group_by(_key_id(field))):
            counts[key_id.hex()] = counts.get(key_id.hex(), 0) + count
    return counts


def _key_id(field: SealedField) -> Any:
    # In the text of the statement, so that grouping by it is grouping by the same expression.
    return func.substring(field.sealed, literal_column("2"), literal_column(str(ID_BYTES)))


def masked(content: str) -> str:
    """The content for the eyes of whoever knows it: at most its last four characters, and at most a third of it."""
    shown = min(4, len(content) // 3)
    return "…" + content[len(content) - shown :]
