"""What operations write into the log."""

from marketplace.audit.events import define_event

OPERATION_QUEUED = define_event(
    "operation.queued",
    1,
    "Long work asked for",
    {"operation_kind": "text: what is to be done", "about": "id: what it is about"},
)
OPERATION_CANCEL_REQUESTED = define_event(
    "operation.cancel_requested", 1, "Cancelling of long work asked for", {"state": "text: the operation's state then"}
)
OPERATION_FINISHED = define_event(
    "operation.finished",
    1,
    "Long work came to its end",
    {
        "operation_kind": "text: what was to be done",
        "state": "text: succeeded, failed or cancelled",
        "attempts": "whole number: how often it was begun",
        "problem": "text or null: code of the problem of a failed one, else null",
    },
)
