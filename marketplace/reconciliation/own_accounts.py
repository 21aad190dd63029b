"""Our own money between 1010 and 1020: what the books have moved, and what the bank's lines have shown of it."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from marketplace.kernel.money import Money
from marketplace.ledger.chart import Code
from marketplace.ledger.models import Account, Journal, Posting
from marketplace.reconciliation.models import ExternalLine


def moved_and_not_shown(session: Session, line: ExternalLine) -> Money:
    """How much the books have moved in the direction and currency of the line that no explained line showed."""
    debit, credit = aliased(Account), aliased(Account)
    codes = (Code.BANK_WAGES, Code.BANK_OPERATING) if line.amount > 0 else (Code.BANK_OPERATING, Code.BANK_WAGES)
    moved = (
        select(func.coalesce(func.sum(Posting.amount), 0))
        .join(debit, debit.id == Posting.debit_account_id)
        .join(credit, credit.id == Posting.credit_account_id)
        .where(Posting.currency == line.currency, debit.code == codes[0], credit.code == codes[1])
    )
    shown = select(func.coalesce(func.sum(func.abs(ExternalLine.amount)), 0)).where(
        ExternalLine.rail == line.rail,
        ExternalLine.currency == line.currency,
        ExternalLine.state == "matched",
        func.sign(ExternalLine.amount) == (1 if line.amount > 0 else -1),
        # A line that is matched with a journal which was undone showed what other journals had moved.
        select(Journal.id).where(Journal.reverses_id == ExternalLine.journal_id).exists(),
    )
    return Money(int(session.scalars(moved).one()) - int(session.scalars(shown).one()), line.currency)
