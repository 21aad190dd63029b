"""The registry of invariants (docs/ledger.md lists them all).

A check reads everything and changes nothing; what it finds, it names. Each package registers its own in a module
`checks.py`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

import marketplace

FINDINGS_MAX: Final = 20
"""A check stops looking after so many: the first ones say what is wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it must be: what (a public id or an account), and how."""

    subject: str
    problem: str


CheckFunction = Callable[[Session], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: its name in the design ("I5"), a sentence, and the function that looks for what breaks it."""

    name: str
    title: str
    function: CheckFunction


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found; nothing is good."""

    check: Check
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All checks and what they found."""

    results: tuple[Result, ...]

    @property
    def holds(self) -> bool:
        """Whether every invariant holds."""
        return not any(result.findings for result in self.results)


CHECKS: dict[str, Check] = {}


def check(name: str, title: str) -> Callable[[CheckFunction], CheckFunction]:
    """Register a check; raises ValueError when the name is taken."""

    def register(function: CheckFunction) -> CheckFunction:
        if name in CHECKS:
            raise ValueError(f"there is a check {name} already")
        CHECKS[name] = Check(name, title, function)
        return function

    return register


def load_checks() -> dict[str, Check]:
    """Every package's checks, by name: the invariants of the design first, in the order of their numbers.

    Modules are looked up by name: the ledger stands below the packages whose checks it gathers.
    """
    for folder in marketplace.__path__:
        for module in sorted(Path(folder).glob("*/checks.py")):
            import_module(f"marketplace.{module.parent.name}.checks")
    return {name: CHECKS[name] for name in sorted(CHECKS, key=_number)}


def run_checks(session: Session, names: Iterable[str] | None = None) -> Report:
    """Run all checks, or the named ones, on what the session sees. Raises KeyError for an unknown name."""
    known = load_checks()
    chosen = list(known) if names is None else list(names)
    with _whole_tables_at_once(session):
        results = [Result(known[name], tuple(islice(known[name].function(session), FINDINGS_MAX))) for name in chosen]
    return Report(tuple(results))


@contextmanager
def _whole_tables_at_once(session: Session) -> Iterator[None]:
    """Join by hashing or sorting: a check reads whole tables, and statistics from when these were empty would have it
    walk one of them for each row of another, for hours.
    """
    before = session.scalar(text("SELECT current_setting('enable_nestloop')"))
    setting = text("SELECT set_config('enable_nestloop', :value, true)")
    session.execute(setting, {"value": "off"})
    try:
        yield
    finally:
        if session.is_active:  # after a failed statement nothing can be set, and nothing needs to be
            session.execute(setting, {"value": before})


def _number(name: str) -> tuple[str, int, str]:
    letters = name.rstrip("0123456789")
    digits = name[len(letters) :]
    return ("" if letters == "I" else letters, int(digits) if digits else 0, name)
