import re
import subprocess
import sys
from pathlib import Path

from marketplace.entrypoints.recomputing import MODULES

ROOT = Path(__file__).parents[2]


def test_every_recomputer_of_the_product_takes_part_in_a_verification() -> None:
    found = {
        path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for path in sorted((ROOT / "marketplace").rglob("*.py"))
        if re.search(r"^@recomputer\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert set(MODULES) == found


def test_the_command_that_verifies_loads_them() -> None:
    program = (
        "from marketplace.entrypoints.recomputing import load_recomputers\n"
        "from marketplace.audit.recording import recomputers\n"
        "load_recomputers()\n"
        "print(*sorted(recomputers()))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "journal.posted" in done.stdout.split()
    assert "load_recomputers()" in (ROOT / "marketplace/entrypoints/commands/audit.py").read_text(encoding="utf-8")
