"""What this package refuses."""

from __future__ import annotations

from typing import Final

from marketplace.kernel.errors import ErrorKind, define
from marketplace.kernel.texts import say

ITEMS_REFUSED: Final = define(
    "items_refused",
    ErrorKind.INVALID,
    "Some rows cannot become items",
    "Nothing was added, because on_error is abort; each bad row is listed with its line.",
)
CSV_REFUSED: Final = define(
    "csv_refused",
    ErrorKind.INVALID,
    "The CSV file cannot be read",
    "Its header names no such columns, or its quoting is broken, so that no row is sure; nothing was added. "
    "Fields are parted by commas, records by line ends, and a field with one of these or a quote in it stands between "
    "quotes, with quotes in it doubled (RFC 4180).",
)
ITEMS_IN_WORK: Final = define(
    "items_in_work",
    ErrorKind.STATE,
    "Some of these items are in tasks",
    "Only items that no task holds can be withdrawn; who opened the tasks can take back what nobody has begun.",
)
MEDIA_REFUSED: Final = define(
    "media_refused",
    ErrorKind.INVALID,
    "Not media that can be kept",
    "Images are JPEG, PNG or WebP, one frame; sounds WAV, MP3, Ogg, FLAC or M4A; point clouds PCD or PLY; each within "
    "limits of bytes, pixels, minutes and points. What it is, is read from the bytes; SVG and HTML never are.",
)
FETCH_REFUSED: Final = define(
    "fetch_refused",
    ErrorKind.INVALID,
    "The remote address is not fetched",
    "Only http and https addresses of the public internet are fetched, also after redirects.",
)
FETCH_FAILED: Final = define(
    "fetch_failed",
    ErrorKind.UNAVAILABLE,
    "The remote address did not answer",
    "The address is allowed, but it gave no usable answer; it is tried again later.",
)
RESERVE_SHORT: Final = define(
    "reserve_short",
    ErrorKind.UNFUNDED,
    "The job's free reserve does not cover this",
    "Only the free part of a job's reserve can be committed or given back; fund the job first.",
)
MEDIA_PURGED = define(
    "media_purged",
    ErrorKind.GONE,
    say("This image is not kept any more"),
    say(
        "The job that it belonged to was settled, and its retention is over. Its digest, the answers, the money "
        "and the proofs stay."
    ),
)
CALENDAR_TAKEN: Final = define(
    "calendar_taken",
    ErrorKind.STATE,
    "Another calendar has this name",
    "A calendar of closed days is never changed, because terms that name it keep their dates; add the changed one "
    "under another name.",
)
