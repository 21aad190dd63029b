"""The page of threats names tests that exist for each attempt, and says for each party what is not found."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/threat-model.md").read_text(encoding="utf-8")
_TEST = re.compile(r"`(tests/[a-z_/]+\.py)::(test_[a-z0-9_]+)`")


def test_every_attempt_of_the_page_has_a_test_that_exists() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| attempt")]
    missing = [
        f"{path}::{name}"
        for row in rows
        for path, name in _TEST.findall(row) or [("no test", row)]
        if not (ROOT / path).is_file() or f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert len(rows) > 30
    assert not missing, "docs/threat-model.md names tests that are not there:\n" + "\n".join(missing)


def test_every_party_has_what_cannot_be_found() -> None:
    parties = PAGE.split("\n## ")[1:]
    assert [party.partition("\n")[0] for party in parties if "**Not found:**" not in party] == []
