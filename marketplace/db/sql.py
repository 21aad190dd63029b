"""Named SQL: hot statements live in `.sql` files beside the package that uses them."""

import re
import uuid
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from sqlalchemy import ARRAY, BindParameter, ColumnElement, TextClause, Uuid, any_, bindparam, literal, text
from sqlalchemy.orm import InstrumentedAttribute

_NAME = re.compile(r"^--\s*name:\s*(\S+)\s*$", re.MULTILINE)


class Statements:
    """The statements of one file as attributes: `STATEMENTS.claim_next` is a `text()` clause."""

    def __init__(self, source: Path, statements: dict[str, TextClause]) -> None:
        self._source = source
        self._statements = statements

    def __getattr__(self, name: str) -> TextClause:
        try:
            return self._statements[name]
        except KeyError:
            raise AttributeError(f"{self._source.name} has no statement named {name!r}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements)


@cache
def load(package_file: str, file_name: str) -> Statements:
    """The statements of `file_name` in the folder of `package_file` (pass `__file__`).

    A statement begins with a line `-- name: claim_next`; text before the first such line must be comment only.
    Raises ValueError for a doubled or empty statement.
    """
    source = Path(package_file).parent / file_name
    parts = _NAME.split(source.read_text(encoding="utf-8"))
    statements: dict[str, TextClause] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        sql = body.strip().rstrip(";").rstrip()
        if name in statements:
            raise ValueError(f"{source}: two statements are named {name}")
        if not name.isidentifier() or not sql:
            raise ValueError(f"{source}: statement {name!r} is empty or badly named")
        statements[name] = text(sql)
    return Statements(source, statements)


def written(name: str, posting_id: int) -> BindParameter[int]:
    """A bound posting that is written into the statement, so that the plan knows how few postings come after it."""
    return bindparam(name, posting_id, literal_execute=True)


def among(column: InstrumentedAttribute[uuid.UUID], ids: Iterable[uuid.UUID]) -> ColumnElement[bool]:
    """Whether the column has one of these ids, which are one parameter: thousands cost no more than their reading.

    With `in_` each would be a parameter of its own, of which a statement takes 65,535 and gets slow long before.
    """
    return column == any_(literal(list(ids), ARRAY(Uuid)))
