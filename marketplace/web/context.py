"""What the composition root hands to the pages and APIs: settings, secrets, adapters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask import Flask, current_app
from sqlalchemy import URL, Connection
from sqlalchemy.orm import Session

from marketplace.kernel.ports import Mailer, MediaStorage, Message, PdfMaker
from marketplace.operations.sweep_runs import Watched
from marketplace.settings import Settings

if TYPE_CHECKING:
    from marketplace.rails.port import Rail

KEY = "piecework"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppContext:
    """One per application, made by the entry point, never changed.

    `pdf` makes PDF files and is None where what draws them is not installed.
    `read_mail` gives the newest messages of the development mailbox and is None outside development. `connection` is
    set by tests alone: every session of the application then joins its transaction.
    """

    settings: Settings
    database_url: str | URL
    secret_key: str
    storage: MediaStorage
    mailer: Mailer
    rails: "Mapping[str, Rail]" = field(default_factory=dict)
    read_mail: Callable[[Session, int], Sequence[Message]] | None = None
    time_may_be_moved: bool = False
    sweeps: Sequence[Watched] = ()
    pdf: PdfMaker | None = None
    connection: Connection | None = None


def set_context(app: Flask, context: AppContext) -> None:
    """Put the context where `get_context` finds it."""
    app.extensions[KEY] = context


def get_context() -> AppContext:
    """The context of the application that serves this request."""
    context: AppContext = current_app.extensions[KEY]
    return context
