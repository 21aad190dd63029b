"""What operations write into the log."""

from marketplace.audit.events import define_event

OPERATION_QUEUED = define_event(
    "operation.queued",
    1,
    "Long work asked for",
    {"operation_kind": "what is to be done", "about": "public id of what it is about"},
)
OPERATION_CANCEL_REQUESTED = define_event(
    "operation.cancel_requested", 1, "Cancelling of long work asked for", {"state": "the operation's state then"}
)
OPERATION_FINISHED = define_event(
    "operation.finished",
    1,
    "Long work came to its end",
    {
        "operation_kind": "what was to be done",
        "state": "succeeded, failed or cancelled",
        "attempts": "how often it was begun",
        "problem": "code of the problem of a failed one, else null",
    },
)
