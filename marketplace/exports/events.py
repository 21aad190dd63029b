"""What exports write into the log."""

from marketplace.audit.events import define_event

EXPORT_REQUESTED = define_event(
    "export.requested",
    1,
    "Export asked for",
    {"format": "text: name of the file's format", "job": "job id or null", "operation": "operation id"},
)
EXPORT_READY = define_event(
    "export.ready",
    1,
    "Export ready to be fetched",
    {
        "format": "text: name of the file's format",
        "job": "job id or null",
        "rows": "whole number: how many its rows",
        "bytes": "whole number: its size",
        "sha256": "digest: of the bytes",
    },
)
EXPORT_DELETED = define_event(
    "export.deleted", 1, "File of an export deleted after its time", {"sha256": "digest: of the bytes it had"}
)
