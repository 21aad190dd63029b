"""Many rows in little memory: through a server-side cursor, some at a time."""

from collections.abc import Generator, Mapping
from typing import Any, Final

from sqlalchemy import Executable, Row
from sqlalchemy.orm import Session

ROWS_AT_ONCE: Final = 1_000


def stream(
    session: Session, statement: Executable, parameters: Mapping[str, Any] | None = None
) -> Generator[Row[Any], None, None]:
    """The rows of a statement; to be closed where reading may end early, since the cursor stays open otherwise."""
    options = {"stream_results": True, "yield_per": ROWS_AT_ONCE}
    with session.execute(statement, parameters, execution_options=options) as rows:
        yield from rows
