"""Parts of the generated pages of docs/."""

from collections.abc import Iterable, Sequence
from typing import Final

GENERATED: Final = "This page is generated from the code; `piecework docs` writes it anew."


def page(title: str, about: str, body: str) -> str:
    """A page with its title, what it is about, and where it comes from."""
    return f"# {title}\n\n{about}\n\n{GENERATED}\n\n{body.rstrip()}\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown; bars in cells are escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)
