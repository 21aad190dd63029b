"""The declarative base and the column types every model shares."""

import datetime as dt
import uuid
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Date, LargeBinary, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

APPEND_ONLY: dict[str, Any] = {"info": {"append_only": True}}
"""Last element of `__table_args__` of tables whose rows are never changed; see `grants` and migrations/support."""


DELETE_ONLY: dict[str, Any] = {"info": {"delete_only": True}}
"""The same of tables whose rows may be deleted, and are never changed otherwise."""


class Base(DeclarativeBase):
    """Plain declarative base: models know neither Flask nor a session.

    Annotations decide column types: `int` is bigint, `str` is text, `datetime` is timestamptz, `dict` is jsonb.
    """

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map: ClassVar[dict[Any, TypeEngine[Any] | type[TypeEngine[Any]]]] = {
        uuid.UUID: Uuid(),
        int: BigInteger(),
        str: Text(),
        dt.datetime: TIMESTAMP(timezone=True),
        dt.date: Date(),
        dict[str, Any]: JSONB(),
        dict: JSONB(),
        list[Any]: JSONB(),
        bytes: LargeBinary(),
    }
