"""An HTML template of MTurk: crowd elements or plain form elements, read for what is asked, never shown.

Of the markup nothing is kept: classes and plain text alone.
"""

from __future__ import annotations

import ast
import re
from html.parser import HTMLParser
from typing import Any, Final

from marketplace.intake.imports.plan import (
    DEPTH_MAX,
    ELEMENTS_MAX,
    MARKUP_CHARACTERS_MAX,
    Findings,
    Plan,
    plain,
    title_of,
)

# A name neither begins nor ends with a space, and few stand around it: else the search for the } takes for ever.
_PLACEHOLDER: Final = re.compile(r"\$\{\s{0,20}([A-Za-z0-9_.-](?:[A-Za-z0-9_. -]{0,98}[A-Za-z0-9_.-])?)\s{0,20}\}")
_VOID: Final = frozenset({"input", "img", "br", "hr", "meta", "link", "wbr", "col"})
_LAYOUT: Final = frozenset(
    {"html", "head", "body", "title", "div", "p", "span", "a", "b", "i", "u", "em", "strong", "small", "sub",
     "sup", "br", "hr", "wbr", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tr", "td",
     "th", "caption", "col", "colgroup", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header",
     "footer", "main", "nav", "aside", "center", "font", "pre", "code", "blockquote", "label", "form",
     "fieldset", "legend", "meta", "link", "button", "crowd-form", "crowd-instructions", "crowd-card",
     "crowd-button", "short-instructions", "full-instructions", "short-summary", "detailed-instructions",
     "classification-target", "crowd-radio-group"}
)  # fmt: skip
_BREAKS: Final = frozenset(
    {"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "header",
     "short-instructions", "full-instructions", "title"}
)  # fmt: skip
_SILENT: Final = frozenset({"script", "style"})
_CATEGORIES_MAX: Final = 60_000


class _Template(HTMLParser):
    """Gathers what is asked and what is said."""

    def __init__(self, findings: Findings) -> None:
        super().__init__(convert_charrefs=True)
        self.findings = findings
        self.open: list[str] = []
        self.count = 0
        self.said: list[str] = []
        self.titles: list[str] = []
        self.asked: list[tuple[str, str, list[str]]] = []
        """(kind of question, its name, its classes)"""
        self.texts: list[str] = []
        self.images: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count += 1
        if tag not in _VOID:
            self.open.append(tag)
        if len(self.open) > DEPTH_MAX or self.count > ELEMENTS_MAX:
            raise _TooMuchError
        values = {name: value or "" for name, value in attrs}
        if tag in _BREAKS:
            self.said.append("\n")
        if tag in _SILENT:
            self.findings.leave(tag)
        elif tag == "img":
            self._image(values.get("src", ""))
        elif tag not in _LAYOUT:
            self._control(tag, values)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS:
            self.said.append("\n")
        if tag in self.open:
            while self.open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in _SILENT:
            return
        columns = _PLACEHOLDER.findall(data)
        self.texts += columns
        if self.open and self.open[-1] in {"title", "h1"}:
            self.titles.append(data)
        self.said.append(_PLACEHOLDER.sub(lambda found: f"[{found[1]}]", data))

    def _image(self, source: str) -> None:
        found = _PLACEHOLDER.fullmatch(source.strip())
        if found:
            self.images.append(found[1])
        else:
            self.findings.leave("A picture of the template")

    def _control(self, tag: str, values: dict[str, str]) -> None:
        line = self.getpos()[0]
        if values.get("header"):
            self.titles.insert(0, values["header"])
            self.said.insert(0, values["header"] + "\n")
        if tag == "crowd-classifier":
            self._ask("choice", "category", values.get("categories", ""), line)
        elif tag == "crowd-classifier-multi-select":
            self._ask("choices", "category", values.get("categories", ""), line)
        elif tag == "crowd-bounding-box":
            self._ask("boxes", "boxes", values.get("labels", ""), line)
            self._image(values.get("src", ""))
        elif tag == "crowd-radio-button" or (tag == "input" and values.get("type", "").lower() == "radio"):
            self._option(values.get("name", "") if tag == "input" else "radio group", "choice", values, line)
        elif tag == "input" and values.get("type", "").lower() == "checkbox":
            self._option(values.get("name", ""), "choices", values, line)
        elif tag == "select":
            self.asked.append(("choices" if "multiple" in values else "choice", values.get("name", ""), []))
        elif tag == "option" and self.asked and "select" in self.open:
            if values.get("value", "").strip():
                self.asked[-1][2].append(values["value"])
        elif tag == "input" and values.get("type", "").lower() in {"submit", "button", "reset"}:
            return
        else:
            what = f"<{tag[:40]}>" if tag != "input" else f"<input type={values.get('type', 'text')[:20]}>"
            self.findings.refuse("element_unsupported", f"{what} has no counterpart here.", line)

    def _ask(self, kind: str, name: str, listed: str, line: int) -> None:
        classes = _listed(listed)
        if classes is None:
            self.findings.refuse("classes_invalid", "The classes are a list of texts in the template itself.", line)
        self.asked.append((kind, name, classes or []))

    def _option(self, name: str, kind: str, values: dict[str, str], line: int) -> None:
        value = values.get("value") or (values.get("name", "") if name == "radio group" else "")
        if _PLACEHOLDER.search(value) or not value.strip():
            self.findings.refuse("classes_invalid", "Each choice has a value in the template itself.", line)
            return
        if not self.asked or self.asked[-1][:2] != (kind, name):
            self.asked.append((kind, name, []))
        self.asked[-1][2].append(value)


