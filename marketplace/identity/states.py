"""The states of an organization."""

from marketplace.kernel.states import StateMachine

ORGANIZATION = StateMachine(
    "organization",
    {
        "pending": {"approved", "rejected"},
        "approved": {"suspended"},
        "rejected": {"approved"},
        "suspended": {"approved"},
    },
    initial="pending",
)
