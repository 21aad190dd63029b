"""Looking at a payout in another currency, and at what stands open for it."""

from sqlalchemy.orm import Session

from marketplace.kernel.money import Money
from marketplace.ledger.balances import balance
from marketplace.ledger.chart import AccountRef, Code
from marketplace.ledger.recipes.accounts import currency_position
from marketplace.payouts.models import Payout, PayoutRun
from tests.builders.payouts import payout_of
from tests.builders.settlement import Chain


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY", negative=True)


def kes(amount: str) -> Money:
    return Money.parse(amount, "KES", negative=True)


def the_payout(session: Session, chain: Chain, run: PayoutRun) -> Payout:
    return payout_of(session, run, chain.workers[0])


def positions(session: Session) -> tuple[Money, Money]:
    return balance(session, currency_position("CNY")), balance(session, currency_position("KES"))


def income(session: Session, code: Code) -> Money:
    return balance(session, AccountRef(code, "CNY"))
