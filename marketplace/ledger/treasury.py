"""The platform's own money: what its owners put in, what it gives to the guarantee fund, and the fees it takes out."""

from sqlalchemy.orm import Session

from marketplace.db.locks import advisory_xact_lock
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.coverage import coverage
from marketplace.ledger.errors import COVERAGE_SHORT
from marketplace.ledger.posting import Pair, Posted, post
from marketplace.ledger.recipes.accounts import bank_operating, bank_wages
from marketplace.ledger.recipes.funding import j0_capital, j17_fees_taken, j20_fund_contribution


def put_in_capital(session: Session, actor: Actor, amount: Money) -> Posted:
    """The owners put money into the operating account (J0). Raises invalid for nothing or less."""
    require_positive(amount)
    return _post(session, actor, "J0", j0_capital(amount))


def contribute(session: Session, actor: Actor, amount: Money) -> Posted:
    """Put money of the platform's own into the guarantee fund (J20).

    Raises invalid for nothing or less, and coverage_short when the operating account holds less.
    """
    require_positive(amount)
    hold_own_money(session)
    there = balance(session, bank_operating(amount.currency))
    if there.amount < amount.amount:
        raise COVERAGE_SHORT.error(f"The operating account holds {there}: less than {amount}.")
    return _post(session, actor, "J20", j20_fund_contribution(amount))


def take_fees(session: Session, actor: Actor, amount: Money) -> Posted:
    """Move earned fees from the wage account to the operating account (J17).

    Raises invalid for nothing or less, and coverage_short when the wage account holds less or when what stays would
    not cover what is owed to clients and payees.
    """
    require_positive(amount)
    hold_own_money(session)
    there = balance(session, bank_wages(amount.currency))
    if there.amount < amount.amount:
        raise COVERAGE_SHORT.error(f"The wage account holds {there}: less than {amount}.")
    found = coverage(session)[amount.currency]
    if (found.cash + found.position - amount).amount < found.owed.amount:
        most = Money(max(0, (found.cash + found.position - found.owed).amount), amount.currency)
        raise COVERAGE_SHORT.error(f"{found.owed} is owed to clients and payees; at most {most} can be taken.")
    return _post(session, actor, "J17", j17_fees_taken(amount))


def hold_own_money(session: Session) -> None:
    """Keep 1010 and 1020 from being drawn on by another until the transaction ends: two would see the same money."""
    advisory_xact_lock(session, "ledger.take_fees")


def _post(session: Session, actor: Actor, kind: str, pairs: list[Pair]) -> Posted:
    event = new_id()
    return post(session, actor, kind=kind, key=f"{kind}:{event}", pairs=pairs, subject=("journal", event))


def require_positive(amount: Money) -> None:
    """Refuse nothing and less, with invalid and /amount."""
    if amount.amount <= 0:
        message = "The amount is more than nothing."
        raise INVALID.error(message, errors=[FieldError("/amount", "not_positive", message)])