class _TooMuchError(Exception):
    """More markup than a template needs."""


def _listed(text: str) -> list[str] | None:
    """`['a', "b"]` as its texts; None for anything else."""
    if len(text) > _CATEGORIES_MAX or _PLACEHOLDER.search(text):
        return None
    try:
        found = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return found if isinstance(found, list) and all(isinstance(one, str) for one in found) else None


def read_template(text: str, findings: Findings) -> Plan | None:
    """The job that a template asks for; None, with errors in `findings`, where it asks for none of ours."""
    if len(text) > MARKUP_CHARACTERS_MAX:
        findings.refuse("too_long", f"At most {MARKUP_CHARACTERS_MAX} characters.")
        return None
    template = _Template(findings)
    try:
        template.feed(text)
        # The parser seeks the end of what is begun and never ended anew from each < on: for minutes, if there are many.
        if template.rawdata.startswith("<"):
            findings.refuse("markup_broken", "A tag or a comment is begun and never ended.", template.getpos()[0])
        else:
            template.close()
    except _TooMuchError:
        findings.refuse("markup_refused", f"At most {ELEMENTS_MAX} elements, {DEPTH_MAX} deep.")
    except AssertionError:
        # How the parser says that it cannot read what stands between <![ and ]>.
        findings.refuse("markup_broken", "A marked section cannot be read.", template.getpos()[0])
    if not findings.errors and len(template.asked) != 1:
        names = ", ".join(f"{name[:40]!r}" for _, name, _ in template.asked[:5])
        findings.refuse("not_one_question", f"A job asks one thing; this template asks {names or 'nothing'}.")
    if findings.errors:
        return None
    kind, _, classes = template.asked[0]
    return _plan(template, kind, classes, findings)


def _plan(template: _Template, kind: str, classes: list[str], findings: Findings) -> Plan | None:
    boxes = kind == "boxes"
    if template.images and not boxes:
        findings.refuse("kind_unsupported", "Classes for an image are no kind of job here; boxes on one are.")
        return None
    shown = sorted(set(template.images if boxes else template.texts))
    beside = sorted(set(template.texts)) if boxes else []
    if len(shown) != 1 or beside:
        names = ", ".join(f"${{{name}}}" for name in [*shown, *beside]) or "nothing"
        what = "image" if boxes else "text"
        findings.refuse("not_one_content", f"An item is one {what}; this template shows {names}.")
        return None
    schema: dict[str, Any] = {"classes": classes}
    if kind == "choices":
        schema |= {"multiple": True}
    return Plan(
        kind="image_boxes" if boxes else "text_classification",
        label_schema=schema,
        title=title_of(template.titles[0]) if template.titles else "",
        instructions=plain(template.said),
        content_field=shown[0],
        notes=tuple(findings.notes),
    )
