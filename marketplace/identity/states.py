"""The states of a person, of an organization, of an invitation and of a team."""

from marketplace.kernel.states import StateMachine

PERSON = StateMachine("person", {"active": {"erasing"}, "erasing": {"erased"}}, initial="active")
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

INVITATION = StateMachine("invitation", {"pending": {"accepted", "declined", "revoked"}}, initial="pending")
EXPIRED = "expired"
"""How a pending invitation past its end is shown; nothing needs to be written for that."""
TEAM = StateMachine("team", {"open": {"closed"}}, initial="open")
