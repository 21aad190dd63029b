"""What accounts hold: controlled ones from their kept balance, hot ones from a snapshot, all others from postings."""

import uuid
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.ledger.chart import AccountRef, Code, Side
from marketplace.ledger.models import Account, AccountBalance, Posting
from marketplace.ledger.snapshots import HOT, hot_balance
from marketplace.ledger.totals import totals_by_code


@dataclass(frozen=True, slots=True)
class TrialLine:
    """All accounts of one code and currency together: what was debited, what was credited, what they hold."""

    code: Code
    currency: str
    debits: Money
    credits: Money

    @property
    def balance(self) -> Money:
        """On the side on which accounts of this code grow."""
        return self.debits - self.credits if self.code.side is Side.DEBIT else self.credits - self.debits


def balance(session: Session, ref: AccountRef) -> Money:
    """What the account holds, positive on its normal side; nothing when it never had a posting.

    A controlled account is one row, a hot one its snapshot and what came since; any other is the sum of its postings.
    """
    if ref.code.controlled:
        kept = select(AccountBalance.balance).join(Account, Account.id == AccountBalance.account_id)
        return Money(session.execute(kept.where(Account.key == ref.key)).scalar_one_or_none() or 0, ref.currency)
    if ref.code in HOT:
        return hot_balance(session, ref)
    account_id = select(Account.id).where(Account.key == ref.key).scalar_subquery()
    total = func.coalesce(func.sum(Posting.amount), 0)
    debited = select(total).where(Posting.debit_account_id == account_id).scalar_subquery()
    credited = select(total).where(Posting.credit_account_id == account_id).scalar_subquery()
    difference = int(session.execute(select(debited - credited)).scalar_one())
    return Money(difference if ref.code.side is Side.DEBIT else -difference, ref.currency)


def balances(
    session: Session,
    code: Code,
    *,
    owner_id: uuid.UUID | None = None,
    contract_id: uuid.UUID | None = None,
    currency: str | None = None,
) -> dict[AccountRef, Money]:
    """What each controlled account of one code holds, those of one owner, contract or currency where given.

    Accounts that hold nothing are left out. Raises ValueError for a code that is not controlled.
    """
    if not code.controlled:
        raise ValueError(f"{code:d} keeps no balances; ask trial_balance or balance")
    query = (
        select(Account, AccountBalance.balance)
        .join(AccountBalance, AccountBalance.account_id == Account.id)
        .where(Account.code == code, AccountBalance.balance != 0)
        .order_by(Account.due_on, Account.id)
    )
    for column, value in (
        (Account.owner_id, owner_id),
        (Account.contract_id, contract_id),
        (Account.currency, currency),
    ):
        if value is not None:
            query = query.where(column == value)
    return {ref_of(account): Money(held, account.currency) for account, held in session.execute(query)}


def ref_of(account: Account) -> AccountRef:
    """The row as a reference."""
    return AccountRef(
        Code(account.code), account.currency, account.owner_id, account.contract_id, account.due_on, account.label
    )


def trial_balance(session: Session, actor: Actor) -> list[TrialLine]:
    """All accounts by code and currency, from kept sums and the postings since; debits equal credits in each currency.

    Raises forbidden without ledger.read.
    """
    actor.require("ledger.read")
    return [
        TrialLine(Code(code), currency, Money(debited, currency), Money(credited, currency))
        for code, currency, debited, credited in totals_by_code(session)
    ]


@dataclass(frozen=True, slots=True)
class OpenPosition:
    """What stands open on 3900 in one currency: of the cash here, what stands for debts in others; what is to come."""

    currency: str
    given: Money
    to_come: Money


def open_positions(session: Session, actor: Actor) -> list[OpenPosition]:
    """The open currency positions at their quoted rates, by currency. Raises forbidden without ledger.read."""
    lines = [line for line in trial_balance(session, actor) if line.code is Code.CURRENCY_POSITION]
    nothing = {line.currency: Money.zero(line.currency) for line in lines}
    return [
        OpenPosition(
            line.currency,
            max(line.balance, nothing[line.currency]),
            max(-line.balance, nothing[line.currency]),
        )
        for line in lines
        if not line.balance.is_zero
    ]


def realized_results(session: Session, actor: Actor) -> list[Money]:
    """Gains less losses on currencies until now, by currency. Raises forbidden without ledger.read."""
    results: dict[str, Money] = {}
    for line in trial_balance(session, actor):
        if line.code in {Code.CURRENCY_GAIN, Code.CURRENCY_LOSS}:
            results[line.currency] = results.get(line.currency, Money.zero(line.currency)) + line.credits - line.debits
    return list(results.values())
