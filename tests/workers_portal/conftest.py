import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

import workers_portal
from marketplace.identity import keys
from marketplace.kernel.actor import Actor
from tests.builders.web import Browser, make_app
from tests.builders.work import make_worker
from tests.workers_portal import documented


class FakeRail:
    """A rail that is only listed; nothing here pays."""

    real_money = False


@dataclass(frozen=True)
class Reply:
    """What came back; `json` is whatever the body says."""

    status_code: int
    content_type: str
    json: Any


@dataclass(frozen=True)
class Program:
    """A worker's own program at the worker API; whatever is answered is held against the document."""

    client: FlaskClient
    headers: dict[str, str]

    def get(self, path: str) -> Reply:
        return self.send("GET", path)

    def send(self, verb: str, path: str, body: Any = None) -> Reply:
        data = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
        headers = {**self.headers, **({"Idempotency-Key": uuid4().hex} if verb == "POST" else {})}
        answer = self.client.open(f"/worker/v1{path}", method=verb, data=data, headers=headers)
        documented.check(
            verb, f"/worker/v1{path}", answer.status_code, answer.content_type, answer.get_json(silent=True)
        )
        return Reply(answer.status_code, answer.content_type, answer.get_json(silent=True))

    def post(self, path: str, body: Any = None) -> Reply:
        return self.send("POST", path, body)


@pytest.fixture
def app(session: Session) -> Flask:
    return make_app(session, workers_portal.register, rails={"sandbox": FakeRail()})


@pytest.fixture
def worker(session: Session) -> Actor:
    return make_worker(session, "Amina")


@pytest.fixture
def program_of(app: Flask, session: Session) -> Callable[[Actor], Program]:
    def make(actor: Actor) -> Program:
        _key, secret = keys.issue_key(session, actor)
        return Program(app.test_client(), {"Authorization": f"Bearer {secret}"})

    return make


@pytest.fixture
def browser(app: Flask, session: Session, worker: Actor) -> Browser:
    return Browser(app).sign_in(session, worker, "work")


@pytest.fixture
def program(program_of: Callable[[Actor], Program], worker: Actor) -> Program:
    return program_of(worker)
