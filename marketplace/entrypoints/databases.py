"""Which database this is: the embedded one, or one of the operator's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import make_url

from marketplace.db import embedded, migrate
from marketplace.settings import Settings


@dataclass(frozen=True, slots=True)
class Urls:
    """One database by its two roles, and by the role an operator looks around with."""

    owner: str
    app: str
    shell: str

    @property
    def app_role(self) -> str:
        role = make_url(self.app).username
        assert role is not None, "DATABASE_URL names no role"
        return role


def is_embedded(settings: Settings) -> bool:
    """Whether the database is our own, in DATA_DIR."""
    return settings.database_url is None


def urls(settings: Settings) -> Urls:
    """Where the database is to be found; says nothing of whether it runs. Raises DatabaseError for one role in both."""
    if settings.database_url is None or settings.database_owner_url is None:
        found = embedded.EmbeddedUrls(embedded.socket_folder(settings.data_dir))
        return Urls(owner=found.owner, app=found.app, shell=found.superuser)
    migrate.refuse_one_role(settings.database_owner_url, settings.database_url, allow_one_role=settings.allow_one_role)
    return Urls(owner=settings.database_owner_url, app=settings.database_url, shell=settings.database_owner_url)


@contextmanager
def running(settings: Settings) -> Iterator[Urls]:
    """The database for the length of a command: an embedded server that does not run is started and stopped again."""
    found = urls(settings)
    if is_embedded(settings):
        with embedded.serving(settings.data_dir):
            yield found
    else:
        yield found
