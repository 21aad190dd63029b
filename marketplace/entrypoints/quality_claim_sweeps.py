"""The sweeps of claims about the quality of accepted answers."""

from marketplace.entrypoints.sweeping import Sweep, in_transactions
from marketplace.settlement import quality_collecting, quality_deciding

QUALITY_CLAIM_SWEEPS: tuple[Sweep, ...] = (
    Sweep(
        "uphold_silent_quality_claims",
        30,
        "Upholds quality claims that the layer which vouched did not answer in time.",
        in_transactions("claims", quality_deciding.uphold_silent),
        follows_market_time=True,
    ),
    Sweep(
        "collect_quality_claims",
        60,
        "Takes what layers still owe for upheld quality claims from their next margins.",
        in_transactions("claims", quality_collecting.collect_open),
    ),
)
