"""PDF files by WeasyPrint, which is installed by the extra `pdf` and needs Pango on the machine (decision 0036)."""

from __future__ import annotations

import threading
from typing import Any, Final

import weasyprint
from PIL import ImageFile
from weasyprint.urls import FatalURLFetchingError, URLFetcher

from marketplace.kernel.ports import PdfBusyError

# WeasyPrint lets the whole process take pictures that are cut off. What clients upload must be whole.
ImageFile.LOAD_TRUNCATED_IMAGES = False

PATIENCE_SECONDS: Final = 2.0
"""How long a request waits for another's file: not longer, or a few of them would hold every thread of the server."""


class _Nothing(URLFetcher):  # type: ignore[misc]  # published without types
    """Fetches nothing: a page that becomes a PDF carries all that it shows, and asks no network and no disk."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:  # noqa: ARG002
        raise FatalURLFetchingError(f"Nothing is fetched for a PDF, and so not {url[:100]}.")


class WeasyPdf:
    """One file at a time: each takes seconds of the processor and some 100 MB while it is made."""

    def __init__(self) -> None:
        self._making = threading.Lock()

    def make(self, page: str) -> bytes:
        """The page as PDF/UA: with its language, its title, and tags that say what is a heading and what a table."""
        if not self._making.acquire(timeout=PATIENCE_SECONDS):
            raise PdfBusyError
        try:
            document = weasyprint.HTML(string=page, url_fetcher=_Nothing())
            made: bytes = document.write_pdf(pdf_variant="pdf/ua-1")
            return made
        except FatalURLFetchingError as asked:
            raise RuntimeError(str(asked)) from asked
        finally:
            self._making.release()
