"""The sweeps of what one side of a contract proposed and the other did not answer in time."""

from marketplace.contracts import amending, handovers, offering
from marketplace.entrypoints.sweeping import Sweep, in_transactions

CONTRACT_SWEEPS: tuple[Sweep, ...] = (
    Sweep(
        "expire_offers",
        30,
        "Ends offers of contracts that nobody accepted in time.",
        in_transactions("offers", offering.expire),
        follows_market_time=True,
    ),
    Sweep(
        "expire_amendments",
        30,
        "Ends proposals of new prices that nobody answered in time.",
        in_transactions("amendments", amending.expire),
        follows_market_time=True,
    ),
    Sweep(
        "expire_handovers",
        30,
        "Ends offers of contracts taken over after a default that nobody answered in time.",
        in_transactions("handovers", handovers.expire_next),
        follows_market_time=True,
    ),
)
