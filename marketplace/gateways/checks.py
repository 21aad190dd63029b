"""What the bank rail's own tables prove: files hold what they say, and statements add up."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.gateways.bank_models import BankFile, BankInstruction, BankLine, BankStatement
from marketplace.kernel.ids import public
from marketplace.ledger.checking import FINDINGS_MAX, Finding, check


@check("B1", "each payment file holds the payments that it counts and sums")
def files_hold_their_payments(session: Session) -> Iterator[Finding]:
    """Files whose instructions are other in number or sum."""
    held = (
        select(
            BankInstruction.file_id,
            func.count().label("count"),
            func.sum(BankInstruction.minor_units).label("minor_units"),
        )
        .group_by(BankInstruction.file_id)
        .subquery()
    )
    rows = session.execute(
        select(BankFile.id, BankFile.message_id, BankFile.count, BankFile.minor_units, held.c.count, held.c.minor_units)
        .outerjoin(held, held.c.file_id == BankFile.id)
        .where(
            (func.coalesce(held.c.count, 0) != BankFile.count)
            | (func.coalesce(held.c.minor_units, 0) != BankFile.minor_units)
        )
        .order_by(BankFile.id)
        .limit(FINDINGS_MAX)
    )
    for file_id, message_id, count, total, found, sums in rows:
        problem = f"{message_id} says {count} payments of {total} minor units, and holds {found or 0} of {sums or 0}"
        yield Finding(public("bank_file", file_id), problem)


@check("B2", "the lines of each bank statement lead from its opening to its closing balance")
def statements_add_up(session: Session) -> Iterator[Finding]:
    """Statements whose lines do not."""
    moved = (
        select(BankLine.statement_id, func.count().label("count"), func.sum(BankLine.minor_units).label("minor_units"))
        .group_by(BankLine.statement_id)
        .subquery()
    )
    rows = session.execute(
        select(BankStatement.id, BankStatement.opening, BankStatement.closing, moved.c.minor_units)
        .outerjoin(moved, moved.c.statement_id == BankStatement.id)
        .where(
            (BankStatement.opening + func.coalesce(moved.c.minor_units, 0) != BankStatement.closing)
            | (func.coalesce(moved.c.count, 0) != BankStatement.line_count)
        )
        .order_by(BankStatement.id)
        .limit(FINDINGS_MAX)
    )
    for statement_id, opening, closing, found in rows:
        problem = f"it opens at {opening}, its lines move {found or 0}, and it closes at {closing} (minor units)"
        yield Finding(public("bank_statement", statement_id), problem)
