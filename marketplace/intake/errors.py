"""What this package refuses."""

from __future__ import annotations

from typing import Final

from marketplace.kernel.errors import ErrorKind, define

IMPORT_REFUSED: Final = define(
    "import_refused",
    ErrorKind.INVALID,
    "This cannot be imported",
    "Something of the template has no counterpart here; each such element is named, and nothing was made.",
)
IMPORT_MISMATCH: Final = define(
    "import_mismatch",
    ErrorKind.STATE,
    "The job asks something else",
    "Items are added to a job of the same kind with the same label schema; import into a new job instead.",
)
