"""Versions of event kinds that earlier releases wrote: bodies in the log never change, so these stay as they were."""

from marketplace.audit.events import superseded_event

superseded_event(
    "export.requested",
    1,
    "Export asked for",
    {
        "format": "text: name of the file's format",
        "job": "job id or null",
        "operation": "operation id",
    },
)
superseded_event(
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
