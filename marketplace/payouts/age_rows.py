"""What accounts of payees held, by how old it was, as rows: the kept lines, and anew what they may not say."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    Select,
    TextClause,
    Uuid,
    column,
    false,
    func,
    select,
)
from sqlalchemy.orm import Session

from marketplace.db.sql import load, written
from marketplace.ledger import horizons
from marketplace.ledger.chart import Code
from marketplace.ledger.snapshot_models import UNDATED
from marketplace.payouts.age_models import KeptAge
from marketplace.settlement.states import DESTINATION_REFUSED, PAYOUT_RETURNED

_CODES: Final = (
    Code.PAY_DEFERRED,
    Code.MARGIN_DEFERRED,
    Code.PAY_DUE,
    Code.MARGIN_DUE,
    Code.HELD,
    Code.PAYOUTS_IN_FLIGHT,
)
_DUE: Final = (Code.PAY_DUE, Code.MARGIN_DUE)
_GIVES_BACK: Final = (
    Code.PAYOUTS_IN_FLIGHT,
    Code.TAX_WITHHELD,
    Code.RETURNED,
    Code.CURRENCY_POSITION,
    Code.ADVANCE_FEE,
)
_COLUMNS: Final = tuple(column(one.name, one.type) for one in KeptAge.__table__.columns)
_POSTING: Final = (
    column("id", BigInteger),
    column("journal_id", Uuid),
    column("debit_account_id", BigInteger),
    column("credit_account_id", BigInteger),
    column("amount", BigInteger),
)
ANEW_MAX: Final = 50_000
NAMES: Final = tuple(one.name for one in _COLUMNS)
KEPT: Final = select(*(getattr(KeptAge, name) for name in NAMES))
AGES: Final = "ages"
STATEMENTS: Final = load(__file__, "ageing.sql")


@dataclass(frozen=True, slots=True)
class Parts:
    """The two parts that together are all rows: what is kept of accounts that nothing touched, and the others anew."""

    kept: Select[*tuple[Any, ...]]
    anew: Select[*tuple[Any, ...]]


def parts(session: Session, as_of: dt.date, tree_size: int) -> Parts:
    """What counts at the end of a day, of what a tree of that size has in it.

    The lines may be moved on while they are read: an account that was touched since the horizon is not read from them.
    """
    unknown = STATEMENTS.unknown.bindparams(as_of=as_of, size=tree_size)
    since = None if _many(session, unknown) else horizons.reached(session, AGES)
    accounts = all_owed() if since is None else STATEMENTS.touched.bindparams(written("since", since))
    rows, touched = anew(unknown, accounts, as_of)
    # Not a join: it could be made row by row, of any number on both sides. Where all are made anew, there are too many
    # to look each line up among.
    untouched = false() if since is None else KeptAge.account_id.not_in(select(touched.c.account_id))
    return Parts(KEPT.where(untouched), select(*rows.c))


def _many(session: Session, unknown: TextClause) -> bool:
    """Whether so many postings do not count that all accounts are made anew sooner than those that they touched."""
    some = select(unknown.columns(*_POSTING).subquery().c.id).limit(ANEW_MAX + 1).subquery()
    return session.scalars(select(func.count()).select_from(some)).one() > ANEW_MAX


def all_owed() -> TextClause:
    """All accounts of payees, to be made anew."""
    return STATEMENTS.all_owed.bindparams(codes=[int(code) for code in _CODES])


def touched_between(since: int, until: int) -> TextClause:
    """Those that postings of a stretch touched."""
    return STATEMENTS.touched_between.bindparams(written("since", since), written("until", until))


def anew(uncounted: TextClause, accounts: TextClause, as_of: dt.date) -> tuple[CTE, CTE]:
    """The rows of these accounts, made from their postings, and the accounts.

    `uncounted` are the postings that do not count. Both are parts of the statement that they are selected in.
    """
    left_out = uncounted.columns(*_POSTING).cte("uncounted")
    touched = accounts.columns(column("account_id", BigInteger)).add_cte(left_out).cte("touched")
    values = {
        "as_of": as_of,
        "undated": UNDATED,
        "codes": [int(code) for code in _CODES],
        "due_codes": [int(code) for code in _DUE],
        "gives_back": [int(code) for code in _GIVES_BACK],
        "failed_reasons": [PAYOUT_RETURNED, DESTINATION_REFUSED],
    }
    rows = STATEMENTS.aged.bindparams(**values).columns(*_COLUMNS).add_cte(left_out, touched).cte("aged")
    return rows, touched
