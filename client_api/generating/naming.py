"""Names of the document as names of Python."""

from __future__ import annotations

import builtins
import keyword
import re
import textwrap
from collections.abc import Iterable
from typing import Final

TEXT_WIDTH: Final = 100
# What the generated modules use themselves; nothing of the document may take these names.
_TAKEN: Final = frozenset({*keyword.kwlist, *keyword.softkwlist, "self", "cls", "cast", "t"})
_BUILTINS: Final = frozenset(dir(builtins))


def variable(name: str, taken: Iterable[str] = ()) -> str:
    """`If-Match` or `filter[state]` as the name of a parameter or method, other than those taken."""
    made = re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).strip("_").lower() or "value"
    made = f"_{made}" if made[0].isdigit() else made
    used = {*taken, *_TAKEN}
    while made in used:
        made += "_"
    return made


def method(name: str, taken: Iterable[str] = ()) -> str:
    """The name of a method: never that of a builtin, which annotations beside it would then mean."""
    return variable(name, {*taken, *_BUILTINS})


def class_name(name: str, taken: Iterable[str] = ()) -> str:
    """`price_chain-page` as `PriceChainPage`, other than those taken."""
    words = [word for word in re.split(r"[\W_]+", name) if word]
    made = "".join(word[0].upper() + word[1:] for word in words) or "Value"
    made = f"_{made}" if made[0].isdigit() else made
    used = {*taken, *_TAKEN, *_BUILTINS, "Any", "Literal", "NotRequired", "TypeAlias", "TypedDict"}
    while made in used:
        made += "_"
    return made


def docstring(text: str, indent: int) -> str:
    """The text as a docstring with its quotes, wrapped, without the first line's indent."""
    wrapped: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        if wrapped:
            wrapped.append("")
        wrapped += textwrap.wrap(" ".join(paragraph.split()), TEXT_WIDTH - indent, break_on_hyphens=False)
    safe = [line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') for line in wrapped] or [""]
    pad = " " * indent
    if len(safe) == 1:
        end = "\\" if safe[0].endswith('"') else ""
        line = safe[0][:-1] + '\\"' if end else safe[0]
        return f'"""{line}"""'
    body = "\n".join(pad + line if line else "" for line in safe[1:])
    return f'"""{safe[0]}\n{body}\n{pad}"""'


def without_docstrings(source: str) -> str:
    """Generated source without its texts, whose words are no names."""
    return re.sub(r'"""(?:\\.|[^\\])*?"""', '""', source, flags=re.DOTALL)
