"""What commands, sweeps and the web server work with: settings, the serving role's engine, and the adapters."""

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from marketplace import logs
from marketplace.audit.fencing import Fence
from marketplace.audit.stamping import Stamping
from marketplace.db import migrate
from marketplace.db.engine import make_engine, transaction
from marketplace.db.keyring import load_keys
from marketplace.entrypoints import databases
from marketplace.gateways.choosing import make_anchor_store, make_mailer, make_rails, make_stamping, make_storage
from marketplace.kernel.ports import Mailer, MediaStorage
from marketplace.rails.port import Rails
from marketplace.settings import Settings, SettingsError
from marketplace.web.mails import TranslatedMails


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that is chosen once at start. `stopping` is set when the process is to end."""

    settings: Settings
    engine: Engine
    storage: MediaStorage
    mailer: Mailer
    rails: Rails
    fence: Fence = field(default_factory=Fence)
    stamping: Stamping | None = None
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def time_may_be_moved(self) -> bool:
        """Whether this is a demonstration or a test, and no rail moves real money."""
        for_trying = self.settings.development or databases.is_embedded(self.settings)
        return for_trying and not any(rail.real_money for rail in self.rails.values())

    def transactions(self) -> AbstractContextManager[Session]:
        """A transaction of the serving role that commits at the end."""
        return transaction(self.engine)


def make_context(settings: Settings, *, application_name: str, pool_size: int = 5) -> Context:
    """Wire the adapters that `settings` ask for; opens no connection yet."""
    engine = make_engine(
        databases.urls(settings).app,
        application_name=application_name,
        pool_size=pool_size,
        keys=load_keys(settings),
    )

    def transactions() -> AbstractContextManager[Session]:
        return transaction(engine)

    try:
        storage = make_storage(settings.media_url)
        anchors = [make_anchor_store(url) for url in settings.audit_anchors]
    except ImportError as missing:
        name, _, rule = str(missing).partition(" ")
        raise SettingsError(name, rule) from None
    return Context(
        settings=settings,
        engine=engine,
        storage=storage,
        mailer=TranslatedMails(make_mailer(settings.mail_url, transactions)),
        rails=make_rails(transactions, settings),
        fence=Fence(settings.audit_checkpoint_file, anchors),
        stamping=make_stamping(settings),
    )


@contextmanager
def command_context(application_name: str) -> Iterator[Context]:
    """The context of a command, with the database running for as long as it takes."""
    settings = Settings.from_env({"LOG_LEVEL": "warning", **os.environ})  # a command's own words are enough
    logs.configure(settings.log_level)
    with databases.running(settings):
        context = make_context(settings, application_name=application_name)
        try:
            migrate.require_current(context.engine)
            yield context
        finally:
            context.engine.dispose()
