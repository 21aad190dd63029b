from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace.db.engine import transaction
from marketplace.entrypoints.context import Context
from marketplace.gateways.choosing import make_mailer, make_rails, make_storage
from marketplace.settings import Settings


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
