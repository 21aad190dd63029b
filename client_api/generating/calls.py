"""The operations of one tag as a class of methods, one for each, and `iter_…` beside every list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from client_api.generating.naming import class_name, docstring, method, variable, without_docstrings
from client_api.generating.shapes import Shapes, joined
from client_api.generating.targets import Target

METHODS: Final = ("get", "put", "post", "delete", "patch")
_PREFIX: Final = "t."
_JSON: Final = re.compile(r"application/(?:[\w.+-]+\+)?json")


@dataclass(slots=True)
class Call:
    """An operation on its way to be a method."""

    name: str
    http_method: str
    path: str
    operation: Mapping[str, Any]
    ids: dict[str, str] = field(default_factory=dict)
    """Parameter of the path -> name in Python."""
    query: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    """Parameter of the query -> name in Python, type, whether it is required."""
    joined: set[str] = field(default_factory=set)
    """Parameters of the query whose several values are sent as one, parted by commas."""
    headers: dict[str, tuple[str, bool]] = field(default_factory=dict)
    keyed: bool = False
    if_match: bool = False
    repeatable: bool = False
    """Whether the same request twice takes effect once by itself."""
    body: str = ""
    """The type of the body; empty where there is none."""
    body_required: bool = False
    body_kinds: list[str] = field(default_factory=list)
    returns: str = "None"
    row: str = ""
    """The type of a row where the answer is a page."""
    downloads: bool = False


def operations(document: Mapping[str, Any]) -> dict[str, list[tuple[str, str, Mapping[str, Any], list[Any]]]]:
    """(method, path, operation, parameters) of every operation by its first tag, in the order of the document."""
    found: dict[str, list[tuple[str, str, Mapping[str, Any], list[Any]]]] = {}
    for path, item in document.get("paths", {}).items():
        for http_method in METHODS:
            if http_method in item:
                operation = item[http_method]
                tag = next(iter(operation.get("tags", ())), "others")
                parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
                found.setdefault(tag, []).append((http_method, path, operation, parameters))
    return found


def resource_name(tag: str) -> str:
    """The class of a tag."""
    return class_name(tag, ("Content", "Download", "Iterator", "Resource", "Resources", "Transport", "Version"))


def resource_text(tag: str, about: str, calls: Sequence[Call], target: Target) -> str:
    """The module of one tag, unformatted."""
    body = "\n".join(line for call in calls for line in _method(call))
    code = without_docstrings(body)
    typing = [word for word in ("Any", "Literal", "cast") if re.search(rf"\b{word}\b", code)]
    asked = [word for word in ("Content", "Version", "comma") if re.search(rf"\b{word}\b", code)]
    standard = ["from collections.abc import Iterator"] if any(call.row for call in calls) else []
    standard += [f"from typing import {', '.join(typing)}"] if typing else []
    own = [f"from {target.package} import types as t"] if re.search(r"\bt\.", code) else []
    own += ["from client_api.client.paging import iterate"] if "iterate(" in code else []
    own += ["from client_api.client.resource import Resource"]
    own += ["from client_api.client.downloads import Download"] if re.search(r"\bDownload\b", code) else []
    own += [f"from client_api.client.values import {', '.join(asked)}"] if asked else []
    groups = ["from __future__ import annotations", "\n".join(standard), "\n".join(sorted(own))]
    imports = "\n\n".join(group for group in groups if group)
    head = docstring(f"{about or tag}\n\nGenerated from {target.source}; `piecework docs` writes it anew.", 0)
    text = docstring(about or tag, 4)
    return f"{head}\n\n{imports}\n\n\nclass {resource_name(tag)}(Resource):\n    {text}\n{body}\n"


def calls_of(shapes: Shapes, found: Iterable[tuple[str, str, Mapping[str, Any], list[Any]]]) -> list[Call]:
    """The operations of a tag, each with a name of its own."""
    made: list[Call] = []
    for http_method, path, operation, parameters in found:
        fallback = f"{http_method}_{path}"
        name = method(str(operation.get("operationId") or fallback), [call.name for call in made])
        call = Call(name, http_method.upper(), path, operation, repeatable=bool(operation.get("x-repeatable")))
        _take_parameters(shapes, call, parameters)
        _take_body(shapes, call)
        _take_answer(shapes, call)
        made.append(call)
    return made


def _take_parameters(shapes: Shapes, call: Call, parameters: Iterable[Any]) -> None:
    taken = ["body", "if_match", "idempotency_key", "content_type", "list", "str", "int", "bool", "float", "dict"]
    by_place = {(p.get("in"), p.get("name")): p for p in map(shapes.resolve, parameters) if isinstance(p, Mapping)}
    for (place, name), parameter in by_place.items():
        if not isinstance(name, str):
            continue
        python = variable(name, taken)
        hint = class_name(f"{call.name}_{name}")
        kind = shapes.annotation(parameter.get("schema"), hint, _PREFIX)
        required = bool(parameter.get("required"))
        if place == "path":
            call.ids[name] = python
        elif place == "query":
            call.query[name] = (python, kind, required)
            if kind.startswith("list[") and parameter.get("explode") is False:
                call.joined.add(name)
        elif place == "header" and name.lower() == "idempotency-key":
            call.keyed = True
            continue
        elif place == "header" and name.lower() == "if-match":
            call.if_match = True
            continue
        elif place == "header":
            call.headers[name] = (python, required)
        else:
            continue
        taken.append(python)
    for name in re.findall(r"{([^}]+)}", call.path):
        call.ids.setdefault(name, variable(name, taken))


def _take_body(shapes: Shapes, call: Call) -> None:
    body = shapes.resolve(call.operation.get("requestBody"))
    content = body.get("content") if isinstance(body, Mapping) else None
    if not content:
        return
    call.body_required = bool(body.get("required"))
    kinds = []
    for kind, media in content.items():
        if _JSON.fullmatch(kind):
            kinds += shapes.members(media.get("schema"), class_name(f"{call.name}_body"), _PREFIX)
        else:
            call.body_kinds.append(kind)
    if call.body_kinds:
        kinds.append("Content")
    call.body = joined(kinds)


def _take_answer(shapes: Shapes, call: Call) -> None:
    kinds: list[str] = []
    for code, answer in call.operation.get("responses", {}).items():
        if not str(code).startswith("2"):
            continue
        content = shapes.resolve(answer).get("content") or {}
        media = next((content[kind] for kind in content if _JSON.fullmatch(kind)), None)
        if media is not None:
            schema = media.get("schema")
            kinds += shapes.members(schema, class_name(f"{call.name}_answer"), _PREFIX)
            call.row = call.row or _row(shapes, schema, call)
        elif content and call.http_method == "GET":
            call.downloads = True
        elif content:
            kinds.append("bytes")
        else:
            kinds.append("None")
    if call.downloads:
        call.returns, call.row = "Download", ""
    elif kinds:
        call.returns = joined(kinds)


def _row(shapes: Shapes, schema: Any, call: Call) -> str:
    properties = shapes.resolve(schema).get("properties", {})
    if "cursor" not in call.query or not {"data", "next_cursor"} <= properties.keys():
        return ""
    return shapes.annotation(properties["data"].get("items"), class_name(f"{call.name}_row"), _PREFIX)


def _method(call: Call) -> Iterator[str]:
    yield from ["", f"    def {call.name}({', '.join(_signature(call))}) -> {call.returns}:"]
    yield f"        {docstring(_about(call), 8)}"
    sent = [repr(call.http_method), _path(call)]
    if call.query:
        pairs = ", ".join(
            f"{name!r}: comma({python})" if name in call.joined else f"{name!r}: {python}"
            for name, (python, _, _) in call.query.items()
        )
        sent.append(f"query={{{pairs}}}")
    if call.headers:
        pairs = ", ".join(f"{name!r}: {python}" for name, (python, _) in call.headers.items())
        sent.append(f"headers={{{pairs}}}")
    if call.body:
        sent.append("body=body")
        sent += ["content_type=content_type"] if call.body_kinds else []
    sent += ["idempotency_key=idempotency_key", "keyed=True"] if call.keyed else []
    sent += ["repeatable=True"] if call.repeatable else []
    sent += ["if_match=if_match"] if call.if_match else []
    sent += ["raw=True"] if call.returns == "bytes" else []
    if call.downloads:
        yield f"        return self._download({', '.join(sent)})"
    elif call.returns == "None":
        yield f"        self._call({', '.join(sent)})"
    elif call.returns == "Any":
        yield f"        return self._call({', '.join(sent)})"
    else:
        yield f"        return cast({call.returns!r}, self._call({', '.join(sent)}))"
    if call.row:
        yield from _iteration(call)


def _iteration(call: Call) -> Iterator[str]:
    name = call.name.removeprefix("list_") if call.name.startswith("list_") else call.name
    signature = ", ".join(part for part in _signature(call) if not part.startswith("cursor:"))
    signature = re.sub(r", \*$", "", signature)
    given = [*call.ids.values(), *(f"{python}={python}" for python, _, _ in call.query.values() if python != "cursor")]
    yield from ["", f"    def iter_{name}({signature}) -> Iterator[{call.row}]:"]
    text = f"Walk the rows of all pages of `{call.name}`, which are fetched as they are needed; `limit` is rows a page."
    yield f"        {docstring(text, 8)}"
    yield f"        return iterate(lambda cursor: self.{call.name}({', '.join([*given, 'cursor=cursor'])}))"


def _signature(call: Call) -> list[str]:
    found = ["self", *(f"{python}: str" for python in call.ids.values())]
    if call.body:
        found.append(f"body: {call.body}" if call.body_required else f"body: {_or_none(call.body)} = None")
    named = []
    if call.body_kinds:
        named.append("content_type: str | None = None")
    rows = sorted(call.query.values(), key=lambda row: not row[2])
    named += [
        f"{python}: {kind}" if required else f"{python}: {_or_none(kind)} = None" for python, kind, required in rows
    ]
    named += [
        f"{python}: str" if required else f"{python}: str | None = None" for python, required in call.headers.values()
    ]
    named += ["if_match: Version"] if call.if_match else []
    named += ["idempotency_key: str | None = None"] if call.keyed else []
    return [*found, *(["*", *named] if named else [])]


def _or_none(kind: str) -> str:
    return kind if kind == "Any" or kind.endswith("None") else f"{kind} | None"


def _path(call: Call) -> str:
    given = "".join(f", {name!r}: {python}" for name, python in call.ids.items()).removeprefix(", ")
    return f"self._path({call.path!r}, {{{given}}})" if call.ids else repr(call.path)


def _about(call: Call) -> str:
    operation = call.operation
    summary = str(operation.get("summary") or f"Call {call.http_method} {call.path}.")
    parts = [summary, str(operation.get("description") or "")]
    permission = operation.get("x-permission")
    needs = f"; needs `{permission}`" if permission and " " not in str(permission) else ""
    parts.append(f"`{call.http_method} {call.path}`{needs}.")
    if call.body_kinds:
        kinds = ", ".join(f"`{kind}`" for kind in call.body_kinds)
        parts.append(f"A body that is not JSON is bytes, a path or pieces; `content_type` is one of {kinds}.")
    return "\n\n".join(part for part in parts if part)
