import pytest

from tests.server import Server
from tests.soak.storming import storm


@pytest.mark.slow
def test_a_429_storm_over_many_installments_pays_everybody_once(server: Server) -> None:
    """As `make soak` does with 100,000."""
    database = server.clone()
    try:
        found = storm(server.app_url(database), installments=1_200, payees=60)
    finally:
        server.drop(database)
    assert found["payouts"] == 60
    assert found["not_executed"] > 30, "the storm was one"
