from pathlib import Path

import pytest

from marketplace.entrypoints import documentation

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return documentation.files()


@pytest.mark.parametrize(
    "name",
    [
        "settings.md",
        "permissions.md",
        "sweeps.md",
        "audit-events.md",
        "audit-events.json",
        "errors.md",
        "worker-openapi.json",
    ],
)
def test_the_generated_pages_are_fresh(files: dict[str, str], name: str) -> None:
    path = f"docs/{name}"
    assert (ROOT / path).read_text(encoding="utf-8") == files[path], f"run: piecework docs ({path} is stale)"
