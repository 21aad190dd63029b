import pytest

from tests.server import Server
from tests.soak.storming import storm

GROWN_MB_MAX = 150
"""How much the process may take on: one payout of a run is in its memory at a time, and no run."""


@pytest.mark.slow
def test_a_429_storm_over_100_000_installments_pays_everybody_once(server: Server) -> None:
    """`make soak` has 5,000 payees; here are as many installments of few, and the rail takes nothing for long."""
    database = server.clone()
    try:
        found = storm(server.app_url(database), installments=100_000, payees=50, long=300)
    finally:
        server.drop(database)
    assert found["payouts"] == 50
    assert found["ticks"] >= 15, "it was long"
    assert found["not_executed"] >= 300
    assert found["grown_mb"] < GROWN_MB_MAX
