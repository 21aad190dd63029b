"""Schemas of the document as types: an object is a TypedDict, anything else an alias.

Whatever a schema says that has no counterpart among Python's types becomes `Any`: a new operation never fails here.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from client_api.generating.naming import class_name, docstring, without_docstrings
from client_api.generating.targets import Target

_PLAIN: Final = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
_WORDS: Final = ("Any", "Literal", "NotRequired", "TypeAlias", "TypedDict")


class Shapes:
    """The types of one document."""

    def __init__(self, document: Mapping[str, Any], target: Target) -> None:
        """`document` is the whole OpenAPI document, as plain values."""
        self.document = document
        self._source = target.source
        schemas: Mapping[str, Any] = document.get("components", {}).get("schemas", {})
        self._names: dict[str, str] = {}
        for name in sorted(schemas):
            self._names[name] = class_name(name, self._names.values())
        self._written: dict[str, str] = dict.fromkeys(self._names.values(), "")
        for name in sorted(schemas):
            self._define(self._names[name], schemas[name])

    def text(self) -> str:
        """The module of all types, unformatted."""
        body = "\n\n".join(self._written[name] for name in sorted(self._written))
        code = without_docstrings(body)
        used = [word for word in _WORDS if re.search(rf"\b{word}\b", code)]
        imports = f"from typing import {', '.join(used)}\n\n\n" if used else "\n"
        head = f"The values of the API, generated from {self._source}; `piecework docs` writes them anew."
        return f"{docstring(head, 0)}\n\nfrom __future__ import annotations\n\n{imports}{body}"

    def annotation(self, schema: Any, hint: str, prefix: str = "") -> str:
        """The type of a schema as source; `hint` names what has to be defined for it, `prefix` the types' module."""
        return joined(self.members(schema, hint, prefix))

    def resolve(self, value: Any) -> Any:
        """What a `$ref` leads to; anything else as it is."""
        for _ in range(20):
            if not (isinstance(value, Mapping) and "$ref" in value):
                break
            found: Any = self.document
            for part in str(value["$ref"]).removeprefix("#/").split("/"):
                found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, Mapping) else {}
            value = found
        return value

    def members(self, schema: Any, hint: str, prefix: str) -> list[str]:
        """The members of the union that a schema is; mostly one."""
        if not isinstance(schema, Mapping) or not schema:
            return ["Any"]
        if "$ref" in schema:
            name = self._names.get(str(schema["$ref"]).rpartition("/")[2])
            return ["Any"] if name is None else [prefix + name]
        if "const" in schema:
            return _literal([schema["const"]])
        if isinstance(schema.get("enum"), list):
            return _literal(schema["enum"])
        for word in ("anyOf", "oneOf"):
            if schema.get(word):
                choices = enumerate(schema[word])
                return [part for n, choice in choices for part in self.members(choice, f"{hint}_{n or ''}", prefix)]
        if schema.get("allOf"):
            alone = len(schema["allOf"]) == 1
            return self.members(schema["allOf"][0], hint, prefix) if alone else ["dict[str, Any]"]
        kinds = schema.get("type", "object" if "properties" in schema else None)
        return [self._of_kind(kind, schema, hint, prefix) for kind in (kinds if isinstance(kinds, list) else [kinds])]

    def _of_kind(self, kind: Any, schema: Mapping[str, Any], hint: str, prefix: str) -> str:
        if kind == "array":
            return f"list[{self.annotation(schema.get('items'), hint, prefix)}]"
        if kind == "object" and schema.get("properties"):
            name = class_name(hint, self._written)
            self._written[name] = ""
            self._define(name, schema)
            return prefix + name
        if kind == "object":
            more = schema.get("additionalProperties")
            return f"dict[str, {self.annotation(more, hint, prefix) if isinstance(more, Mapping) else 'Any'}]"
        return _PLAIN.get(kind, "Any") if isinstance(kind, str) else "Any"

    def _define(self, name: str, schema: Any) -> None:
        properties = schema.get("properties") if isinstance(schema, Mapping) and "$ref" not in schema else None
        if not properties:
            kind = self.annotation(schema, f"{name}_value")
            self._written[name] = f'{name}: TypeAlias = "{_quoted(kind)}"\n'
            return
        required = set(schema.get("required", ()))
        fields = {}
        for key, member in properties.items():
            kind = self.annotation(member, f"{name}_{key}")
            fields[key] = kind if key in required else f"NotRequired[{kind}]"
        self._written[name] = _typed_dict(name, fields, schema)


def _typed_dict(name: str, fields: Mapping[str, str], schema: Mapping[str, Any]) -> str:
    # A field that is called like a word of its neighbours' types would be taken for it.
    words = {word for kind in fields.values() for word in re.findall(r"\w+", re.sub(r"'[^']*'|\"[^\"]*\"", "", kind))}
    if any(not key.isidentifier() or keyword.iskeyword(key) or key in words or key.startswith("__") for key in fields):
        rows = ", ".join(f'{key!r}: "{_quoted(kind)}"' for key, kind in fields.items())
        return f"{name} = TypedDict({name!r}, {{{rows}}})\n"
    lines = [f"class {name}(TypedDict):"]
    if schema.get("description"):
        lines += [f"    {docstring(str(schema['description']), 4)}", ""]
    for key, kind in fields.items():
        lines.append(f"    {key}: {kind}")
        member = schema["properties"][key]
        if isinstance(member, Mapping) and member.get("description"):
            lines.append(f"    {docstring(str(member['description']), 4)}")
    return "\n".join(lines) + "\n"


def _literal(values: Iterable[Any]) -> list[str]:
    """An enumeration, with None beside it where that may be; `Any` where it lists what a Literal cannot."""
    values = list(values)
    if any(not isinstance(value, str | int | bool | None) for value in values):
        return ["Any"]
    words = list(dict.fromkeys(repr(value) for value in values if value is not None))
    return [*([f"Literal[{', '.join(words)}]"] if words else []), *["None"] * (None in values)]


def joined(members: Sequence[str]) -> str:
    """A union of types, each named once."""
    words = list(dict.fromkeys(members))
    if "Any" in words or not words:
        return "Any"
    if "float" in words and "int" in words:
        words.remove("int")
    return " | ".join([*(word for word in words if word != "None"), *["None"] * ("None" in words)])


def _quoted(kind: str) -> str:
    return kind.replace("\\", "\\\\").replace('"', '\\"')
