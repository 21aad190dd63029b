"""The page of faults names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
_TEST = re.compile(r"`(tests/[a-z_/]+\.py)::(test_[a-z0-9_]+)`")


def rows() -> list[str]:
    return [line for line in PAGE.splitlines() if line.startswith("| ")][1:]


def test_every_fault_of_the_page_has_a_test_that_exists() -> None:
    missing = [
        f"{path}::{name}"
        for row in rows()
        for path, name in _TEST.findall(row) or [("no test", row)]
        if not (ROOT / path).is_file() or f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8")
    ]
    assert not missing, "docs/faults.md names tests that are not there:\n" + "\n".join(missing)


def test_every_fault_test_is_in_the_page() -> None:
    named = {name for _, name in _TEST.findall(PAGE)}
    written = {
        name
        for path in (ROOT / "tests/faults").glob("test_*.py")
        for name in re.findall(r"^def (test_[a-z0-9_]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert written <= named, f"docs/faults.md does not name {sorted(written - named)}"
