import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.campaign

ROOT = Path(__file__).resolve().parents[2]
SECONDS_MAX = 240


@pytest.mark.slow
def test_the_benchmark_of_exports_runs_and_every_file_has_all_its_rows(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.exporting", "--rows", "300", "--json", str(figures)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(figures.read_text())
    assert (found["problems"], found["answers"]) == ([], 300)
    assert {cell["format"] for cell in found["cells"]} == {
        "results.jsonl", "results.csv", "label_studio.json", "price_chain.csv",
    }  # fmt: skip
    assert all(cell["answers_per_second"] > 0 for cell in found["cells"])
    assert found["copy_answers_per_second"] > 0
