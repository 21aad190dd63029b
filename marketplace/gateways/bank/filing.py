"""The files of the bank rail, as the port `marketplace.rails.bank_files.FileRail` has them."""

import uuid
from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from marketplace.db.paging import LIMIT_DEFAULT, Page
from marketplace.gateways.bank import csv_layouts, exporting, importing, reporting, unexecuted, windows
from marketplace.gateways.bank.pain001 import OwnAccount
from marketplace.kernel.actor import Actor
from marketplace.rails.bank_files import (
    Explanation,
    ImportedReport,
    ImportedStatement,
    KeptStatement,
    NotExecuted,
    PaymentFile,
    Reach,
    StatementGap,
    WaitingPayments,
)
from marketplace.rails.csv_layouts import CsvLayout, CsvStatement


class Filing:
    """Files out of and into our own accounts, by currency; those made for trying say so."""

    def __init__(self, accounts: Mapping[str, OwnAccount], *, trial: bool) -> None:
        """`accounts` by currency."""
        self.accounts = accounts
        self._trial = trial

    def make_files(self, session: Session, actor: Actor) -> Sequence[PaymentFile]:
        """See `exporting.export`."""
        return exporting.export(session, actor, self.accounts, trial=self._trial)

    def waiting(self, session: Session, actor: Actor) -> Sequence[WaitingPayments]:
        """See `exporting.waiting`."""
        return exporting.waiting(session, actor)

    def files(
        self, session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
    ) -> Page[PaymentFile]:
        """See `exporting.files`."""
        return exporting.files(session, actor, cursor=cursor, limit=limit)

    def take_file(self, session: Session, actor: Actor, file_id: uuid.UUID) -> tuple[PaymentFile, bytes]:
        """See `exporting.take_file`."""
        return exporting.take_file(session, actor, file_id)

    def read_statements(
        self, session: Session, actor: Actor, data: bytes, table: CsvStatement | None = None
    ) -> Sequence[ImportedStatement]:
        """See `importing.import_statements`."""
        return importing.import_statements(session, actor, self.accounts, data, table)

    def csv_layouts(self, session: Session, actor: Actor) -> Sequence[CsvLayout]:
        """See `csv_layouts.layouts`."""
        return csv_layouts.layouts(session, actor)

    def save_csv_layout(self, session: Session, actor: Actor, layout: CsvLayout) -> CsvLayout:
        """See `csv_layouts.save_layout`."""
        return csv_layouts.save_layout(session, actor, layout)

    def statements(
        self, session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
    ) -> Page[KeptStatement]:
        """See `importing.statements`."""
        return importing.statements(session, actor, cursor=cursor, limit=limit)

    def gaps(self, session: Session, actor: Actor) -> Sequence[StatementGap]:
        """See `importing.gaps`."""
        return importing.gaps(session, actor)

    def reach(self, session: Session) -> Mapping[str, Reach]:
        """See `windows.reach`."""
        return windows.reach(session)

    def explanations(self, session: Session) -> Sequence[Explanation]:
        """See `windows.explanations`."""
        return windows.explanations(session)

    def read_report(self, session: Session, actor: Actor, data: bytes) -> ImportedReport:
        """See `reporting.import_report`."""
        return reporting.import_report(session, actor, data)

    def declare_not_executed(self, session: Session, actor: Actor, payout_id: uuid.UUID) -> None:
        """See `unexecuted.declare`."""
        unexecuted.declare(session, actor, payout_id)

    def may_declare(self, session: Session, payout_id: uuid.UUID) -> NotExecuted | None:
        """See `unexecuted.may_declare`."""
        return unexecuted.may_declare(session, payout_id)

    def adopt_late(self, session: Session, actor: Actor, payout_id: uuid.UUID) -> None:
        """See `unexecuted.adopt_late`."""
        unexecuted.adopt_late(session, actor, payout_id)
