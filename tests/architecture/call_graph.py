"""What calls what, read from the source: which functions a function may reach, by the names it mentions.

A name counts as a call wherever it stands, so that a function handed on (`partial(post, …)`, a table of verbs) is
reached too, and a class reaches all of its methods. What hides behind a port (`rail.pay_out`) is not followed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("marketplace", "client_api", "workers_portal")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass
class Node:
    """One function, class, or other name at the top of a module: where it is, and what it mentions."""

    tree: ast.AST
    module: str
    mentions: set[str] = field(default_factory=set)


class Graph:
    """All functions of the product by "module:name"; a nested one is "module:outer.inner"."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self._modules: dict[str, ast.Module] = {}
        for package in PACKAGES:
            for path in sorted((ROOT / package).rglob("*.py")):
                if "node_modules" not in path.parts:
                    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
                    self._modules[name] = ast.parse(path.read_text(encoding="utf-8"))
        for module, tree in self._modules.items():
            self._add(module, tree.body, "")
        self._imports = {module: dict(self._imported(tree)) for module, tree in self._modules.items()}
        for name, node in self.nodes.items():
            node.mentions = set(self._mentioned(name, node))

    def reaches(self, start: str, target: str) -> bool:
        """Whether the target may be reached from there."""
        return target in self.reached([start])

    def reached(self, starts: list[str]) -> set[str]:
        """Everything that may be reached, the starts themselves too."""
        seen: set[str] = set()
        waiting = list(starts)
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                if name in self.nodes:
                    waiting += self.nodes[name].mentions
        return seen

    def decorated(self, *verbs: str) -> Iterator[tuple[str, ast.Call]]:
        """Functions with a decorator `something.verb(…)`, and that call."""
        for name, node in sorted(self.nodes.items()):
            if isinstance(node.tree, Function):
                for one in node.tree.decorator_list:
                    if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr in verbs:
                        yield name, one

    def calls(self, called: str) -> Iterator[tuple[str, ast.Call]]:
        """Calls `called(…)` anywhere, with their module."""
        for module, tree in self._modules.items():
            for one in ast.walk(tree):
                if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == called:
                    yield module, one

    def mentioned_in(self, module: str, expression: ast.AST) -> set[str]:
        """What an expression of a module mentions."""
        return set(self._mentioned(f"{module}:", Node(expression, module)))

    def _add(self, module: str, body: list[ast.stmt], outer: str) -> None:
        for statement in body:
            if isinstance(statement, Function | ast.ClassDef):
                name = f"{module}:{outer}{statement.name}"
                self.nodes[name] = Node(statement, module)
                self._add(module, statement.body, f"{outer}{statement.name}.")
            elif isinstance(statement, ast.Assign | ast.AnnAssign) and not outer:
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                for target in targets:
                    if isinstance(target, ast.Name) and statement.value is not None:
                        self.nodes[f"{module}:{target.id}"] = Node(statement.value, module)

    def _imported(self, tree: ast.Module) -> Iterator[tuple[str, str]]:
        """Names of a module that stand for another module ("name") or for something in one ("module:name")."""
        for one in ast.walk(tree):
            if isinstance(one, ast.ImportFrom) and one.module is not None:
                for alias in one.names:
                    whole, part = f"{one.module}.{alias.name}", f"{one.module}:{alias.name}"
                    yield alias.asname or alias.name, whole if whole in self._modules else part
            elif isinstance(one, ast.Import):
                for alias in one.names:
                    if alias.asname:
                        yield alias.asname, alias.name

    def _mentioned(self, name: str, node: Node) -> Iterator[str]:
        names, inner = self._imports[node.module], name.partition(":")[2]
        for one in ast.walk(node.tree):
            if isinstance(one, ast.Name):
                for candidate in (names.get(one.id, ""), f"{name}.{one.id}", f"{node.module}:{one.id}"):
                    if candidate in self.nodes and candidate != name:
                        yield candidate
            elif isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
                owner = names.get(one.value.id, f"{node.module}:{one.value.id}")
                found = f"{owner}.{one.attr}" if ":" in owner else f"{owner}:{one.attr}"
                if found in self.nodes:
                    yield found
                elif one.value.id == "self" and "." in inner:
                    yield f"{node.module}:{inner.rpartition('.')[0]}.{one.attr}"
