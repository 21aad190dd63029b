"""A burst of requests at one moment spends no more of the limit than it has requests."""

from __future__ import annotations

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import Engine

from marketplace.db.engine import transaction
from tests.client_api.conftest import Caller, Market


def test_of_thirty_two_requests_at_one_moment_none_is_refused_below_the_limit(
    committing_app: Flask, committing_engine: Engine
) -> None:
    with transaction(committing_engine) as session:
        requester = Market(committing_app, session).requester()
    start = threading.Barrier(32)

    def ask(_: int) -> int:
        mine = Caller(committing_app.test_client(), requester.secret, uuid.uuid4(), None)
        start.wait()
        return mine.get("/me").status_code

    with ThreadPoolExecutor(32) as pool:
        assert set(pool.map(ask, range(32))) == {200}
