"""Pages that are downloaded as PDF, where this server makes any."""

from __future__ import annotations

from typing import Final

from flask import Response

from marketplace.kernel.errors import ErrorKind, define
from marketplace.kernel.ports import PdfBusyError, PdfMaker
from marketplace.kernel.texts import say
from marketplace.web.context import get_context

MEDIA_TYPE: Final = "application/pdf"
PDF_NOT_MADE: Final = define(
    "pdf_not_made",
    ErrorKind.NOT_FOUND,
    say("This server makes no PDF"),
    say("Whoever runs it has not installed what draws PDF files. The same is there as a page and as a CSV file."),
)
PDF_BUSY: Final = define(
    "pdf_busy",
    ErrorKind.UNAVAILABLE,
    say("Other files are being made just now"),
    say("A server makes one PDF at a time. Ask again in a minute."),
)


def makes_pdf() -> bool:
    """Whether this server makes PDF files; without that no page offers one."""
    return get_context().pdf is not None


def need_pdf() -> PdfMaker:
    """What makes PDF files; says plainly, before anything is read for one, that none is made here.

    Raises pdf_not_made.
    """
    maker = get_context().pdf
    if maker is None:
        raise PDF_NOT_MADE.error(say("The extra pdf, or the library Pango that it draws with, is not installed here."))
    return maker


def pdf_file(name: str, page: str) -> Response:
    """The page as a PDF to download. Raises pdf_not_made, pdf_busy."""
    maker = need_pdf()
    try:
        content = maker.make(page)
    except PdfBusyError as busy:
        raise PDF_BUSY.error(say("Ask again in a minute.")) from busy
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "private, no-store"}
    return Response(content, content_type=MEDIA_TYPE, headers=headers)
