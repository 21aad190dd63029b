"""Forms of the pages: posted values shown again, errors at their fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType

from sqlalchemy.orm import SessionTransaction

from marketplace.kernel.errors import DomainError
from marketplace.web.database import request_session


@dataclass(slots=True)
class Form:
    """What was posted and what is wrong with it; `form.at("/name")` is the error of a field."""

    values: Mapping[str, str] = field(default_factory=dict)
    error: DomainError | None = None

    def value(self, name: str, default: str = "") -> str:
        """The posted text of a field."""
        return self.values.get(name, default)

    def at(self, pointer: str) -> str:
        """The message of a field, "" when nothing is wrong with it."""
        found = [error.message for error in self.error.errors if error.pointer == pointer] if self.error else []
        return found[0] if found else ""

    @property
    def valid(self) -> bool:
        """Whether nothing was refused."""
        return self.error is None

    def refusals(self) -> "Refusals":
        """A block whose refusal is kept for the page; what the block wrote before it is undone."""
        return Refusals(self)


class Refusals:
    """A savepoint around verbs: a DomainError ends the block, is kept in the form, and goes no further."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self._savepoint: SessionTransaction | None = None

    def __enter__(self) -> None:
        self._savepoint = request_session().begin_nested()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        assert self._savepoint is not None
        if error is None:
            self._savepoint.commit()
            return False
        self._savepoint.rollback()
        if isinstance(error, DomainError):
            self._form.error = error
            return True
        return False
