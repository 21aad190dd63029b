"""Statements as PDF: offered where they can be made, and what is in them is what the statement says."""

import html
import io
import os
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from fontTools.ttLib import TTFont
from pypdf import PdfReader
from sqlalchemy.orm import Session

from marketplace.gateways.choosing import make_pdf_maker
from marketplace.kernel.ports import PdfBusyError, PdfMaker
from marketplace.web import statements as shown
from marketplace.web.context import KEY
from marketplace.web.translations import LANGUAGES, catalog
from tests.builders.settlement import Chain
from tests.builders.web import Browser
from tests.workers_portal.conftest import Program
from tests.workers_portal.test_proofs import seal_everything
from tests.workers_portal.test_statements import paid

__all__ = ["paid"]
PROBE = "Statement of %(month)s"
OTHER_LETTERS = {"zh_Hans": "结算单", "hi": "विवरण", "ar": "كشف"}
_SHOWN = re.compile(r"(/\w+) [\d.]+ Tf|<([0-9a-f]+)>")


@pytest.fixture
def maker() -> PdfMaker:
    """The real one: where it is missing the tests are left out, unless NEED_PDF says that it must be there."""
    found = make_pdf_maker()
    if found is None:
        sentence = "no PDF is made here; the extra pdf, and on Debian and Ubuntu: apt-get install libpango-1.0-0"
        if os.environ.get("NEED_PDF"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    return found


def use(app: Flask, maker: PdfMaker | None) -> None:
    app.extensions[KEY] = replace(app.extensions[KEY], pdf=maker)


def rows_of(page: str, caption: str) -> list[list[str]]:
    """The words of the cells of a table on a page."""
    table = re.search(rf"<table[^>]*><caption>{caption}</caption>.*?</table>", page, re.DOTALL)
    assert table
    rows = re.findall(r"<tr>(.*?)</tr>", table[0], re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in row] for row in cells]


