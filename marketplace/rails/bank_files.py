"""The port of a rail that people carry files for: payment files out, statements and status reports in."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sqlalchemy.orm import Session

from marketplace.db.paging import Page
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from marketplace.rails.csv_layouts import CsvLayout, CsvStatement
from marketplace.rails.errors import RAIL_UNKNOWN
from marketplace.rails.port import Rail, Rails


class PaymentFile(Protocol):
    """A payment file as it was made; `sha256` is of its bytes, `made_by` the person, None before that was kept."""

    @property
    def id(self) -> uuid.UUID:
        """Ours."""

    @property
    def message_id(self) -> str:
        """The name under which banks and people know it."""

    @property
    def money(self) -> Money:
        """The control sum."""

    @property
    def count(self) -> int:
        """How many payments are in it."""

    @property
    def sha256(self) -> bytes:
        """Of its bytes."""

    @property
    def created_at(self) -> dt.datetime:
        """Market time."""

    @property
    def made_by(self) -> uuid.UUID | None:
        """The person, None before that was kept."""


@dataclass(frozen=True, slots=True)
class WaitingPayments:
    """Payments in one currency that are in no file yet."""

    count: int
    money: Money


@dataclass(frozen=True, slots=True)
class ImportedStatement:
    """What became of one statement: how many new lines, by kind; none where it was known already."""

    account: str
    statement_id: str
    closed_on: dt.date
    is_new: bool
    kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class KeptStatement:
    """A statement that was imported before; `imported_by` is None before that was kept."""

    account: str
    statement_id: str
    opening: Money
    closing: Money
    closed_on: dt.date
    line_count: int
    imported_at: dt.datetime
    imported_by: uuid.UUID | None


@dataclass(frozen=True, slots=True)
class StatementGap:
    """Two statements of one account that do not follow each other: something between them is missing."""

    account: str
    after: str
    closing: Money
    before: str
    opening: Money


@dataclass(frozen=True, slots=True)
class ReportedPayment:
    """What a bank's report says of one payment, and what that did: `effect` is "refused", "noted" or "contradicted"."""

    reference: str
    status: str
    reason: str | None
    effect: str


@dataclass(frozen=True, slots=True)
class ImportedReport:
    """A bank's report on a payment file, and what became of it; a report that is known already changes nothing."""

    message_id: str
    file: str
    is_new: bool
    payments: Sequence[ReportedPayment]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A line that went out without a reference, and the payments, by theirs, that it can only be.

    `line` is the rail's own id of it; `way` is "amount_and_date" for one payment, "many_to_one" for several.
    """

    line: str
    way: str
    references: Sequence[str]


@dataclass(frozen=True, slots=True)
class Reach:
    """From which day's statement on, and up to which day's, nothing is missing of an account."""

    since: dt.date
    until: dt.date

    def spans(self, first: dt.date, last: dt.date) -> bool:
        """Whether every line from that day to that day is there."""
        return self.since < first and last <= self.until


@runtime_checkable
class FileRail(Protocol):
    """A rail that people carry files for; every method asks for its permission."""

    name: str

    def make_files(self, session: Session, actor: Actor) -> Sequence[PaymentFile]:
        """A file for each currency of everything that waits; each payment is in one file ever."""

    def waiting(self, session: Session, actor: Actor) -> Sequence[WaitingPayments]:
        """What waits for a file, by currency."""

    def files(self, session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50) -> Page[PaymentFile]:
        """The files that were made, newest first."""

    def take_file(self, session: Session, actor: Actor, file_id: uuid.UUID) -> tuple[PaymentFile, bytes]:
        """A file with its bytes, always the same ones; who took it is logged. Raises not_found."""

    def read_statements(
        self, session: Session, actor: Actor, data: bytes, table: CsvStatement | None = None
    ) -> Sequence[ImportedStatement]:
        """Import every statement of a file or none; `table` says that it is a CSV, and how to read it.

        Raises statement_invalid, statement_changed, not_found for an unknown layout.
        """

    def csv_layouts(self, session: Session, actor: Actor) -> Sequence[CsvLayout]:
        """The layouts of banks' CSV, by name."""

    def save_csv_layout(self, session: Session, actor: Actor, layout: CsvLayout) -> CsvLayout:
        """Keep a layout under its name, in place of one that had it. Raises invalid."""

    def statements(
        self, session: Session, actor: Actor, *, cursor: str | None = None, limit: int = 50
    ) -> Page[KeptStatement]:
        """The statements that were imported, newest first."""

    def gaps(self, session: Session, actor: Actor) -> Sequence[StatementGap]:
        """Where statements are missing."""

    def reach(self, session: Session) -> Mapping[str, Reach]:
        """How far statements are without a gap, by currency; nothing while a line of one is still to be read."""

    def explanations(self, session: Session) -> Sequence[Explanation]:
        """Lines without a reference that can only be payments which still wait for theirs; never a guess.

        Until the transaction ends no statement is imported that could say otherwise.
        """

    def read_report(self, session: Session, actor: Actor, data: bytes) -> ImportedReport:
        """Import a bank's report on a payment file. Raises report_invalid, report_changed."""

    def declare_not_executed(self, session: Session, actor: Actor, payout_id: uuid.UUID) -> None:
        """Say, as one of two people, that the bank never executed a payout; the second word makes it refused.

        Raises not_found, state_conflict, payout_two_people.
        """

    def may_declare(self, session: Session, payout_id: uuid.UUID) -> "NotExecuted | None":
        """What stands against saying so now; None for what is no sent payout of this rail."""

    def adopt_late(self, session: Session, actor: Actor, payout_id: uuid.UUID) -> None:
        """Take a payment that was refused, and that a statement shows all the same, for what it is: paid.

        Raises not_found, state_conflict.
        """


@dataclass(frozen=True, slots=True)
class NotExecuted:
    """`why_not` is "" where it may be said now; `said_by` are those who said so of this attempt."""

    why_not: str
    said_by: Sequence[uuid.UUID] = ()


def file_rail(rails: Rails) -> FileRail:
    """The rail with files. Raises rail_unknown where there is none."""
    found = next(iter(file_rails(rails)), None)
    if found is None:
        raise no_file_rail()
    return found


def file_rails(rails: Rails) -> list[FileRail]:
    """Those that people carry files for."""
    candidates: Mapping[str, Rail | object] = rails
    return [rail for rail in candidates.values() if isinstance(rail, FileRail)]


def no_file_rail() -> DomainError:
    """The refusal where no rail has files."""
    return RAIL_UNKNOWN.error("This service has no bank account: set BANK_ACCOUNTS and BANK_HOLDER.")
