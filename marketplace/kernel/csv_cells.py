"""Cells of CSV that a spreadsheet shows as text, whatever they hold."""

from __future__ import annotations

from typing import Final

_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def cell(value: object) -> str:
    """A value as a cell; a text that a spreadsheet would run as a formula begins with an apostrophe instead.

    None is an empty cell, a whole number stays one.
    """
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_STARTS) else value
    return "" if value is None else str(value)
