"""The generated modules as files, formatted."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from client_api.generating.calls import Call, calls_of, operations, resource_name, resource_text
from client_api.generating.naming import docstring, variable
from client_api.generating.shapes import Shapes
from client_api.generating.targets import ORGANIZATIONS, Target

_LINE_LENGTH: Final = 120


def files(document: Mapping[str, Any], target: Target = ORGANIZATIONS) -> dict[str, str]:
    """Every generated module of a document: path in the repository -> text. Raises RuntimeError without ruff."""
    shapes = Shapes(document, target)
    abouts = {str(tag["name"]): str(tag.get("description") or "") for tag in document.get("tags", ())}
    found = operations(document)
    modules: dict[str, str] = {}
    made: dict[str, tuple[str, list[Call]]] = {}
    for tag in sorted(found, key=lambda name: (list(abouts).index(name) if name in abouts else len(abouts), name)):
        module = variable(tag, [*made, "types", "resources"])
        calls = calls_of(shapes, found[tag])
        made[module] = (tag, calls)
        modules[module] = resource_text(tag, abouts.get(tag, ""), calls, target)
    modules["types"] = shapes.text()
    modules["resources"] = _resources(made, abouts, target)
    modules["__init__"] = f'"""Generated from {target.source}; `piecework docs` writes it anew."""\n'
    return {f"{target.folder}/{name}.py": text for name, text in _formatted(modules).items()}


def _resources(made: Mapping[str, tuple[str, list[Call]]], abouts: Mapping[str, str], target: Target) -> str:
    about = f"Every tag of the API as an attribute, generated from {target.source}; `piecework docs` writes it anew."
    head = docstring(about, 0)
    lines = [head, "", "from __future__ import annotations", ""]
    imports = [f"from {target.package}.{module} import {resource_name(tag)}" for module, (tag, _) in made.items()]
    lines += sorted([*imports, "from client_api.client.transport import Transport"])
    lines += ["", "", "class Resources:", '    """The operations of the API, by tag."""', ""]
    lines += [
        "    def __init__(self, transport: Transport) -> None:",
        '        """`transport` sends what they ask for."""',
    ]
    for module, (tag, _) in made.items():
        lines.append(f"        self.{module} = {resource_name(tag)}(transport)")
        if abouts.get(tag):
            lines.append(f"        {docstring(abouts[tag], 8)}")
    return "\n".join(lines) + "\n"


def _formatted(modules: Mapping[str, str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="piecework-client-") as folder:
        for name, text in modules.items():
            (Path(folder) / f"{name}.py").write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--quiet"]
        command += [f"--line-length={_LINE_LENGTH}", "--target-version=py311", folder]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode != 0:
            raise RuntimeError(f"ruff could not format the generated client: {ended.stderr.strip()}")
        return {name: (Path(folder) / f"{name}.py").read_text(encoding="utf-8") for name in modules}
