from pathlib import Path

import pytest

from tests.server import Server
from tests.soak import killing


@pytest.mark.slow
def test_with_processes_killed_among_them_no_seat_is_taken_twice_and_no_acknowledged_answer_is_lost(
    server: Server, committing_database: str, tmp_path: Path
) -> None:
    found = killing.campaign(server.app_url(committing_database), tmp_path, processes=8, seconds=6)
    assert found["problems"] == []
    assert found["kills"] > 0, "somebody was killed"
    assert found["acknowledged"] > 0, "somebody worked"
