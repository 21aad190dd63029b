"""What is personal in which table: declared beside the models, in each package's `personal.py`, one row a table.

From it follow what erasing a person does to rows, what they are given of them as a file, which columns of append-only
tables the serving role may blank (`grants`), and the page `docs/personal-data.md`. A test holds it complete: every
column of texts, JSON or bytes stands in a declared table.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from sqlalchemy import Column, ColumnElement, LargeBinary, Table, Text, case, delete, false, or_, update
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.db.base import Base

ERASED: Final = "[erased]"
"""What stands where the words of a person stood, or words about them. Triggers of append-only tables know it too."""

Whose = Callable[[uuid.UUID], ColumnElement[bool]]
"""The rows of a person: written by them, or about them."""

When = Literal["at once", "when nothing is owed"]
"""When erasing touches the rows: with the account, or once the person has been paid all they earned."""


@dataclass(frozen=True, slots=True)
class Personal:
    """A table with rows of people.

    `why` says what for they are kept, `kept_for` how long while nobody is erased. Erasing deletes the rows (`removed`)
    or leaves in each column of `erased` the value given there, or what a function makes of the person's id; a text
    that was never given stays none. A column in `only` is erased just in the rows of whom that says: where several
    people wrote, nobody takes another's words away. `kept` are columns that stay as they are, and why. Every other
    column of texts, JSON or bytes is in `codes`: words of the program, ids, digests.

    In the person's own file stand the rows of `given`, where those are fewer than `whose`: what was written in an
    office about others is not theirs to take along. Columns of `money` are at ledger scale, in the currency which the
    column named there says. `hidden` columns are not in it, and why; with `not_exported` none of the table is.
    """

    model: type[Base]
    whose: Whose
    why: str
    kept_for: str = "as long as the account"
    erased: Mapping[str, Any] = field(default_factory=dict)
    only: Mapping[str, Whose] = field(default_factory=dict)
    removed: bool = False
    kept: Mapping[str, str] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    given: Whose | None = None
    money: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    not_exported: str = ""
    when: When = "at once"

    @property
    def table(self) -> Table:
        """Its table."""
        table = self.model.__table__
        assert isinstance(table, Table)
        return table

    @property
    def exported(self) -> list[Column[Any]]:
        """The columns that the person is given."""
        return [] if self.not_exported else [column for column in self.table.columns if column.name not in self.hidden]

    def of(self, person_id: uuid.UUID) -> ColumnElement[bool]:
        """The rows that stand in the person's own file."""
        return (self.given or self.whose)(person_id)

    def erase(self, session: Session, person_id: uuid.UUID) -> int:
        """Do to the rows of the person what is declared; returns how many were touched."""
        if self.removed:
            gone = session.execute(
                delete(self.table).where(self.whose(person_id)), execution_options={"synchronize_session": False}
            )
            return int(gone.rowcount)  # type: ignore[attr-defined]
        if not self.erased:
            return 0
        columns = self.table.columns
        values = {name: value(person_id) if callable(value) else value for name, value in self.erased.items()}
        # A text that was never given must not look like one that was taken away.
        wrong = {
            name: (columns[name].is_not(None) & (columns[name] != value))
            if value == ERASED
            else columns[name].is_distinct_from(value)
            for name, value in values.items()
        }
        wrong |= {name: wrong[name] & whose(person_id) for name, whose in self.only.items()}
        set_to = {name: case((wrong[name], value), else_=columns[name]) for name, value in values.items()}
        changed = session.execute(
            update(self.table).where(self.whose(person_id), or_(*wrong.values())).values(set_to),
            execution_options={"synchronize_session": False},
        )
        return int(changed.rowcount)  # type: ignore[attr-defined]


_PERSONAL: Final[dict[str, Personal]] = {}
_IMPERSONAL: Final[dict[str, str]] = {}


def personal(declared: Personal) -> None:
    """Declare a table with rows of people; once a table."""
    _take(declared.table.name)
    _PERSONAL[declared.table.name] = declared


def impersonal(reason: str, *models: type[Base]) -> None:
    """Declare tables in which nothing is about a person, or nothing but their id, and why."""
    for model in models:
        _take(model.__tablename__)
        _IMPERSONAL[model.__tablename__] = reason


def by(*columns: InstrumentedAttribute[Any]) -> Whose:
    """Rows in which one of these columns names the person."""
    return lambda person_id: or_(*(column == person_id for column in columns))


def by_step(_: uuid.UUID) -> ColumnElement[bool]:
    """No rows: they are found in a way of their own by a step of the package's `leaving.py`."""
    return false()


def declared_personal() -> Mapping[str, Personal]:
    """Tables with rows of people, by name, as far as their packages were loaded (`registry.load_personal`)."""
    return _PERSONAL


def declared_impersonal() -> Mapping[str, str]:
    """Tables without, by name, and why; as `declared_personal`."""
    return _IMPERSONAL


def can_hold_words(column: Column[Any]) -> bool:
    """Whether texts, JSON or bytes stand in the column, and so possibly something about a person."""
    kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    return isinstance(kind, Text | JSONB | LargeBinary)


def blankable(table: Table) -> list[str]:
    """Columns of an append-only table that erasing blanks: the one change its rows may see."""
    declared = _PERSONAL.get(table.name)
    return sorted(declared.erased) if declared is not None and table.info.get("append_only") else []


def _take(table: str) -> None:
    if table in _PERSONAL or table in _IMPERSONAL:
        raise ValueError(f"{table} is declared twice")
