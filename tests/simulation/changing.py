"""Steps of payees who want another currency than the one owed, and of who gives the rates."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from sqlalchemy import select

from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money, exponent
from marketplace.kernel.rates import Rate
from marketplace.payouts.approving import approve_payout
from marketplace.payouts.models import Payout
from marketplace.payouts.sending import execute_run
from marketplace.quotes.choosing import choose_currency
from marketplace.quotes.setting import HOURS_MAX, set_rate
from marketplace.settlement.models import Installment
from tests.simulation.world import CURRENCIES, World

IN_CNY: Final = {"CNY": Fraction(1), "JPY": Fraction("0.0461"), "KWD": Fraction("23.3")}
"""About what one of each is worth; rates stay within a few hundredths of it."""


def give_rate(world: World) -> str:
    """Finance sets a rate, or the rail's own changes; for a while."""
    sold, bought = world.chance.sample(CURRENCIES, 2)
    rate = a_rate(world, sold, bought)
    if world.chance.random() < 0.4:
        changes = world.chance.random() < 0.7
        world.rail.script_rate(rate, valid_seconds=3_600 * world.chance.choice((1, 200)), changes=changes)
        return f"the rail: {rate}"
    if world.chance.random() < 0.5:
        give_all_rates(world)
        return "finance: all"
    with world.transactions() as session:
        set_rate(session, world.person(world.finance), rate, world.chance.choice((2, 100, HOURS_MAX)))
    return f"finance: {rate}"


def give_all_rates(world: World) -> None:
    """Finance sets every rate for as long as it may."""
    with world.transactions() as session:
        for sold in CURRENCIES:
            for bought in CURRENCIES:
                if sold != bought:
                    set_rate(session, world.finance[0], a_rate(world, sold, bought), HOURS_MAX)


def a_rate(world: World, sold: str, bought: str) -> Rate:
    apart = Fraction(world.chance.randint(97_000_000, 103_000_000), 100_000_000)
    value = IN_CNY[sold] / IN_CNY[bought] * apart
    text = f"{Decimal(value.numerator) / Decimal(value.denominator):.{world.chance.randint(6, 15)}f}"
    return Rate.parse(text, sold, bought)


def choose(world: World) -> str | None:
    """A payee, mostly one whose money is to come, chooses a currency, or goes back to the one owed."""
    to_come = select(Installment.payee_id).where(Installment.state.in_(["scheduled", "due"])).distinct()
    payee_id = world.one(to_come.order_by(Installment.payee_id))
    if payee_id is not None and world.chance.random() < 0.8:
        payee = world.actors[payee_id]
    else:
        payee = world.person([*world.workers, *world.layers])
    currency = world.chance.choice((*CURRENCIES, *CURRENCIES, None))
    with world.transactions() as session:
        choose_currency(session, payee, world.rails, "sandbox", currency)
    return str(currency)


def approve_worse(world: World) -> str | None:
    """Finance approves a payout at a rate that became worse, and the run goes on."""
    payout = world.one(select(Payout).where(Payout.state == "draft").order_by(Payout.id))
    if payout is None:
        return None
    with world.transactions() as session:
        approve_payout(session, world.person(world.finance), payout.id)
    execute_run(world.transactions, world.person(world.finance), world.rails, payout.run_id)
    return f"{payout.paid}"


def approve_all_worse(world: World) -> None:
    """Whoever may approves every payout whose rate became worse."""
    with world.transactions() as session:
        drafts = session.scalars(select(Payout).where(Payout.state == "draft").order_by(Payout.id)).all()
    for payout in drafts:
        for person in world.finance:
            try:
                with world.transactions() as session:
                    approve_payout(session, person, payout.id)
            except DomainError:
                continue
    for run_id in sorted({payout.run_id for payout in drafts}):
        try:
            execute_run(world.transactions, world.finance[0], world.rails, run_id)
        except DomainError:
            continue  # it waits for its own approval


def what_comes_back(world: World, payout: Payout) -> Money:
    """The whole of it; in the currency owed at a rate of that day, where the rail had changed it."""
    if payout.cost is None:
        return payout.taken
    apart = world.chance.randint(960, 1_040)
    back = Money(payout.taken.amount * apart // 1_000, payout.currency).floor_to_minor()
    return back if back.amount > 0 else payout.taken


def rest_of_a_step(currency: str) -> int:
    """The most, in ledger units, that is worth less than one minor unit of any currency, and one of its own."""
    steps = (IN_CNY[other] / 10 ** exponent(other) for other in CURRENCIES)
    most = max(steps) / IN_CNY[currency] * Fraction(11, 10) * 10 ** exponent(currency)
    return int(max(most, Fraction(1)) * 10_000) + 1
