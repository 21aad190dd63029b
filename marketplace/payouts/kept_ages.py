"""Keeping what accounts of payees hold by how old it is, so that ageing does not read every posting there ever was.

The lines follow the postings as `marketplace.ledger.horizons` says.
"""

from typing import Final

from sqlalchemy import delete, insert, select, true, union
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.ledger import horizons
from marketplace.logs import get_logger
from marketplace.operations.run import Transactions
from marketplace.payouts.age_models import KeptAge
from marketplace.payouts.age_rows import AGES, KEPT, NAMES, STATEMENTS, all_owed, anew, touched_between

ACCOUNTS_NAMED: Final = 20
log = get_logger(__name__)


class AgesDifferError(Exception):
    """Lines were not what the postings say; the log names their accounts. They are read no more."""


def keep_ages(session: Session) -> int:
    """Sweep: write anew the lines of accounts that were touched since; returns how many steps were made.

    One process at a time does so; another finds nothing to do.
    """
    step = horizons.next_step(session, AGES)
    if step is None:
        return 0
    since, through = step
    beyond = STATEMENTS.beyond.bindparams(through=through)
    today = market_now(session).date()
    # Of a stretch of which everything is there to be seen: both statements mean the same accounts, whatever others
    # post.
    accounts = all_owed() if since is None else touched_between(since, through)
    rows, touched = anew(beyond, accounts, today)
    stale = true() if since is None else KeptAge.account_id.in_(select(touched.c.account_id))
    session.execute(delete(KeptAge).where(stale), execution_options={"synchronize_session": False})
    session.execute(insert(KeptAge).from_select(NAMES, select(*rows.c)))
    horizons.move(session, AGES, through)
    return 1


def compare_ages(transactions: Transactions) -> int:
    """Sweep: hold the lines once a day against what all postings up to their horizon say; returns how often.

    Raises AgesDifferError when they differ, so that everybody sees it; until the next ones are kept, ages are read from
    the postings.
    """
    with transactions() as session:
        differing = horizons.compare(session, AGES, differing_accounts)
        if differing:
            log.error("payouts.kept_ages_differ", accounts=differing[:ACCOUNTS_NAMED])
            forget_ages(session)
    if differing:
        raise AgesDifferError(f"what is kept of {len(differing)} accounts differs from their postings")
    return int(differing is not None)


def differing_accounts(session: Session) -> list[int]:
    """The accounts whose lines are not what the postings say."""
    through = horizons.reached(session, AGES)
    if through is None:
        return []
    rows, _ = anew(STATEMENTS.beyond.bindparams(through=through), all_owed(), market_now(session).date())
    said = select(*rows.c)
    one_sided = union(said.except_(KEPT), KEPT.except_(said)).subquery()
    return list(session.scalars(select(one_sided.c.account_id).distinct().order_by(one_sided.c.account_id)))


def forget_ages(session: Session) -> None:
    """Say that no lines are kept: the next ones are made from the postings alone, in place of those there are.

    They lie there until then: who read just before how far they go still finds all of them.
    """
    horizons.forget(session, AGES)
