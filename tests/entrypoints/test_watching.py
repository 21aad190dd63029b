"""When `piecework jobs watch` has seen all there is to see."""

from __future__ import annotations

from typing import Any, cast

import pytest

from client_api.client.generated.types import Job, Progress
from marketplace.entrypoints.commands.jobs.watching import is_over


def progress(**more: Any) -> Progress:
    return cast("Progress", {"items": 10, "items_withdrawn": 0, "answers": {}, **more})


@pytest.mark.parametrize(
    ("seen", "over"),
    [
        ({"answers": {"accepted": 19}}, False),
        ({"answers": {"accepted": 18, "paid_not_used": 1, "accepted_on_appeal": 1}}, True),
        ({"items_withdrawn": 4, "answers": {"accepted": 11}}, False),
        ({"items_withdrawn": 4, "answers": {"accepted": 12}}, True),
        ({"items_withdrawn": 10}, False),
    ],
)
def test_every_answer_to_an_item_that_was_not_withdrawn_is_waited_for(seen: dict[str, Any], over: bool) -> None:
    job = cast("Job", {"state": "open", "redundancy": 2})
    assert is_over(job, progress(**seen)) is over
