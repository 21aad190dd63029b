"""Forms of the pages: posted values shown again, errors at their fields."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

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

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Keep a refusal of the block for the page; what the block wrote before it is undone."""
        try:
            with request_session().begin_nested():
                yield
        except DomainError as error:
            self.error = error
