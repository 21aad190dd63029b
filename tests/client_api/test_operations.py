from __future__ import annotations

import uuid

import pytest
from sqlalchemy.orm import Session

from marketplace.identity.authentication import actor_for_key
from marketplace.kernel.errors import INVALID
from marketplace.kernel.ids import public
from marketplace.operations.run import Outcome, Run
from marketplace.operations.running import run_due
from tests.builders.operations import inside, queue
from tests.client_api.conftest import Caller, Market


@pytest.fixture
def requester(market: Market) -> Caller:
    return market.requester()


def start(session: Session, caller: Caller) -> str:
    operation_id: uuid.UUID = queue(session, actor_for_key(session, caller.secret)).id
    return public("operation", operation_id)


def test_an_operation_is_followed_from_its_queue_to_its_result(session: Session, requester: Caller) -> None:
    operation = start(session, requester)
    queued = requester.get(f"/operations/{operation}").json
    assert {name: queued[name] for name in ("state", "progress", "result", "problem", "cancel_requested")} == {
        "state": "queued", "progress": {"done": 0, "total": None}, "result": None, "problem": None,
        "cancel_requested": False,
    }  # fmt: skip
    assert queued["subject"] == public("organization", requester.organization_id or uuid.UUID(int=0))
    assert queued["started_by"] == public("person", requester.person_id)
    run_due(inside(session), {"count": lambda _run: Outcome({"rows": 3})}, places=1)
    done = requester.get(f"/operations/{operation}").json
    assert (done["state"], done["result"], done["attempts"]) == ("succeeded", {"rows": 3}, 1)
    refused = requester.post(f"/operations/{operation}/cancel")
    assert (refused.status_code, refused.json["code"]) == (409, "state_conflict")


def test_a_failed_operation_says_its_problem(session: Session, requester: Caller) -> None:
    operation = start(session, requester)

    def refuse(run: Run) -> Outcome:
        raise INVALID.error("Nothing to do.")

    run_due(inside(session), {"count": refuse}, places=1)
    failed = requester.get(f"/operations/{operation}").json
    assert (failed["state"], failed["problem"]) == ("failed", {"code": "invalid", "detail": "Nothing to do."})


def test_operations_are_listed_by_state_and_kind_and_cancelled(session: Session, requester: Caller) -> None:
    first, second = start(session, requester), start(session, requester)
    cancelled = requester.post(f"/operations/{first}/cancel")
    assert (cancelled.status_code, cancelled.json["state"], cancelled.json["cancel_requested"]) == (
        200, "cancelled", True,
    )  # fmt: skip
    assert requester.post(f"/operations/{first}/cancel").json == cancelled.json
    for query, wanted in (("", [second, first]), ("?state=queued", [second]), ("?kind=export", [])):
        assert [row["id"] for row in requester.get(f"/operations{query}").json["data"]] == wanted
    assert requester.get("/operations?colour=red").status_code == 400
