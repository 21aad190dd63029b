"""Lines without a reference of ours that can only be payments which still wait for theirs: by amount and day, or sum.

A line is taken for payments only where nothing else is possible: it fits one payment, one file or one day's files, none
of these fits another line, whoever it names is the payee by their account, and statements without a gap reach so far
that a line with the payment's own reference would have come. What fits more than once is never guessed.
"""

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.orm import Session

from marketplace.db.locks import advisory_xact_lock
from marketplace.db.sql import load
from marketplace.gateways.bank import details
from marketplace.gateways.bank.unexecuted import EXECUTION_DAYS_MAX
from marketplace.kernel.errors import DomainError
from marketplace.rails.bank_files import Explanation, Reach

PAIRS_MAX: Final = 1_000
"""Pairs of lines and payments of one amount beyond which none of that amount is looked at."""

_DAYS: Final = dt.timedelta(days=EXECUTION_DAYS_MAX)
_STATEMENTS = load(__file__, "windows.sql")


def reach(session: Session) -> Mapping[str, Reach]:
    """See `marketplace.rails.bank_files.FileRail.reach`."""
    return {row.currency: Reach(row.since, row.until) for row in session.execute(_STATEMENTS.reach)}


def explanations(session: Session) -> Sequence[Explanation]:
    """See `marketplace.rails.bank_files.FileRail.explanations`."""
    if not session.scalars(_STATEMENTS.anything).one():
        return []
    # A statement that is just being imported may hold the line that makes another one ambiguous.
    advisory_xact_lock(session, "bank.import")
    complete = reach(session)
    if not complete:
        return []
    rows = session.execute(_STATEMENTS.pairs, {"days": EXECUTION_DAYS_MAX, "most": PAIRS_MAX}).all()
    crowded = {(row.currency, row.minor_units) for row in rows if row.kind == "crowded"}
    pairs, unclear = _possible(session, [row for row in rows if row.kind != "crowded"])
    if not pairs:
        return []
    members = _members(session, pairs)
    fits = Counter(row.line_id for row in pairs)
    shown = Counter(reference for row in pairs for reference, _ in members[row.kind, row.name])
    found = []
    for row in pairs:
        payments = members[row.kind, row.name]
        certain = (
            row.line_id not in unclear
            and fits[row.line_id] == 1
            and all(
                shown[reference] == 1 and (row.currency, minor_units) not in crowded
                for reference, minor_units in payments
            )
        )
        # A file that the line names itself needs no days to rule others out.
        known = complete.get(row.currency)
        is_over = known is not None and known.spans(row.made_on, row.made_on + _DAYS)
        if certain and ((row.is_named and row.kind == "file") or is_over):
            way = "amount_and_date" if row.kind == "one" else "many_to_one"
            found.append(Explanation(f"bank_{row.line_id}", way, [reference for reference, _ in payments]))
    return found


def _possible(session: Session, rows: Sequence[Row[Any]]) -> tuple[list[Row[Any]], set[int]]:
    """Without those whose account is not the payee's: a line of several payees names none.

    Also the lines that name somebody of whom no account can be read: they may be these payments, so that no other line
    is for certain, and yet are not taken for them.
    """
    names = [row.name for row in rows if row.kind == "one" and row.other_id is not None]
    found = session.execute(_STATEMENTS.destinations, {"names": names}) if names else ()
    where = {row.reference: row.destination_id for row in found}
    ids = {row.other_id for row in rows if row.other_id is not None} | set(where.values())
    accounts = {detail_id: _account(session, detail_id) for detail_id in ids}
    possible, unclear = [], set()
    for row in rows:
        there = accounts.get(row.other_id)
        if row.other_id is not None and there is None:
            unclear.add(row.line_id)
        elif row.other_id is not None and (row.kind != "one" or there != accounts.get(where.get(row.name))):
            continue
        possible.append(row)
    return possible, unclear


def _account(session: Session, detail_id: uuid.UUID) -> str | None:
    """The account that a row holds; None where it holds none, or is sealed by a key that is gone."""
    try:
        found = details.understood(details.read(session, detail_id))
    except DomainError:
        return None
    return None if found is None else found.account


def _members(session: Session, pairs: Iterable[Row[Any]]) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """The payments of each set, with their amounts, by the set's kind and name."""
    found: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
    for row in {(row.kind, row.name): row for row in pairs if row.kind == "one"}.values():
        found["one", row.name].append((row.name, row.minor_units))
    wanted = {kind: sorted({row.name for row in pairs if row.kind == kind}) for kind in ("file", "day")}
    if wanted["file"] or wanted["day"]:
        values = {"files": wanted["file"], "days": wanted["day"]}
        for row in session.execute(_STATEMENTS.members, values):
            for kind in ("file", "day"):
                if getattr(row, kind) in wanted[kind]:
                    found[kind, getattr(row, kind)].append((row.reference, row.minor_units))
    return found
