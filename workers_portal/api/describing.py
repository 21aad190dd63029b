"""Typed dictionaries as JSON Schemas: what mypy holds the code to is what the document says."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NotRequired,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from marketplace.kernel.ids import PREFIXES
from marketplace.web.api_parts import example_id, id_pattern

_PLAIN: Final[dict[Any, str]] = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    types.NoneType: "null",
}


class Says:
    """Words of JSON Schema that stand beside a type: `Annotated[int, Says(minimum=1)]`."""

    def __init__(self, **words: Any) -> None:
        """`words` are keywords of JSON Schema, or of OpenAPI beside it."""
        self.words = words


class As:
    """Another type's schema instead: `Annotated[dict[str, str], As(Money)]`."""

    def __init__(self, shape: Any) -> None:
        """`shape` is what the document shows."""
        self.shape = shape


def an_id(noun: str) -> Says:
    """The public id of a noun."""
    return Says(pattern=id_pattern(noun), example=example_id(noun)) if noun in PREFIXES else _no_such(noun)


def one_of(choices: Any) -> Says:
    """A text that is one of those; sets are shown in order."""
    return Says(enum=list(choices) if isinstance(choices, list | tuple) else sorted(choices))


INSTANT: Final = Says(format="date-time", example="2027-01-15T08:00:00.000000Z")
DAY: Final = Says(format="date", example="2027-02-28")


class Describer:
    """Collects the components of one document while types are described."""

    def __init__(self) -> None:
        """`components` are the schemas by name, filled as types are met."""
        self.components: dict[str, dict[str, Any]] = {}
        self._types: dict[str, Any] = {}

    def schema(self, hint: Any) -> dict[str, Any]:
        """The JSON Schema of a type hint. Raises TypeError for a type that JSON has not got, or a name used twice."""
        origin, parts = get_origin(hint), get_args(hint)
        if origin is Annotated:
            return self._annotated(parts[0], parts[1:])
        if origin in {Union, types.UnionType}:
            return self._union(parts)
        if origin is list:
            return {"type": "array", "items": self.schema(parts[0])}
        if origin is dict:
            more = self.schema(parts[1])
            return {"type": "object", "additionalProperties": more} if more else {"type": "object"}
        if origin is Literal:
            return {"type": "string", "enum": list(parts)}
        if is_typeddict(origin or hint):
            return {"$ref": f"#/components/schemas/{self._component(hint)}"}
        if hint is Any or hint is object:
            return {}
        if hint in _PLAIN:
            return {"type": _PLAIN[hint]}
        raise TypeError(f"{hint!r} has no JSON Schema here")

    def fields(self, shape: Any) -> dict[str, tuple[Any, bool]]:
        """The fields of a typed dictionary: name -> type hint, and whether it is required."""
        cls = get_origin(shape) or shape
        hints = get_type_hints(cls, include_extras=True)
        filled = dict(zip(getattr(cls, "__parameters__", ()), get_args(shape), strict=False))
        # Where annotations are kept as text, __required_keys__ has not seen what they mark.
        return {
            name: (_fill(hint, filled), name in cls.__required_keys__ and get_origin(hint) is not NotRequired)
            for name, hint in hints.items()
        }

    def _component(self, shape: Any) -> str:
        name = component_name(shape)
        if name in self._types:
            if self._types[name] != shape:
                raise TypeError(f"{shape!r} and {self._types[name]!r} are both called {name}")
            return name
        self._types[name] = shape
        self.components[name] = {}
        fields = self.fields(shape)
        required = [field for field, (_, is_required) in fields.items() if is_required]
        self.components[name] = {
            "type": "object",
            **({"description": _about(shape)} if _about(shape) else {}),
            "properties": {field: self.schema(hint) for field, (hint, _) in fields.items()},
            **({"required": required} if required else {}),
        }
        return name

    def _annotated(self, hint: Any, notes: tuple[Any, ...]) -> dict[str, Any]:
        shown = next((note.shape for note in notes if isinstance(note, As)), hint)
        schema = self.schema(shown)
        for note in notes:
            if isinstance(note, str):
                schema = {**schema, "description": note}
            elif isinstance(note, Says):
                schema = {**schema, **note.words}
        if "enum" in schema and "null" in schema.get("type", ()) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema

    def _union(self, parts: tuple[Any, ...]) -> dict[str, Any]:
        schemas = [self.schema(part) for part in parts if part is not types.NoneType]
        nullable = types.NoneType in parts
        (first, *others) = schemas
        if nullable and not others and isinstance(first.get("type"), str):
            found = {**first, "type": [first["type"], "null"]}
            return {**found, "enum": [*found["enum"], None]} if "enum" in found else found
        return {"anyOf": [*schemas, *([{"type": "null"}] if nullable else [])]}


def component_name(shape: Any) -> str:
    """`ClaimWire` is the component "Claim", `Page[ClaimWire]` is "ClaimPage"."""
    of = "".join(component_name(part) for part in get_args(shape))
    return of + re.sub("Wire$", "", (get_origin(shape) or shape).__name__)


def _about(shape: Any) -> str:
    return " ".join(((get_origin(shape) or shape).__doc__ or "").split())


def _fill(hint: Any, filled: Mapping[Any, Any]) -> Any:
    """The hint with the parameters of a generic filled in, and without its mark of being optional."""
    if isinstance(hint, TypeVar):
        return filled[hint]
    if get_origin(hint) is list and filled:
        return list[_fill(get_args(hint)[0], filled)]  # type: ignore[misc]  # made at run time
    return get_args(hint)[0] if get_origin(hint) is NotRequired else hint


def _no_such(noun: str) -> Says:
    raise ValueError(f"there is no noun {noun!r}; see kernel/ids.py")
