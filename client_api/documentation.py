"""What is generated from the code: docs/openapi.json and errors.md, the typed client, and what /docs shows."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from client_api import openapi, standalone
from client_api.generating import writing
from marketplace.kernel.errors import ErrorSpec
from marketplace.web.problems import STATUS

# What the server itself says before or beside the domain, as web/problems.py names it by the status.
HTTP_PROBLEMS = {
    400: ("bad_request", "Bad Request", "The request breaks HTTP's own rules."),
    404: ("not_found", "Not Found", "There is nothing at this address."),
    405: ("method_not_allowed", "Method Not Allowed", "The Allow header lists the methods of this address."),
    413: ("request_entity_too_large", "Request Entity Too Large", "The documentation names the limits of bodies."),
    415: ("unsupported_media_type", "Unsupported Media Type", "Set Content-Type to one that this address takes."),
    500: ("internal_server_error", "Internal Server Error", "A fault of ours, logged under the request_id."),
}
PACKAGES = ("marketplace", "client_api", "workers_portal")
_HEAD = """# Errors

Every refusal is a problem document (RFC 9457) with a stable `code`. Programs should look at the code, never at the
words. This page is generated from the code; `piecework docs` writes it anew.
"""


def files() -> dict[str, str]:
    """The generated files by their path in the repository; import the web entry point first."""
    text = openapi.text(standalone())
    return {"docs/openapi.json": text, "docs/errors.md": errors_markdown(), **writing.files(json.loads(text))}


def known_errors() -> list[ErrorSpec]:
    """The refusals that imported modules of the product declare, ordered by code; the web entry point imports all.

    Not kernel.errors.all_errors(), which in a test run knows what tests declare too.
    """
    modules = [module for name, module in list(sys.modules.items()) if name.partition(".")[0] in PACKAGES]
    found = {spec.slug: spec for module in modules for spec in vars(module).values() if isinstance(spec, ErrorSpec)}
    return [found[slug] for slug in sorted(found)]


def errors_by_status() -> dict[int, list[tuple[str, str, str]]]:
    """(code, title, explanation) of every refusal, by HTTP status, both ascending."""
    found: dict[int, dict[str, tuple[str, str, str]]] = {}
    for spec in known_errors():
        found.setdefault(STATUS[spec.kind], {})[spec.slug] = (spec.slug, spec.title, spec.explanation)
    for status, (code, title, explanation) in HTTP_PROBLEMS.items():
        found.setdefault(status, {}).setdefault(code, (code, title, explanation))
    return {status: [found[status][code] for code in sorted(found[status])] for status in sorted(found)}


def errors_markdown() -> str:
    """docs/errors.md."""
    lines = [_HEAD]
    for status, entries in errors_by_status().items():
        lines += [f"## {status}", "", "| code | meaning | what to do or know |", "|---|---|---|"]
        lines += [f"| `{code}` | {title} | {explanation.replace('|', '/')} |" for code, title, explanation in entries]
        lines.append("")
    return "\n".join(lines)


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
