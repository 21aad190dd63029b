"""Keeping what accounts were debited and credited by day, so that their pages do not sum every posting there ever was.

The days follow the postings as `marketplace.ledger.horizons` says.
"""

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.db.sql import load, written
from marketplace.ledger import horizons
from marketplace.ledger.chart import Code
from marketplace.logs import get_logger
from marketplace.operations.run import Transactions

ACCOUNT_DAYS: Final = "account_days"
NOT_KEPT: Final = frozenset({Code.PAY_DEFERRED, Code.PAY_DUE, Code.HELD, Code.PAYOUTS_IN_FLIGHT})
"""Accounts of one payee or payout: they have few postings each, and are most of the accounts there are."""
PORTION: Final = 2_000_000
"""Postings that one statement walks over."""
ACCOUNTS_NAMED: Final = 20
STATEMENTS: Final = load(__file__, "account_days.sql")
log = get_logger(__name__)


class AccountDaysDifferError(Exception):
    """Days were not what the postings say; the log names their accounts. They are read no more."""


def keep_account_days(session: Session, *, portion: int = PORTION) -> int:
    """Sweep: add the postings that came since to the days of their accounts; returns how many steps were made.

    One process at a time does so; another finds nothing to do.
    """
    step = horizons.next_step(session, ACCOUNT_DAYS)
    if step is None:
        return 0
    since, through = step
    if since is None:
        session.execute(text("DELETE FROM account_day"))
    until = min(through, (since or 0) + portion)
    stretch = (written("since", since or 0), written("through", until))
    session.execute(STATEMENTS.move.bindparams(*stretch), {"not_kept": _not_kept()})
    horizons.move(session, ACCOUNT_DAYS, until)
    return 1


def compare_account_days(transactions: Transactions) -> int:
    """Sweep: hold the days once a day against what all postings up to their horizon say; returns how often.

    Raises AccountDaysDifferError when they differ, so that everybody sees it; until the next ones are kept, accounts
    are read from the postings.
    """
    with transactions() as session:
        differing = horizons.compare(session, ACCOUNT_DAYS, differing_accounts)
        if differing:
            log.error("ledger.account_days_differ", accounts=differing[:ACCOUNTS_NAMED])
            forget_account_days(session)
    if differing:
        raise AccountDaysDifferError(f"what is kept of {len(differing)} accounts differs from their postings")
    return int(differing is not None)


def differing_accounts(session: Session) -> list[int]:
    """The accounts whose days are not what the postings say."""
    through = horizons.reached(session, ACCOUNT_DAYS)
    if through is None:
        return []
    wanted = STATEMENTS.differing.bindparams(written("through", through))
    return list(session.scalars(wanted, {"not_kept": _not_kept()}))


def forget_account_days(session: Session) -> None:
    """Say that no days are kept: the next ones are made from the postings alone, in place of those there are."""
    horizons.forget(session, ACCOUNT_DAYS)


def _not_kept() -> list[int]:
    return sorted(NOT_KEPT)
