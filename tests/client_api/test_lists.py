"""Lists while others write: what was there at the first page comes once, whatever is inserted meanwhile."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine

from marketplace.db.engine import transaction
from tests.client_api.conftest import Caller, Market
from tests.client_api.examples import items, job

BEFORE = 23


def pages(caller: Caller, path: str, written: threading.Event) -> list[Any]:
    """Every row of a list, read in small pages, each after something more was written."""
    rows: list[Any] = []
    cursor = ""
    while True:
        assert written.wait(60)
        written.clear()
        page = caller.get(f"{path}?limit=5{cursor}").json
        rows += page["data"]
        if not page["has_more"]:
            return rows
        cursor = f"&cursor={page['next_cursor']}"


@pytest.mark.parametrize("listed", ["jobs", "items"])
def test_no_row_is_lost_or_doubled_while_others_insert(
    listed: str, committing_app: Flask, committing_engine: Engine
) -> None:
    with transaction(committing_engine) as session:
        requester = Market(committing_app, session).requester()
    writer = Caller(committing_app.test_client(), requester.secret, requester.person_id, requester.organization_id)
    job_id = requester.post("/jobs", job()).json["id"]

    def write(number: int) -> str:
        if listed == "jobs":
            return str(writer.post("/jobs", job(title=f"Job {number}")).json["id"])
        row = {**items(1)[0], "external_id": f"row-{number}"}
        assert writer.post(f"/jobs/{job_id}/items", {"items": [row]}).json["added"] == 1
        return str(row["external_id"])

    first = [write(number) for number in range(BEFORE)]
    written, stop = threading.Event(), threading.Event()

    def write_on() -> None:
        number = BEFORE
        while not stop.is_set() and number < 500:
            write(number)
            written.set()
            number += 1

    thread = threading.Thread(target=write_on)
    thread.start()
    try:
        rows = pages(requester, "/jobs" if listed == "jobs" else f"/jobs/{job_id}/items", written)
    finally:
        stop.set()
        thread.join()
    seen = [row["id" if listed == "jobs" else "external_id"] for row in rows]
    assert len(seen) == len(set(seen))
    assert set(first) <= set(seen)
