"""What commands, sweeps and the web server work with: settings, the serving role's engine, and the adapters."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine

from marketplace.db.engine import make_engine
from marketplace.entrypoints import databases
from marketplace.settings import Settings


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that is chosen once at start."""

    settings: Settings
    engine: Engine

    @property
    def time_may_be_moved(self) -> bool:
        """Whether this is a demonstration or a test: no rail moves real money."""
        return self.settings.development or databases.is_embedded(self.settings)


def make_context(settings: Settings, *, application_name: str, pool_size: int = 5) -> Context:
    """Wire the adapters that `settings` ask for; opens no connection yet."""
    engine = make_engine(databases.urls(settings).app, application_name=application_name, pool_size=pool_size)
    return Context(settings=settings, engine=engine)


@contextmanager
def command_context(application_name: str) -> Iterator[Context]:
    """The context of a command, with the database running for as long as it takes."""
    settings = Settings.from_env()
    with databases.running(settings):
        context = make_context(settings, application_name=application_name)
        try:
            yield context
        finally:
            context.engine.dispose()
