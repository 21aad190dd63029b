"""Everything that is kept about a person, for that person: one document, made of what `db.personal` declares.

What is not in it is secrets, what was said in an office about others, and what a declaration gives a reason for.
"""

import datetime as dt
import decimal
import uuid
from typing import Any, TypedDict

from sqlalchemy import Column, Row, select
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.db.personal import Personal, declared_personal
from marketplace.db.registry import load_personal
from marketplace.identity.models import Person
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import NOT_FOUND
from marketplace.kernel.ids import PREFIXES, public
from marketplace.kernel.money import Money
from marketplace.kernel.texts import say


class OwnTable(TypedDict):
    """One table with rows about a person: what for it is kept and how long, and the rows by column."""

    table: str
    why: str
    kept_for: str
    rows: list[dict[str, Any]]


class OwnData(TypedDict):
    """Everything that is kept about a person, at a moment of real time."""

    person: str
    made_at: str
    tables: list[OwnTable]


def own_data(session: Session, actor: Actor) -> OwnData:
    """What is kept about the acting person. Raises forbidden."""
    actor.require("account.read.own")
    return data_of(session, actor.person)


def data_of(session: Session, person_id: uuid.UUID) -> OwnData:
    """What is kept about a person: each table with why, for how long, and its rows. Raises not_found."""
    if session.get(Person, person_id) is None:
        raise NOT_FOUND.error(say("There is no person with this id."), noun="person")
    load_personal()
    declared = sorted(declared_personal().values(), key=lambda one: (one.model is not Person, one.table.name))
    return {
        "person": public("person", person_id),
        "made_at": instant(real_now(session)),
        "tables": [
            {
                "table": one.table.name,
                "why": one.why,
                "kept_for": one.kept_for,
                "rows": _rows(session, one, person_id),
            }
            for one in declared
            if not one.not_exported
        ],
    }


def _rows(session: Session, declared: Personal, person_id: uuid.UUID) -> list[dict[str, Any]]:
    columns = declared.exported
    wanted = select(*columns).where(declared.of(person_id)).order_by(*declared.table.primary_key)
    return [_row(declared, columns, row, person_id) for row in session.execute(wanted)]


def _row(declared: Personal, columns: list[Column[Any]], row: Row[Any], person_id: uuid.UUID) -> dict[str, Any]:
    values = {column.name: value for column, value in zip(columns, row, strict=True)}
    shown = {}
    for column in columns:
        value = values[column.name]
        if column.name in declared.money and value is not None:
            shown[column.name] = Money(value, values[declared.money[column.name]]).to_wire()
        else:
            shown[column.name] = _shown(column, value, person_id)
    return shown


def _shown(column: Column[Any], value: Any, person_id: uuid.UUID) -> Any:
    match value:
        case uuid.UUID():
            noun = noun_of(column)
            if noun == "person" and value != person_id:
                return None  # who else it was is that person's own
            return str(value) if noun not in PREFIXES else public(noun, value)
        case dt.datetime():
            return instant(value)
        case dt.date() | decimal.Decimal():
            return str(value)
        case bytes():
            return value.hex()
        case list():
            return [_shown(column, one, person_id) for one in value]
    return value


def noun_of(column: Column[Any]) -> str:
    """What the ids of the column are of; people stand in some without a foreign key."""
    if column.name in {"person_id", "worker_id", "payee_id"}:
        return "person"
    while column.foreign_keys:
        column = next(iter(column.foreign_keys)).column
    return str(column.table.name) if column.name == "id" else column.name.removesuffix("_id")
