"""The API in the test's own transaction, and callers with real keys of each role."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers

import client_api
import workers_portal
from marketplace import web
from marketplace.db.engine import transaction
from marketplace.gateways.choosing import make_rails
from marketplace.identity import directory, keys
from marketplace.identity.models import Organization
from marketplace.kernel.actor import system_actor
from marketplace.kernel.ports import Message
from marketplace.rails.port import Rails, Transactions
from marketplace.settings import Settings
from marketplace.web.context import AppContext
from marketplace.web.faces import API
from tests.builders.media import MemoryStorage
from tests.builders.web import PaperOnly
from tests.server import Server

SYSTEM = system_actor("tests")


class SilentMailer:
    def send(self, message: Message) -> None:  # noqa: ARG002 - the port's own form
        return


@dataclass(frozen=True)
class Answer:
    """What came back; `json` is None where the body is not JSON."""

    status_code: int
    headers: Headers
    text: str
    json: Any

    @property
    def content_type(self) -> str:
        return self.headers["Content-Type"]


@dataclass
class Caller:
    """A program with a key: sends it, and a fresh Idempotency-Key with every POST unless told otherwise."""

    client: FlaskClient
    secret: str
    person_id: uuid.UUID
    organization_id: uuid.UUID | None
    base: str = API.prefix

    def send(self, method: str, path: str, headers: Mapping[str, str] | None = None, **kwargs: Any) -> Answer:
        sent = {"Authorization": f"Bearer {self.secret}"}
        if method == "POST":
            sent["Idempotency-Key"] = uuid.uuid4().hex
        response = self.client.open(f"{self.base}{path}", method=method, headers={**sent, **(headers or {})}, **kwargs)
        read = response.get_json() if response.is_json else None
        return Answer(response.status_code, response.headers, response.get_data(as_text=True), read)

    def get(self, path: str, **kwargs: Any) -> Answer:
        return self.send("GET", path, **kwargs)

    def post(self, path: str, json: Any = None, **kwargs: Any) -> Answer:
        return self.send("POST", path, json=json, **kwargs) if json is not None else self.send("POST", path, **kwargs)

    def patch(self, path: str, json: Any, **kwargs: Any) -> Answer:
        return self.send("PATCH", path, json=json, **kwargs)


class Market:
    """Makes organizations and people with keys, in the test's transaction."""

    def __init__(self, app: Flask, session: Session) -> None:
        self.app = app
        self.session = session
        self._count = 0

    def organization(self, kind: str, name: str | None = None) -> Organization:
        self._count += 1
        made = directory.create_organization(
            self.session, SYSTEM, kind=kind, name=name or f"{kind} {self._count}", country="CN"
        )
        self.session.flush()
        return made

    def caller(self, organization: Organization | None, *roles: str, scopes: list[str] | None = None) -> Caller:
        self._count += 1
        person = directory.create_person(
            self.session, name=f"Person {self._count}", email=f"p{self._count}@example.org", verified=True
        )
        if organization is None:
            directory.create_worker(self.session, SYSTEM, person.id, country="KE", languages=["en"])
        for role in roles:
            assert organization is not None
            directory.add_member(self.session, SYSTEM, person.id, organization.id, role)
        organization_id = None if organization is None else organization.id
        _, secret = keys.issue_key(
            self.session, SYSTEM, person_id=person.id, organization_id=organization_id, scopes=scopes
        )
        self.session.flush()
        return Caller(self.app.test_client(), secret, person.id, organization_id)

    def requester(self) -> Caller:
        return self.caller(self.organization("client"), "requester")


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture
def transactions(session: Session) -> Transactions:
    """Transactions inside the test's own."""

    @contextmanager
    def inside() -> Iterator[Session]:
        bound = Session(session.connection(), join_transaction_mode="create_savepoint", expire_on_commit=False)
        with bound, bound.begin():
            yield bound

    return inside


@pytest.fixture
def rails(transactions: Transactions) -> Rails:
    return make_rails(transactions, Settings.from_env({}))


@pytest.fixture
def app(session: Session, database_url: str, tmp_path: Path, storage: MemoryStorage, rails: Rails) -> Iterator[Flask]:
    settings = Settings.from_env({"DATA_DIR": str(tmp_path), "PUBLIC_URL": "http://market.test"})
    made = Flask("piecework", static_folder=None)
    made.testing = True
    web.register(
        made,
        AppContext(
            settings=settings,
            database_url=database_url,
            secret_key="x" * 40,
            storage=storage,
            mailer=SilentMailer(),
            rails=rails,
            pdf=PaperOnly(),
            connection=session.connection(),
        ),
    )
    client_api.register(made)
    workers_portal.register(made)
    yield made
    session.expire_all()


@pytest.fixture
def committing_app(
    server: Server, committing_database: str, committing_engine: Engine, tmp_path: Path
) -> Iterator[Flask]:
    made = Flask("piecework", static_folder=None)
    made.testing = True
    made.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 32}  # one for each thread, as in the web server
    context = AppContext(
        settings=Settings.from_env({"DATA_DIR": str(tmp_path)}),
        database_url=server.app_url(committing_database),
        secret_key="x" * 40,
        storage=MemoryStorage(),
        mailer=SilentMailer(),
        rails=make_rails(lambda: transaction(committing_engine), Settings.from_env({})),
    )
    web.register(made, context)
    client_api.register(made)
    yield made
    with made.app_context():
        web.database.db.engine.dispose()


@pytest.fixture
def market(app: Flask, session: Session) -> Market:
    return Market(app, session)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A program without a key."""
    return app.test_client()
