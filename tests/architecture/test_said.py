"""What a worker can be told on a page is said in a text that can be put into the page's language.

Each refusal that a page of workers may reach, by the call graph, has a title, an explanation, a detail and field errors
that are a `say(…)` of the core or a `_(…)` of the page, and so are in the catalogs; `tests/web/test_catalogs.py` holds
these complete.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Final

import pytest

from marketplace.entrypoints import catalogs
from marketplace.jobs import labels
from marketplace.jobs.labels.kind import Marks
from marketplace.kernel.errors import ErrorSpec
from marketplace.kernel.texts import Text
from tests.architecture.call_graph import Graph

PAGES: Final = (
    "workers_portal.pages", "workers_portal.forms", "workers_portal.filters", "workers_portal.rows",
    "marketplace.web.auth", "marketplace.web.errors", "marketplace.web.guard", "marketplace.web.invitations",
    "marketplace.web.landing", "marketplace.web.media", "marketplace.web.own_keys", "marketplace.web.payout_methods",
    "marketplace.web.sign_in", "marketplace.web.sign_up", "marketplace.web.statements", "marketplace.web.verifying",
    "marketplace.jobs.labels",
)  # fmt: skip
"""Where workers' pages begin, and the kinds of labeling, which a table calls."""
NOT_FOR_WORKERS: Final = {
    "marketplace.audit.": "of the log's tree: the page gives it heads that were signed",
    "marketplace.db.keyring:": "the operator's key file",
    "marketplace.identity.directory:check_role": "signing up gives a role that there is",
    "marketplace.identity.directory:managed": "who signs up makes the organization",
    "marketplace.identity.skills:grant": "a client grants skills; the page has a function of the same name",
    "marketplace.identity.skills:_own_skill": "a client's own skills",
    "marketplace.identity.stepping_up:require_own_sign_in": "a provider vouches at the console alone",
    "marketplace.jobs.labels.external:_keyword_errors": "a client writes a label schema",
    "marketplace.jobs.reserve:commit": "what is free is the client's to know: a late worker is told in other words",
    "marketplace.kernel.rates:": "operations write rates",
    "marketplace.kernel.terms:": "clients and layers write settlement terms",
    "marketplace.ledger.posting:": "books that do not balance are a fault, not an answer",
    "marketplace.web.looking:refusal": "staff read it, in English, while they look at somebody's pages",
    "marketplace.web.log:": "programs and auditors read the log",
}
LABELS: Final = "marketplace.jobs.labels"
SCHEMAS: Final = {"schema_errors", "validate_schema", "class_errors", "bound_errors", "skill_errors"}
"""What clients are told of a label schema."""


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph()


@pytest.fixture(scope="module")
def reached(graph: Graph) -> list[str]:
    starts = [name for name, node in graph.nodes.items() if node.module.startswith(PAGES)]
    found = graph.reached(starts) & graph.nodes.keys()
    for name in [name for name in found if name.rpartition(".")[2] in SCHEMAS or name.rpartition(":")[2] in SCHEMAS]:
        found.discard(name)
    return sorted(name for name in found if not name.startswith(tuple(NOT_FOR_WORKERS)))


def texts_of(function: ast.AST) -> Iterator[ast.expr]:
    """What the refusals and field errors in a function say."""
    for one in own_nodes(function):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == "error" and one.args:
            if isinstance(one.func.value, ast.Name) and one.func.value.id.isupper():
                yield one.args[0]
        elif isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "FieldError":
            yield one.args[2]


def own_nodes(function: ast.AST) -> Iterator[ast.AST]:
    """Everything in it but what a class holds: its methods are reached by themselves."""
    if isinstance(function, ast.ClassDef):
        return
    yield from ast.walk(function)


def is_said(text: ast.expr, function: ast.AST) -> bool:
    """Whether it is said here, or handed on from where it was said; a text written otherwise is English for good."""
    if isinstance(text, ast.IfExp):
        return is_said(text.body, function) and is_said(text.orelse, function)
    if isinstance(text, ast.Call):
        return isinstance(text.func, ast.Name) or (isinstance(text.func, ast.Attribute) and text.func.attr == "filled")
    if isinstance(text, ast.Name):
        written = [
            one.value
            for one in ast.walk(function)
            if isinstance(one, ast.Assign) and any(isinstance(to, ast.Name) and to.id == text.id for to in one.targets)
        ]
        return all(is_said(value, function) for value in written)
    return isinstance(text, ast.Attribute)


def test_every_refusal_that_a_page_reaches_is_said(graph: Graph, reached: list[str]) -> None:
    found = {name: list(texts_of(graph.nodes[name].tree)) for name in reached}
    assert sum(map(len, found.values())) > 180
    english = [
        f"{name}: {ast.unparse(text)}"
        for name, texts in found.items()
        for text in texts
        if not is_said(text, graph.nodes[name].tree)
    ]
    assert not english, "A worker may be told these, and they cannot be translated; use `say`:\n" + "\n".join(english)


def test_their_titles_and_explanations_are_said(graph: Graph, reached: list[str]) -> None:
    specs = set()
    for name in reached:
        module = importlib.import_module(graph.nodes[name].module)
        for one in own_nodes(graph.nodes[name].tree):
            if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == "error":
                spec = getattr(module, ast.unparse(one.func.value), None)
                if isinstance(spec, ErrorSpec):
                    specs.add(spec)
    assert len(specs) > 45
    assert [spec.slug for spec in specs if not isinstance(spec.title, Text)] == []
    assert [spec.slug for spec in specs if spec.explanation and not isinstance(spec.explanation, Text)] == []


def test_names_in_refusals_are_in_the_catalogs(graph: Graph) -> None:
    known = set(catalogs.names())
    nouns = {
        str(call.args[0].value).replace("_", " ")
        for module, call in graph.calls("parse")
        if module.startswith(PAGES) and isinstance(call.args[0], ast.Constant)
    }
    assert len(nouns) > 10
    modules = [importlib.import_module(f"{LABELS}.{found.name}") for found in pkgutil.iter_modules(labels.__path__)]
    marks = {value.name for module in modules for value in vars(module).values() if isinstance(value, Marks)}
    assert len(marks) > 5
    assert (nouns | marks) - known == set()


def test_what_is_left_out_is_still_there(graph: Graph) -> None:
    for start in NOT_FOR_WORKERS:
        assert any(name.startswith(start) for name in graph.nodes), start
