"""The moves of a quality claim."""

from typing import Final

from marketplace.kernel.states import StateMachine

QUALITY_CLAIM: Final = StateMachine(
    "quality_claim",
    {
        # upheld from open: the layer agreed, or was silent
        "open": {"contested", "upheld", "withdrawn"},
        "contested": {"upheld", "dismissed", "withdrawn"},
    },
    initial="open",
)
