"""Snapshots of hot accounts: their balance is a snapshot and the few postings since, not a sum over all there are.

Accounts of the platform such as 4010 or 1100 are touched by every journal. A balance kept beside their postings would
make all journals wait for one row; so postings are only appended, and summed up now and then.

A snapshot must hold every posting up to the one it names. Ids do not come in the order of commits: one that was taken
early may commit late, and a snapshot up to "the newest that I see" would miss it for good. So the horizon is read while
nobody posts: every transaction that posts holds the door, shared, from before its postings get their ids until its end
(`door.py`). Who has the door alone sees every posting whose id was given out, unless it never will be; any later
one gets a larger id. The door is held for that one look, and the summing comes after it. Transaction ids would tell the
same without anybody waiting, but not after the books were restored into a server whose transactions count anew.
"""

from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, case, func, or_, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.db.engine import take_time
from marketplace.db.locks import advisory_xact_lock, try_advisory_xact_lock
from marketplace.db.sql import load, written
from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef, Code, Side
from marketplace.ledger.door import DOOR
from marketplace.ledger.horizons import COMPARED_AFTER
from marketplace.ledger.models import Account, Posting
from marketplace.ledger.snapshot_models import AccountSnapshot
from marketplace.ledger.totals import compare_totals, forget_totals, move_totals, totals_reached
from marketplace.logs import get_logger
from marketplace.operations.run import Transactions

HOT: Final = frozenset(
    {
        Code.BANK_OPERATING,
        Code.BANK_WAGES,
        Code.RAIL_AVAILABLE,
        Code.RAIL_PENDING,
        Code.TRANSFERS_IN_TRANSIT,
        Code.PLATFORM_FEE,
        Code.ADVANCE_FEE,
        Code.PROCESSING_FEES,
        Code.PAYOUT_FEES,
    }
)
"""The platform's own accounts that keep no balance: a few for each currency and rail, and most journals touch one."""

TAIL_MIN: Final = 10_000
"""So many postings after the last snapshots are worth new ones."""
PORTION: Final = 2_000_000
"""Postings that one statement walks over."""
DOOR_SECONDS_MAX: Final = 1
"""Who would wait longer for the door gives up until the next tick: journals wait behind them."""

_LOCK_NOT_AVAILABLE: Final = "55P03"
_STATEMENTS = load(__file__, "snapshots.sql")
log = get_logger(__name__)


class SnapshotsDifferError(Exception):
    """Snapshots were not the sums of their postings; the log names them. They were thrown away."""


def hot_balance(session: Session, ref: AccountRef) -> Money:
    """What a hot account holds, positive on its normal side: its snapshot and the postings since."""
    found = session.execute(
        select(Account.id, AccountSnapshot.through_posting_id, AccountSnapshot.debited)
        .outerjoin(AccountSnapshot, AccountSnapshot.account_id == Account.id)
        .where(Account.key == ref.key)
    ).one_or_none()
    if found is None:
        return Money.zero(ref.currency)
    signed = case((Posting.debit_account_id == found.id, Posting.amount), else_=-Posting.amount)
    since = written("since", found.through_posting_id or 0)
    tail = select(func.coalesce(func.sum(signed), 0)).where(
        Posting.id > since, or_(Posting.debit_account_id == found.id, Posting.credit_account_id == found.id)
    )
    debited = (found.debited or 0) + int(session.execute(tail).scalar_one())
    return Money(debited if ref.code.side is Side.DEBIT else -debited, ref.currency)


def take_snapshots(transactions: Transactions, *, tail_min: int = TAIL_MIN, portion: int = PORTION) -> int:
    """Sweep: move the snapshots of hot accounts on where the tail grew long; returns how many were written.

    The sums by code (`totals`) are moved on with them.

    Any number of processes: one at a time writes, and the others have nothing to do.
    """
    with transactions() as session:
        through = _horizon(session, tail_min)
    taken = 0
    while through is not None:
        with transactions() as session:
            count = _move_on(session, through, portion)
        if not count:
            break
        taken += count
    while through is not None:
        with transactions() as session:
            if not move_totals(session, through, portion):
                break
    return taken


def compare_snapshots(transactions: Transactions) -> int:
    """Sweep: hold each snapshot, and the sums by code, once a day against the postings; returns how many were compared.

    The sums by code count as one.

    Raises SnapshotsDifferError at the end when one differed, so that everybody sees it; until the next one is taken the
    balance is summed from the postings.
    """
    compared, different = 0, 0
    while True:
        with transactions() as session:
            same = _compare_one(session)
        if same is None:
            break
        compared += 1
        different += not same
    with transactions() as session:
        same = compare_totals(session, real_now(session), COMPARED_AFTER)
    compared += same is not None
    different += same is False
    if different:
        raise SnapshotsDifferError(f"{different} of {compared} snapshots differ from their postings")
    return compared


def forget_snapshots(session: Session) -> int:
    """Throw all snapshots away: the next ones are made from the postings alone. Returns how many there were."""
    forget_totals(session)
    return len(session.execute(text("DELETE FROM account_snapshot RETURNING account_id")).all())


def _horizon(session: Session, tail_min: int) -> int | None:
    """The id up to which all postings are there, or None when it is too early or somebody posts for long."""
    reached = [one for one in (_behind(session), totals_reached(session)) if one is not None]
    if not reached or (session.scalar(select(func.max(Posting.id))) or 0) - min(reached) < tail_min:
        return None
    session.execute(text(f"SET LOCAL lock_timeout = '{DOOR_SECONDS_MAX}s'"))
    try:
        with session.begin_nested():
            advisory_xact_lock(session, DOOR)
    except OperationalError as problem:
        if getattr(problem.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        return None
    # A statement of its own: it sees what was committed while the one before it waited.
    return session.scalar(select(func.max(Posting.id)))


def _behind(session: Session) -> int | None:
    behind: int | None = session.execute(_STATEMENTS.behind, {"codes": sorted(HOT)}).scalar_one()
    return behind


def _move_on(session: Session, through: int, portion: int) -> int:
    if not try_advisory_xact_lock(session, "ledger.snapshots"):
        return 0
    behind = _behind(session)
    if behind is None or behind >= through:
        return 0
    take_time(session)
    step = {"codes": sorted(HOT), "since": behind, "through": min(through, behind + portion)}
    bound: list[BindParameter[Any]] = [
        bindparam(name, value, literal_execute=name != "codes") for name, value in step.items()
    ]
    return session.execute(_STATEMENTS.take.bindparams(*bound)).rowcount  # type: ignore[attr-defined,no-any-return]


def _compare_one(session: Session) -> bool | None:
    """Whether the snapshot compared longest ago is what its postings sum to; None when none is due."""
    take_time(session)
    now = real_now(session)
    kept = session.scalars(
        select(AccountSnapshot)
        .where(AccountSnapshot.compared_at <= now - COMPARED_AFTER)
        .order_by(AccountSnapshot.compared_at)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if kept is None:
        return None
    values = {"account_id": kept.account_id, "through": kept.through_posting_id}
    summed = int(session.execute(_STATEMENTS.sum_through, values).scalar_one())
    if summed == kept.debited:
        kept.compared_at = now
        session.flush()
        return True
    account = session.get_one(Account, kept.account_id)
    log.error("ledger.snapshot_differs", account=account.key, kept=kept.debited, summed=summed)
    session.delete(kept)
    session.flush()
    return False