def text_of(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_a_pdf_has_the_sums_and_the_chain_of_every_line_of_the_statement(
    session: Session, app: Flask, browser: Browser, maker: PdfMaker, paid: tuple[Chain, str, str]
) -> None:
    _, earned, settled = paid
    seal_everything(session, app)
    use(app, maker)
    for month in (earned, settled):
        page = browser.get(f"/work/statements/{month}").text
        answer = browser.get(f"/work/statements/{month}/pdf")
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.headers["Cache-Control"] == "private, no-store"
        read = " ".join(text_of(answer.data).split())
        rows = rows_of(page, "CNY in one column") + rows_of(page, "CNY")
        assert len(rows) > 8
        for row in rows:
            for cell in row:
                assert cell in read, cell
        head = browser.get("/log/checkpoint").text.splitlines()
        assert all(line in read.replace(" ", "") for line in ("".join(one.split()) for one in head[:3])), head
    read = " ".join(text_of(browser.get(f"/work/statements/{earned}/pdf").data).split())
    chains = re.findall(r'class="small">(of the client.*?)</td>', browser.get(f"/work/statements/{earned}").text)
    assert len(chains) == 3
    for chain in chains:
        assert read.count(html.unescape(re.sub(r"<[^>]+>", "", chain))) == 3


def test_it_says_its_language_and_title_and_numbers_its_pages(
    app: Flask, browser: Browser, maker: PdfMaker, paid: tuple[Chain, str, str]
) -> None:
    use(app, maker)
    for language in LANGUAGES:
        browser.get(f"/work/language/{language}")
        reader = PdfReader(io.BytesIO(browser.get(f"/work/statements/{paid[1]}/pdf").data))
        title = (PROBE if language == "en" else catalog(language).ugettext(PROBE)) % {"month": paid[1]}
        root: Any = reader.trailer["/Root"]
        assert reader.metadata is not None
        assert reader.metadata.title == title
        assert root["/Lang"] == language.replace("_", "-")
        assert f"1/{len(reader.pages)}" in reader.pages[0].extract_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_of_every_language_has_a_shape(
    app: Flask, browser: Browser, maker: PdfMaker, paid: tuple[Chain, str, str], language: str
) -> None:
    if language in OTHER_LETTERS and without_shape(maker.make(sheet(OTHER_LETTERS[language]))):
        sentence = "no font for it is installed here; on Debian and Ubuntu: fonts-lohit-deva, fonts-droid-fallback"
        if os.environ.get("NEED_PDF"):
            pytest.fail(sentence)
        pytest.skip(sentence)
    use(app, maker)
    browser.get(f"/work/language/{language}")
    assert without_shape(browser.get(f"/work/statements/{paid[1]}/pdf").data) == 0


def test_a_letter_without_a_shape_would_be_noticed(maker: PdfMaker) -> None:
    assert without_shape(maker.make(sheet("\U00013000"))) == 1
    assert without_shape(maker.make(sheet("A"))) == 0


def sheet(text: str) -> str:
    return f'<html lang="en"><title>Letters</title><p>{text}</p></html>'


def without_shape(content: bytes) -> int:
    """How many glyphs of the file are not in the fonts that it carries: there a reader sees boxes."""
    missing = 0
    for page in PdfReader(io.BytesIO(content)).pages:
        fonts: Any = page["/Resources"]["/Font"]  # type: ignore[index]
        contents = page.get_contents()
        assert contents is not None
        glyphs = 0
        for name, text in _SHOWN.findall(contents.get_data().decode("latin-1")):
            if name:
                glyphs = _glyphs_in(fonts[name])
            else:
                missing += sum(int(text[at : at + 4], 16) >= glyphs for at in range(0, len(text), 4))
    return missing


def _glyphs_in(font: Any) -> int:
    described = font["/DescendantFonts"][0]["/FontDescriptor"]
    file = described.get("/FontFile2") or described["/FontFile3"]
    return int(TTFont(io.BytesIO(file.get_data()))["maxp"].numGlyphs)


def test_nothing_is_fetched_for_a_pdf(maker: PdfMaker) -> None:
    for source in ("https://example.org/a.png", "file:///etc/hostname", "data:image/png;base64,AAAA"):
        with pytest.raises(RuntimeError, match="Nothing is fetched"):
            maker.make(f'<html lang="en"><title>x</title><img alt="" src="{source}">')


def test_without_what_draws_it_no_page_offers_a_pdf_and_its_address_says_why(
    app: Flask, browser: Browser, program: Program, paid: tuple[Chain, str, str]
) -> None:
    month = paid[1]
    assert "/pdf" in browser.get("/work/statements").text
    assert "/pdf" in browser.get(f"/work/statements/{month}").text
    use(app, None)
    assert "/pdf" not in browser.get("/work/statements").text
    assert "/pdf" not in browser.get(f"/work/statements/{month}").text
    refused = browser.get(f"/work/statements/{month}/pdf")
    assert refused.status_code == 404
    assert "the library Pango" in refused.text
    told = program.get(f"/statement-pdf?month={month}")
    assert (told.status_code, told.json["code"]) == (404, "pdf_not_made")


def test_of_more_answers_than_a_file_holds_each_names_the_next(
    browser: Browser, program: Program, paid: tuple[Chain, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shown, "LINES_MAX", 2)
    first = browser.get(f"/work/statements/{paid[1]}/pdf").text
    found = re.search(r'href="http://localhost(/work/statements/[^"]+)"', first)
    assert found
    second = browser.get(html.unescape(found[1])).text
    named = [set(re.findall(r"ans_[0-9a-z]{26}", page)) for page in (first, second)]
    assert [len(one) for one in named] == [2, 1]
    assert not named[0] & named[1]
    assert "There are more answers" not in second
    cursor = found[1].partition("cursor=")[2]
    told = program.client.get(f"/worker/v1/statement-pdf?month={paid[1]}&cursor={cursor}", headers=program.headers)
    assert set(re.findall(r"ans_[0-9a-z]{26}", told.text)) == named[1]


def test_who_comes_while_another_file_takes_long_is_asked_to_come_again(
    app: Flask, browser: Browser, paid: tuple[Chain, str, str]
) -> None:
    class Busy:
        def make(self, page: str) -> bytes:  # noqa: ARG002
            raise PdfBusyError

    use(app, Busy())
    assert browser.get(f"/work/statements/{paid[1]}/pdf").status_code == 503
