"""CSV that is safe to open: RFC 4180, and no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from marketplace.kernel.money import Money

_FORMULA_STARTS: Final = frozenset("=+-@\t\r\n＝＋－＠")
_QUOTED: Final = frozenset('",\r\n')


def safe_cell(value: object) -> str:
    """The value as the text of a cell; None is empty, and what would start a formula gets an apostrophe before it.

    Spreadsheets run what begins with = + - or @, or with a tab or a line break before these. Only text is changed:
    numbers cannot carry a formula, and neither can amounts, which are their decimals without the currency.
    """
    if value is None:
        return ""
    if isinstance(value, Money):
        return value.text()
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if isinstance(value, str) and text and text[0] in _FORMULA_STARTS:
        return f"'{text}"
    return text


def csv_line(cells: Iterable[object]) -> str:
    """One record of RFC 4180 with its line end; every cell is made safe."""
    return ",".join(_quoted(safe_cell(cell)) for cell in cells) + "\r\n"


def _quoted(text: str) -> str:
    if _QUOTED.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'
