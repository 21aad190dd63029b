"""States of a contract; every move goes through this table, under the contract's lock."""

from __future__ import annotations

from typing import Final

from marketplace.kernel.states import StateMachine

CONTRACT: Final = StateMachine(
    "contract",
    {
        "draft": {"offered", "active"},
        "offered": {"accepted", "declined", "expired", "withdrawn"},
        "accepted": {"active"},
        "active": {"exhausted", "recalled", "frozen"},
        "exhausted": {"closed"},
        "frozen": {"active", "defaulted"},
        "defaulted": {"succeeded"},
        # goes on as an active one does, under another seller
        "succeeded": {"exhausted", "recalled", "frozen"},
    },
    initial="draft",
)

LIVE: Final = frozenset({"accepted", "active", "succeeded"})
"""States in which the seller may offer parts below or open tasks."""

AMENDMENT: Final = StateMachine(
    "amendment", {"proposed": {"accepted", "declined", "withdrawn", "expired"}}, initial="proposed"
)

HANDOVER: Final = StateMachine(
    "handover", {"offered": {"accepted", "declined", "withdrawn", "expired"}}, initial="offered"
)

AMENDABLE: Final = LIVE | {"frozen"}
"""States of a contract whose prices may change."""

PRICED: Final = frozenset({"offered", "accepted", "active", "frozen", "defaulted", "succeeded"})
"""States in which tasks may still be opened at a contract's prices, now or later."""

OVER: Final = frozenset({"exhausted", "recalled", "closed"})
"""States of a contract under which nothing new is claimed; its margins may still be coming, and answers still wait."""

TAKING_BACK: Final = LIVE | {"frozen"}
"""States of a contract below a recalled one that end with it."""

HOLDING: Final = frozenset(
    {"offered", "accepted", "active", "exhausted", "closed", "frozen", "recalled", "defaulted", "succeeded"}
)
"""States in which the contract's allotment is taken out of its parent's; a recalled one keeps what is worked on."""
