"""An OpenAPI document as the pages show it: operations by tag, bodies and answers as rows of fields."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any


def operations(document: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The operations by tag as the page shows them, parameters resolved and bodies as rows of fields."""
    found: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in document["tags"]}
    for path, item in document["paths"].items():
        shared = item.get("parameters", [])
        for method in ("get", "post", "put", "patch", "delete"):
            if method in item:
                operation = item[method]
                parameters = [_resolve(document, p) for p in [*shared, *operation.get("parameters", [])]]
                found[operation["tags"][0]].append(
                    {
                        **operation,
                        "method": method.upper(),
                        "path": path,
                        "parameters": parameters,
                        "bodies": list(_bodies(document, operation)),
                        "answers": list(_answers(document, operation)),
                    }
                )
    return found


def _bodies(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        schema = media.get("schema", {})
        yield {"type": kind, "fields": list(fields_of(document, schema)), "example": media.get("example")}


def _answers(document: Mapping[str, Any], operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for code, answer in operation["responses"].items():
        if code == "default" or int(code) >= 400:
            continue
        media: dict[str, Any] = next(iter(answer.get("content", {}).values()), {})
        fields = list(fields_of(document, media.get("schema", {})))
        yield {"code": code, "fields": fields, "example": media.get("example")}


def fields_of(document: Mapping[str, Any], schema: Mapping[str, Any], name: str = "") -> Iterator[dict[str, Any]]:
    """Each field of a schema as a row: its dotted name, type, whether it is required, its description.

    Money and settlement terms are written about once and stay one row here.
    """
    schema = _resolve(document, schema)
    required = schema.get("required", ())
    for key, member in sorted(schema.get("properties", {}).items(), key=lambda pair: pair[0] not in required):
        full = f"{name}.{key}" if name else key
        reference = _reference(member)
        plain = _resolve(document, member)
        kind = _type(plain, reference)
        yield {
            "name": full,
            "type": kind,
            "required": key in required,
            "limits": _limits(plain),
            "description": member.get("description") or "",
            "choices": plain.get("enum", ()),
        }
        inner = _resolve(document, plain.get("items", {})) if plain.get("type") == "array" else plain
        if reference not in {"Money", "TermPart"} and "properties" in inner:
            suffix = "[]" if plain.get("type") == "array" else ""
            yield from fields_of(document, inner, f"{full}{suffix}")


def _limits(schema: Mapping[str, Any]) -> str:
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    words = [f"{lowest} to {highest}"] if lowest is not None and highest is not None else []
    if schema.get("maxLength") is not None:
        words.append(f"at most {schema['maxLength']} characters")
    if schema.get("default") is not None:
        words.append(f"default {schema['default']}")
    return ", ".join(words)


def _reference(schema: Mapping[str, Any]) -> str:
    text = schema.get("$ref") or schema.get("items", {}).get("$ref", "")
    for choice in (*schema.get("anyOf", ()), *schema.get("allOf", ())):
        text = text or choice.get("$ref", "")
    return str(text).rpartition("/")[2]


def _type(schema: Mapping[str, Any], reference: str) -> str:
    kind = schema.get("type", "any value")
    words = [reference.lower() if word == "object" and reference else str(word) for word in _many(kind)]
    if "array" in words:
        items = schema.get("items", {})
        inner = re.sub(r"(?<!^)([A-Z])", r" \1", reference).lower() or str(items.get("type", "value"))
        words = [f"list of {inner}" if word == "array" else word for word in words]
    return " or ".join(words)


def _many(kind: Any) -> list[Any]:
    return kind if isinstance(kind, list) else [kind]


def _resolve(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while True:
        if "$ref" in schema:
            section, name = schema["$ref"].rsplit("/", 2)[-2:]
            schema = document["components"][section][name]
        elif "anyOf" in schema or "allOf" in schema:
            choices = [choice for choice in schema.get("anyOf") or schema["allOf"] if choice.get("type") != "null"]
            schema = choices[0]
        else:
            return schema
