"""Every commit and every call of a rail that moves money, each killed once; `make soak` has every statement."""

import sys
from pathlib import Path

import pytest

from tests.crashes.driving import driving
from tests.server import Server

PARTS = 3
"""So that processes of a parallel run share the points."""
LEAST = {"sandbox": 30, "stripe": 30, "bank": 36}


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("rail", ["sandbox", "stripe", "bank"])
def test_killed_at_any_commit_and_any_call_everybody_is_paid_exactly_once(
    server: Server, tmp_path: Path, rail: str, part: int
) -> None:
    # At a bank, where each step takes longest, what is about paying out; `make soak` has the rest.
    with driving(server, tmp_path, rail, whole=rail != "bank") as driver:
        points = driver.sweep(part, PARTS)
    sys.stdout.write(f"{rail}: {points} points swept, from {part} in steps of {PARTS}\n")
    assert points * PARTS >= LEAST[rail]
