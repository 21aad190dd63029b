"""What exports write into the log."""

from typing import Final

from marketplace.audit.events import define_event

_ASKED: Final = {"format": "text: name of the file's format", "job": "job id or null", "operation": "operation id"}
_MADE: Final = {
    "format": "text: name of the file's format",
    "job": "job id or null",
    "rows": "whole number: how many its rows",
    "bytes": "whole number: its size",
    "sha256": "digest: of the bytes",
}
_MONTH: Final = {"month": "text or null: of which month of the books, as 2027-01; null for all"}

EXPORT_REQUESTED = define_event("export.requested", 2, "Export asked for", {**_ASKED, **_MONTH})
EXPORT_READY = define_event("export.ready", 2, "Export ready to be fetched", {**_MADE, **_MONTH})
BOOKS_KEPT = define_event(
    "books.kept",
    1,
    "Books of a month kept as a file",
    {
        "month": "text: such as 2027-01",
        "name": "text: of the file",
        "rows": "whole number: how many its rows",
        "bytes": "whole number: its size",
        "sha256": "digest: of the bytes",
    },
)
EXPORT_DELETED = define_event(
    "export.deleted", 1, "File of an export deleted after its time", {"sha256": "digest: of the bytes it had"}
)
