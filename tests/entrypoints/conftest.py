from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.entrypoints.context import Context
from marketplace.gateways.choosing import make_mailer, make_rails, make_storage
from marketplace.settings import Settings
from tests.server import Server


@pytest.fixture
def context(committing_engine: Engine, tmp_path: Path) -> Context:
    """What sweeps and commands work with, on a database of the test's own."""
    settings = Settings.from_env({"DATA_DIR": str(tmp_path)})

    def transactions() -> AbstractContextManager[Session]:
        return transaction(committing_engine)

    return Context(
        settings=settings,
        engine=committing_engine,
        storage=make_storage(settings.media_url),
        mailer=make_mailer(settings.mail_url, transactions),
        rails=make_rails(transactions, settings),
    )


@pytest.fixture
def settings(server: Server, committing_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What a command of the shell reads from its environment: a database and a folder of the test's own."""
    for name, value in {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": server.app_url(committing_database),
        "DATABASE_OWNER_URL": server.owner_url(committing_database),
        "ALLOW_ONE_ROLE": "1",
    }.items():
        monkeypatch.setenv(name, value)
    return Settings.from_env()
