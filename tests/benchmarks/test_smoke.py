import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.campaign

ROOT = Path(__file__).resolve().parents[2]
SECONDS_MAX = 240


@pytest.mark.slow
def test_the_benchmark_of_claims_runs_and_finds_the_same_rows_in_all_three_systems(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    sizes = ["--quick", "--seconds", "0.3", "--workers", "2", "--backlogs", "400,1600"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.claiming", *sizes, "--json", str(figures)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(figures.read_text())
    assert found["problems"] == []
    assert {(cell["system"], cell["backlog"]) for cell in found["cells"]} == {
        (system, backlog) for system in ("statements", "thin", "product") for backlog in (400, 1600)
    }
    assert all(cell["pairs"] > 0 for cell in found["cells"])
    assert "pairs a second" in done.stdout


@pytest.mark.slow
def test_the_benchmark_of_uploads_runs_and_every_way_in_writes_the_same_rows(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.uploading", "--items", "2000", "--json", str(figures)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(figures.read_text())
    assert found["problems"] == []
    assert [cell["system"] for cell in found["cells"]] == ["ndjson", "copy", "csv", "gzip", "copy"]
    assert all(cell["items"] == 2000 and cell["items_per_second"] > 0 for cell in found["cells"])
    assert "of COPY" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bench", "sizes"),
    [
        ("accepting", ["--rounds", "1"]),
        ("posting", ["--rounds", "1"]),
        ("sweeping", ["--claims", "40"]),
        ("keeping_small", ["--claims", "200"]),
        ("paying", ["--installments", "60", "--payees", "20"]),
        ("reconciling", ["--payouts", "60"]),
        ("balancing", ["--postings", "20000"]),
        ("logging_on", ["--turns", "1"]),
        ("proving", ["--leaves", "50000"]),
        ("verifying", ["--events", "100"]),
    ],
)
def test_the_benchmarks_of_what_is_done_in_bulk_run_and_leave_nothing_due(
    tmp_path: Path, bench: str, sizes: list[str]
) -> None:
    figures = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{bench}", *sizes, "--json", str(figures)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(figures.read_text())["problems"] == []


@pytest.mark.slow
def test_the_benchmark_of_claims_in_a_crowd_runs_and_compares_each_with_the_same_claim_alone(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.scaling", "--quick", "--claims", "5", "--json", str(figures)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(figures.read_text())["rows"]
    assert len(rows) == 9
    assert all(row["alone"]["database"] > 0 and row["growth"] > 0 for row in rows)
    assert "The bar is 1.2" in done.stdout
