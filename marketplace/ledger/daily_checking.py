"""All invariants, once a day: a sweep proves the books as `piecework ledger check` does, and says so in the log."""

import time
from typing import Final

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.db.clock import real_now
from marketplace.db.engine import snapshot, transaction
from marketplace.db.locks import try_advisory_xact_lock
from marketplace.kernel.actor import system_actor
from marketplace.kernel.canonical import day
from marketplace.ledger.check_models import BooksCheck
from marketplace.ledger.checking import Report, run_checks
from marketplace.ledger.events import BOOKS_CHECKED
from marketplace.ledger.models import Journal
from marketplace.logs import get_logger

CHECKING_SECONDS_MAX: Final = 6 * 3600
log = get_logger(__name__)


class BooksDoNotHoldError(Exception):
    """Invariants of the books do not hold; the log names what was found, `piecework ledger check` finds it again."""


def check_books(engine: Engine) -> int:
    """Sweep: look at every invariant once a day, all of them at one and the same moment; returns how many.

    One process at a time; the others have nothing to do. Raises BooksDoNotHoldError when one does not hold, after that
    was written down, so that everybody sees it.
    """
    with transaction(engine) as session:
        if not _due(session):
            return 0
        # The lock is held for as long as the checks take, in a transaction that does nothing meanwhile.
        session.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = '{CHECKING_SECONDS_MAX}s'"))
        begun = time.monotonic()
        with snapshot(engine) as frozen:
            report = run_checks(frozen)
        found = _write(session, report, round((time.monotonic() - begun) * 1000))
    if found.failed:
        raise BooksDoNotHoldError(f"{len(found.failed)} of {found.checks} checks fail: {', '.join(found.failed)}")
    return found.checks


def newest_check(session: Session) -> BooksCheck | None:
    """The last daily check, None before the first."""
    return session.scalars(select(BooksCheck).order_by(BooksCheck.day.desc()).limit(1)).one_or_none()


def _due(session: Session) -> bool:
    if session.scalar(select(Journal.id).limit(1)) is None:
        return False
    if not try_advisory_xact_lock(session, "ledger.check"):
        return False
    # Asked under the lock: whoever held it may have just written the day's row.
    newest = newest_check(session)
    return newest is None or newest.day < real_now(session).date()


def _write(session: Session, report: Report, milliseconds: int) -> BooksCheck:
    failed = [result.check.name for result in report.results if result.findings]
    for result in report.results:
        for finding in result.findings:
            log.error("books.do_not_hold", check=result.check.name, subject=finding.subject, problem=finding.problem)
    row = BooksCheck(day=real_now(session).date(), checks=len(report.results), failed=failed, milliseconds=milliseconds)
    session.add(row)
    session.flush()
    body = {"day": day(row.day), "checks": row.checks, "failed": failed}
    record(session, BOOKS_CHECKED, system_actor("check_books"), subject=("books_check", row.id), body=body)
    return row
