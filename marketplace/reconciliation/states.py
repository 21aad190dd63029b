"""The moves of a match that was made without a reference."""

from typing import Final

from marketplace.kernel.states import StateMachine

LINE_MATCH: Final = StateMachine(
    "line_match",
    {
        "proposed": {"done", "rejected"},
        "done": {"undo_asked"},
        # done: whoever asked, or another, gave the undoing up
        "undo_asked": {"undone", "done"},
    },
    "proposed",
)

KINDS: Final = ("payouts", "transit", "fee", "deposit", "refund", "moved_already")
"""What a line that no reference explains can be said to be."""

WAYS: Final = ("amount_and_date", "many_to_one", "by_hand")
"""How such a line was matched; what its exact reference explains is no match of this table."""

UNKNOWN, DIFFERS, DUPLICATE = "no_reference", "differs", "has_its_line"
WHY: Final = (UNKNOWN, DIFFERS, DUPLICATE)
"""Why a line stands on 2900: it names nothing that we know; what it names is of another amount or does not wait for
it; what it names has its line already."""
