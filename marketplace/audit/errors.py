"""Refusals of the log."""

from marketplace.kernel.errors import ErrorKind, define

EVENT_NOT_SEALED = define(
    "event_not_sealed",
    ErrorKind.STATE,
    "Not sealed yet",
    "The event is recorded, but has no place in the tree yet; sealing takes a second, at most a minute.",
)
CHECKPOINT_UNKNOWN = define(
    "checkpoint_unknown",
    ErrorKind.NOT_FOUND,
    "No such checkpoint",
    "The log has never signed a head of this tree size.",
)
LOG_INCONSISTENT = define(
    "log_inconsistent",
    ErrorKind.UNAVAILABLE,
    "The log does not agree with itself",
    "What is stored of the tree does not lead to the last signed head, or that head is not signed by our key. "
    "Nothing more is sealed until operations have looked; `piecework audit verify` names what was altered.",
)
FORK_UNFOUNDED = define(
    "fork_unfounded",
    ErrorKind.STATE,
    "There is no such fork to declare",
    "A fork is declared over checkpoints that are kept outside and to which the log does not lead, under the name and "
    "the key that signed them; `piecework audit declare-fork` shows which these are.",
)
FORK_ALONE = define(
    "fork_alone",
    ErrorKind.FORBIDDEN,
    "A fork takes two people",
    "Whoever declares a fork of the log and whoever agrees are two people of the platform.",
)
LOG_BEHIND = define(
    "log_behind",
    ErrorKind.UNAVAILABLE,
    "The log is behind what is known outside",
    "A signed head that is kept outside the database has more leaves than the log in the database, or another root: an "
    "older backup was restored, or the log was rewritten. Nothing is sealed over it; docs/log.md has the ways on.",
)
