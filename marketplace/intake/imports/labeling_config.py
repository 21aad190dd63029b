"""Label Studio's labeling configuration: one control on one Image, Text or Audio.

XML from outside: no document type, so no entities of its own; bounded in size, depth and number of elements.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from xml.parsers import expat

from marketplace.intake.imports.plan import (
    DEPTH_MAX,
    ELEMENTS_MAX,
    MARKUP_CHARACTERS_MAX,
    Findings,
    Plan,
    plain,
    title_of,
)

_LOOKS: Final[dict[str, frozenset[str]]] = {
    "View": frozenset({"style", "className", "display"}),
    "Header": frozenset({"size", "style", "underline"}),
    "Image": frozenset(
        {"zoom", "zoomControl", "brightnessControl", "contrastControl", "gammaControl", "width", "maxWidth", "height",
         "maxHeight", "grid", "crosshair", "smoothing", "negativeZoom", "zoomBy", "rotateControl"}
    ),
    "Text": frozenset({"granularity", "highlightColor", "showLabels", "selectionEnabled"}),
    "Audio": frozenset(
        {"volume", "speed", "zoom", "showLabels", "showScores", "height", "waveHeight", "hotkey", "autoCenter"}
    ),
    "RectangleLabels": frozenset({"strokeWidth", "strokeColor", "fillColor", "fillOpacity", "opacity", "showInline"}),
    "PolygonLabels": frozenset(
        {"strokeWidth", "strokeColor", "fillColor", "fillOpacity", "opacity", "showInline", "pointSize", "pointStyle",
         "snap"}
    ),
    "KeyPointLabels": frozenset({"strokeWidth", "strokeColor", "fillColor", "opacity", "showInline", "snap"}),
    "Labels": frozenset({"showInline", "opacity", "fillColor", "strokeColor", "strokeWidth"}),
    "TextArea": frozenset({"rows", "placeholder", "showSubmitButton", "editable", "requiredMessage", "skipDuplicates"}),
    "Label": frozenset({"background", "hotkey"}),
    "Choices": frozenset({"showInline", "layout", "requiredMessage"}),
    "Choice": frozenset({"background", "hotkey"}),
    "Style": frozenset(),
}  # fmt: skip
_MEANING: Final[dict[str, frozenset[str]]] = {
    "View": frozenset(),
    "Header": frozenset({"value"}),
    "Image": frozenset({"name", "value"}),
    "Text": frozenset({"name", "value"}),
    "RectangleLabels": frozenset({"name", "toName", "choice", "canRotate"}),
    "Audio": frozenset({"name", "value"}),
    "PolygonLabels": frozenset({"name", "toName", "choice"}),
    "KeyPointLabels": frozenset({"name", "toName", "choice"}),
    "Labels": frozenset({"name", "toName", "choice"}),
    "TextArea": frozenset({"name", "toName", "maxSubmissions", "required"}),
    "Label": frozenset({"value"}),
    "Choices": frozenset({"name", "toName", "choice", "required"}),
    "Choice": frozenset({"value"}),
    "Style": frozenset(),
}
_MARKED: Final = frozenset({"RectangleLabels", "PolygonLabels", "KeyPointLabels", "Labels"})
_PARENTS: Final = {"Label": _MARKED, "Choice": frozenset({"Choices"})}
_OBJECTS: Final = frozenset({"Image", "Text", "Audio"})
_KINDS: Final = {
    ("RectangleLabels", "Image"): "image_boxes",
    ("PolygonLabels", "Image"): "image_polygons",
    ("KeyPointLabels", "Image"): "image_points",
    ("Choices", "Text"): "text_classification",
    ("Labels", "Text"): "text_spans",
    ("Labels", "Audio"): "audio_segments",
    ("TextArea", "Text"): "free_text",
    ("TextArea", "Audio"): "audio_transcript",
}
"""The kind of labeling by the control and the object it is about."""

_CONTROLS: Final = frozenset(control for control, _ in _KINDS)


class _RefusedError(Exception):
    """The markup is not read any further."""


@dataclass(frozen=True, slots=True)
class _Element:
    tag: str
    attributes: dict[str, str]
    line: int
    parent: str


@dataclass(slots=True)
class _Reader:
    """The elements in their order; raises for what no configuration needs."""

    found: list[_Element] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def read(self, text: str) -> list[_Element]:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._no_doctype

        def start(tag: str, attributes: dict[str, str]) -> None:
            if len(self.open) >= DEPTH_MAX or len(self.found) >= ELEMENTS_MAX:
                raise _RefusedError(f"At most {ELEMENTS_MAX} elements, {DEPTH_MAX} deep.")
            parent = self.open[-1] if self.open else ""
            self.found.append(_Element(tag, attributes, parser.CurrentLineNumber, parent))
            self.open.append(tag)

        def end(_tag: str) -> None:
            self.open.pop()

        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.Parse(text, True)
        return self.found

    @staticmethod
    def _no_doctype(*_: Any) -> None:
        raise _RefusedError("A document type or entities are never read.")


def read_config(text: str, findings: Findings) -> Plan | None:
    """The job that a configuration describes; None, with errors in `findings`, where it describes none of ours."""
    if len(text) > MARKUP_CHARACTERS_MAX:
        findings.refuse("too_long", f"At most {MARKUP_CHARACTERS_MAX} characters.")
        return None
    try:
        elements = _Reader().read(text)
    except _RefusedError as error:
        findings.refuse("markup_refused", str(error))
        return None
    except (expat.ExpatError, UnicodeEncodeError) as error:
        findings.refuse("markup_broken", f"This is no well-formed XML: {error}.")
        return None
    for element in elements:
        _check(element, findings)
    shown = [element for element in elements if element.tag in _OBJECTS]
    asked = [element for element in elements if element.tag in _CONTROLS]
    if not findings.errors and (len(shown) != 1 or len(asked) != 1):
        findings.refuse(
            "not_one_question",
            "A job asks one thing about one thing, such as one RectangleLabels on one Image, or one Choices on one "
            f"Text; here are {len(asked)} controls and {len(shown)} objects.",
        )
    if findings.errors:
        return None
    return _plan(shown[0], asked[0], elements, findings)


def _check(element: _Element, findings: Findings) -> None:
    tag, known = element.tag, _MEANING.get(element.tag)
    if known is None:
        findings.refuse("element_unsupported", f"<{tag[:40]}> has no counterpart here.", element.line)
        return
    wanted = _PARENTS.get(tag)
    if wanted is not None and element.parent not in wanted:
        parents = " or ".join(f"<{parent}>" for parent in sorted(wanted))
        findings.refuse("element_unsupported", f"<{tag}> stands in {parents} alone.", element.line)
    for name in element.attributes.keys() - known:
        if name in _LOOKS[tag]:
            findings.leave(f"{tag} {name}")
        else:
            findings.refuse("attribute_unsupported", f"{name[:40]} of <{tag}> has no counterpart here.", element.line)
    if tag == "Style":
        findings.leave("Style")


def _plan(shown: _Element, asked: _Element, elements: list[_Element], findings: Findings) -> Plan | None:
    kind = _KINDS.get((asked.tag, shown.tag))
    if kind is None:
        findings.refuse("element_unsupported", f"<{asked.tag}> on <{shown.tag}> has no counterpart here.", asked.line)
    if asked.attributes.get("toName") != shown.attributes.get("name"):
        findings.refuse("name_unknown", "toName names no object of this configuration.", asked.line)
    value = shown.attributes.get("value", "")
    if not value.startswith("$") or len(value) == 1:
        findings.refuse("value_invalid", f"value of <{shown.tag}> is $ and the name of a field.", shown.line)
    classes = [one.attributes.get("value", "") for one in elements if one.tag in _PARENTS]
    schema = _schema(asked, classes, findings)
    headers = [one.attributes.get("value", "") for one in elements if one.tag == "Header"]
    if findings.errors or kind is None:
        return None
    return Plan(
        kind=kind,
        label_schema=schema,
        title=title_of(headers[0]) if headers else "",
        instructions=plain([header + "\n" for header in headers]),
        content_field=value[1:],
        notes=tuple(findings.notes),
    )


def _schema(asked: _Element, classes: list[str], findings: Findings) -> dict[str, Any]:
    if asked.tag == "Choices":
        return _choices(asked, classes, findings)
    if asked.tag == "TextArea":
        if asked.attributes.get("maxSubmissions", "1") != "1":
            findings.refuse("attribute_unsupported", "An answer is one text here, not several.", asked.line)
        return {}
    if asked.attributes.get("choice", "single") != "single":
        findings.refuse("attribute_unsupported", "A mark has one class here, not several.", asked.line)
    if asked.attributes.get("canRotate") == "true":
        findings.leave("RectangleLabels canRotate")
    return {"classes": classes}


def _choices(asked: _Element, classes: list[str], findings: Findings) -> dict[str, Any]:
    choice = asked.attributes.get("choice", "single")
    if choice not in {"single", "single-radio", "multiple"}:
        findings.refuse("attribute_unsupported", f"choice {choice[:40]!r} has no counterpart here.", asked.line)
    if choice != "multiple":
        return {"classes": classes}
    least = 1 if asked.attributes.get("required") == "true" else 0
    return {"classes": classes, "multiple": True, "labels_min": least}
