"""The application inside a test's own transaction, and a browser without a screen."""

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Connection
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from marketplace import web
from marketplace.identity import signin
from marketplace.kernel.actor import Actor
from marketplace.settings import Settings
from marketplace.web.context import AppContext
from tests.builders.identity import Mailbox
from tests.builders.media import MemoryStorage

PUBLIC_URL = "http://localhost"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class PaperOnly:
    """Stands for what makes PDF files: the page itself, under a PDF's first line."""

    def make(self, page: str) -> bytes:
        return b"%PDF-1.7\n" + page.encode()


class TemplateCache(BytecodeCache):
    """Compiled templates, kept for the applications of all tests of a run."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


def make_app(
    session: Session,
    *faces: Callable[[Flask], None],
    environ: Mapping[str, str] | None = None,
    mailer: Mailbox | None = None,
    storage: MemoryStorage | None = None,
    **context: Any,
) -> Flask:
    """An application whose requests run in the transaction of `session`; `faces` are the faces' register functions."""
    connection = session.connection()
    assert isinstance(connection, Connection)
    app = Flask("piecework", static_folder=None)
    app.config["TESTING"] = True
    app.jinja_options = {**app.jinja_options, "bytecode_cache": TemplateCache()}
    mail = mailer or Mailbox()
    settings = Settings.from_env({"PUBLIC_URL": PUBLIC_URL, "DEVELOPMENT": "1", **(environ or {})})
    values: dict[str, Any] = {
        "settings": settings,
        "database_url": connection.engine.url,
        "secret_key": "for tests only, and long enough to sign with",
        "storage": storage or MemoryStorage(),
        "mailer": mail,
        "read_mail": lambda _session, limit: list(reversed(mail.messages))[:limit],
        "time_may_be_moved": True,
        "pdf": PaperOnly(),
        "connection": connection,
        **context,
    }
    web.register(app, AppContext(**values))
    for register in faces:
        register(app)
    return app


class Browser:
    """A test client that carries cookies and the forms' tokens, as a browser does."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()
        self._token = ""

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._seen(self.client.get(path, **options))

    def post(self, path: str, data: Mapping[str, Any] | None = None, **options: Any) -> TestResponse:
        """Send a form, with the token of the last page that had one."""
        form = {"csrf_token": self._token, **(data or {})}
        return self._seen(self.client.post(path, data=form, **options))

    def sign_in(self, session: Session, actor: Actor, face: str) -> "Browser":
        """Sign in by a link, as the person would."""
        token, _code = signin.create_link(session, actor.person, face)
        self.get(f"/{face}/sign-in/{token}")
        answer = self.post(f"/{face}/sign-in/{token}")
        assert answer.status_code == 303, answer.text
        return self

    def _seen(self, answer: TestResponse) -> TestResponse:
        found = _TOKEN.search(answer.text) if answer.mimetype == "text/html" else None
        if found:
            self._token = found[1]
        return answer
