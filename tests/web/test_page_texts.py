"""Texts of the pages that others translate: whole sentences, whose values stand in them by name."""

import re
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import Environment, nodes
from jinja2.ext import i18n

from marketplace.web import formatting, languages

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path.relative_to(ROOT)
    for folder in ("marketplace/web/templates", "workers_portal/templates")
    for path in (ROOT / folder).rglob("*.html")
)
NAMED = re.compile(r"%\((\w+)\)s")


@pytest.mark.parametrize("path", TEMPLATES, ids=str)
def test_what_a_text_names_is_what_it_is_given(path: Path) -> None:
    tree = Environment(extensions=[i18n], autoescape=True).parse((ROOT / path).read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name not in {"_", "ngettext"}:
            continue
        texts = [one.value for one in call.args if isinstance(one, nodes.Const)]
        given = {one.key for one in call.kwargs}
        counted = {"num"} if call.node.name == "ngettext" else set()  # "one answer" need not show its number
        assert texts, f"{path}:{call.lineno} translates what is no fixed text"
        for text in texts:
            assert set(NAMED.findall(text)) - counted == given, f"{path}:{call.lineno} {text!r}"
            assert text == text.strip(), f"{path}:{call.lineno} {text!r} is a piece of a sentence"


def test_shares_in_whole_percents_stand_one_after_the_other() -> None:
    app = Flask(__name__)
    languages.register(app)
    with app.test_request_context():
        assert formatting.percents((38, 21)) == "38 %, 21 %"
