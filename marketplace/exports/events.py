"""What exports write into the log."""

from marketplace.audit.events import define_event

EXPORT_REQUESTED = define_event(
    "export.requested",
    1,
    "Export asked for",
    {"format": "name of the file's format", "job": "public id of the job, or null", "operation": "public id"},
)
EXPORT_READY = define_event(
    "export.ready",
    1,
    "Export ready to be fetched",
    {
        "format": "name of the file's format",
        "job": "public id of the job, or null",
        "rows": "number of its rows",
        "bytes": "its size",
        "sha256": "of the bytes, hex",
    },
)
EXPORT_DELETED = define_event(
    "export.deleted", 1, "File of an export deleted after its time", {"sha256": "of the bytes it had, hex"}
)
