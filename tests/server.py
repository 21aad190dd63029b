"""The PostgreSQL of a test run: an embedded one made for the run, or the one that DATABASE_URL names."""

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from marketplace.db import migrate
from marketplace.db.embedded import UNSAFE_SETTINGS, EmbeddedServer

TEMPLATE_LOCK = 5_201_314


@dataclass(frozen=True, slots=True)
class Server:
    """How to reach the run's server. URLs name its maintenance database."""

    admin: str
    owner: str
    app: str

    def dump(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def load(text: str) -> "Server":
        return Server(**json.loads(text))

    @property
    def app_role(self) -> str:
        role = make_url(self.app).username
        assert role is not None
        return role

    def app_url(self, database: str) -> str:
        return _on(self.app, database)

    def owner_url(self, database: str) -> str:
        return _on(self.owner, database)

    def admin_url(self, database: str) -> str:
        return _on(self.admin, database)

    def template(self) -> str:
        """The template's name: another for each state of migrations and models."""
        digest = hashlib.sha256()
        root = migrate.migrations_folder().parent
        grants = [root / "marketplace/db/grants.py", *sorted(root.glob("marketplace/*/models*"))]
        for path in [*sorted((root / "migrations").rglob("*.py")), *grants]:
            if path.is_file():
                digest.update(path.read_bytes())
        return f"piecework_template_{digest.hexdigest()[:16]}"

    def ensure_template(self) -> str:
        """Make the migrated template unless this run or an earlier one has; workers wait for each other."""
        name = self.template()
        with psycopg.connect(self.admin, autocommit=True) as connection:
            connection.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                self._drop_old_templates(connection)
                making = f"{name}_making"
                self._drop(connection, making)
                self._create(connection, making)
                migrate.upgrade(self.owner_url(making), app_role=self.app_role)
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(making), sql.Identifier(name))
                )
        return name

    def clone(self, of: str | None = None) -> str:
        """A new database, a copy of the template, or of another database to which nobody is connected."""
        name = f"piecework_test_{os.getpid()}_{uuid4().hex[:8]}"
        with psycopg.connect(self.admin, autocommit=True) as connection:
            # Copying refuses while another copies: they take turns.
            connection.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
            self._create(connection, name, template=of or self.template())
        return name

    def empty(self) -> str:
        """A new database with nothing in it, for tests of migrations."""
        name = f"piecework_test_{os.getpid()}_{uuid4().hex[:8]}"
        with psycopg.connect(self.admin, autocommit=True) as connection:
            self._create(connection, name)
        return name

    def drop(self, name: str) -> None:
        with psycopg.connect(self.admin, autocommit=True) as connection:
            self._drop(connection, name)

    def _create(self, connection: psycopg.Connection, name: str, template: str = "template1") -> None:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(make_url(self.owner).username or ""), sql.Identifier(template)
            )
        )

    def _drop(self, connection: psycopg.Connection, name: str) -> None:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _drop_old_templates(self, connection: psycopg.Connection) -> None:
        for (name,) in connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'piecework\\_template\\_%'"
        ).fetchall():
            self._drop(connection, name)


class RunServer:
    """The server of one run, owned by the process that collects it: the controller of a parallel run."""

    def __init__(self) -> None:
        self._embedded: EmbeddedServer | None = None
        app, owner = os.environ.get("DATABASE_URL"), os.environ.get("DATABASE_OWNER_URL")
        if app and owner:
            # Without a superuser the owner must be allowed to create databases, and some tests are left out.
            self.server = Server(admin=os.environ.get("DATABASE_ADMIN_URL", owner), owner=owner, app=app)
            return
        self._folder = Path(tempfile.mkdtemp(prefix="piecework-tests-"))
        self._embedded = EmbeddedServer(self._folder, settings=UNSAFE_SETTINGS)
        urls = self._embedded.start()
        self.server = Server(admin=urls.url("postgres", "postgres"), owner=urls.owner, app=urls.app)

    def stop(self) -> None:
        if self._embedded is not None:
            self._embedded.stop()
            shutil.rmtree(self._folder, ignore_errors=True)


def _on(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)
