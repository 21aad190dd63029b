"""Looking at a page as different people meet it: narrow and wide, light and dark, with axe's eyes, and as a picture."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

from tests.browser.tabs import DESK, HEIGHT, PHONE

PICTURES: Final = Path(__file__).parents[2] / "screenshots"
PICTURED: Final = ("en", "ar")
"""Languages whose pages are kept as pictures: one is read from the left, one from the right."""
WIDTHS: Final = (PHONE, DESK)
NARROWEST: Final = 320
_AXE: Final = "options => axe.run(document, options)"
# Axe copies style sheets of shadows into elements of its own, which the policy of the page refuses: it takes none.
_EVERY_RULE: Final = {"resultTypes": ["violations"], "preload": {"assets": ["media"]}}
# Colours are by far the slowest, and nothing else depends on the theme.
_ALL_BUT_COLOURS: Final = {**_EVERY_RULE, "rules": {"color-contrast": {"enabled": False}}}
_COLOURS: Final = {**_EVERY_RULE, "runOnly": ["color-contrast", "link-in-text-block"]}
# Neither the page may scroll sideways, nor may a part of it be cut off at the side where it hides what is too wide.
_TOO_WIDE: Final = """() => {
  const cut = [...document.querySelectorAll("html, body *:not(.hidden-text, thead, thead *)")].filter(element =>
    element.scrollWidth > element.clientWidth + (element === document.documentElement ? 0 : 1) &&
    (element === document.documentElement || getComputedStyle(element).overflowX === "hidden"));
  const right = cut.map(element => element.getBoundingClientRect().left + element.clientWidth);
  const inside = cut.flatMap((element, n) => [...element.querySelectorAll("*")].filter(part =>
    part.getBoundingClientRect().right > right[n] + 1 && !part.closest(".hidden-text, thead")));
  return [...cut.slice(0, 1), ...inside.slice(-2)].map(element => element.outerHTML.slice(0, 160)).join(" ... ");
}"""
# On a page read from the right: words or numbers in order that are to be read from the left, and are not.
_BACKWARDS: Final = r"""() => [...document.querySelectorAll("body *:not(script)")].filter(element =>
  getComputedStyle(element).direction === "rtl" && [...element.childNodes].some(node => node.nodeType === 3 &&
    /[A-Za-z][.?!…]\s*$|^\s*…|\d ?[,×–] ?-?\d/.test(node.data) && !/[\u0600-\u06ff]/.test(node.data)))
  .map(element => element.outerHTML.slice(0, 160))"""
_BROKEN: Final = """() => [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)"""


def look(page: Page, name: str) -> list[str]:
    """Everything wrong with how the page in the tab looks, on a phone and on a desk, light and dark; keeps pictures."""
    faults = [f"{name}: {source} is no picture" for source in page.evaluate(_BROKEN)]
    faults += [f"{name}: stands in the wrong direction: {part}" for part in page.evaluate(_BACKWARDS)]
    page.evaluate(AXE_SCRIPT)
    faults += squeeze(page, name)
    for width in WIDTHS:
        _resize(page, width)
        faults += _too_wide(page, name, width) + _axe(page, f"{name}, {width} px", _EVERY_RULE)
        _take(page, name, width)
        page.emulate_media(color_scheme="dark")
        faults += _axe(page, f"{name}, {width} px, dark", _COLOURS)
        page.emulate_media(color_scheme="light")
    return faults


def language_of(page: Page, name: str, language: str) -> list[str]:
    """Whether the page says that it is in another language than that."""
    says = page.evaluate("document.documentElement.lang")
    return [] if says == language.replace("_", "-") else [f"{name}: is in {says}, not in {language}"]


def glance(page: Page, name: str) -> list[str]:
    """The quick half of `look`: in the one size that breaks first, without colours and pictures."""
    _resize(page, NARROWEST)
    page.evaluate(AXE_SCRIPT)
    faults = _too_wide(page, name, NARROWEST) + _axe(page, name, _ALL_BUT_COLOURS)
    _resize(page, DESK)
    return faults


def squeeze(page: Page, name: str) -> list[str]:
    """Whether the page fits the narrowest screen, and nothing else."""
    _resize(page, NARROWEST)
    return _too_wide(page, name, NARROWEST)


def write_index() -> None:
    """A page beside the pictures that shows them all, each page in a row of its own."""
    folders = [f"{language}/{width}" for language in PICTURED for width in WIDTHS]
    lines = ["<!doctype html>", '<html lang="en">', "<title>Every page</title>", "<table>"]
    for name in sorted({path.name for folder in folders for path in (PICTURES / folder).glob("*.png")}):
        lines.append(f'<tr><th colspan="{len(folders)}">{name.removesuffix(".png")}<tr valign="top">')
        for folder in folders:
            there = (PICTURES / folder / name).exists()
            shown = f'{folder}<br><img loading="lazy" width="240" alt="" src="{folder}/{name}">'
            lines.append(f'<td><a href="{folder}/{name}">{shown}</a>' if there else "<td>")
    (PICTURES / "index.html").write_text("\n".join([*lines, "</table>", ""]), encoding="utf-8")


def file_name(name: str) -> str:
    """A name that every file system takes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _resize(page: Page, width: int, height: int = HEIGHT) -> None:
    page.set_viewport_size({"width": width, "height": height})


def _take(page: Page, name: str, width: int) -> None:
    """The whole page as a picture: in a window as high as it is, so that what sticks to an edge is where it belongs."""
    language, height = page.evaluate("() => [document.documentElement.lang, document.documentElement.scrollHeight]")
    if language not in PICTURED:
        return
    _resize(page, width, height)
    page.screenshot(path=PICTURES / language / str(width) / f"{file_name(name)}.png")
    _resize(page, width)


def _too_wide(page: Page, name: str, width: int) -> list[str]:
    found = page.evaluate(_TOO_WIDE)
    return [f"{name}: scrolls sideways at {width} px: {found}"] if found else []


def _axe(page: Page, name: str, options: dict[str, Any]) -> list[str]:
    results = AxeResults(page.evaluate(_AXE, options))
    return [f"{name}: axe: {results.generate_report()}"] if results.violations_count else []
