"""The web server's application: the three faces over one database."""

import gc
import signal

from flask import Flask
from sqlalchemy import Connection

import client_api
import workers_portal
from marketplace import console, logs, web
from marketplace.db.children import end_with_parent
from marketplace.entrypoints import databases
from marketplace.entrypoints.context import make_context
from marketplace.entrypoints.watching import WATCHED
from marketplace.entrypoints.web_server import THREADS_PER_WORKER
from marketplace.gateways.choosing import make_pdf_maker
from marketplace.gateways.mail import read_development_mail
from marketplace.settings import Settings
from marketplace.web.application import Application
from marketplace.web.context import AppContext

ADAPTER_CONNECTIONS = 2
COLLECT_AFTER = 10_000
"""New objects between two garbage collections; Python's own 700 mean several in each request."""


def create_app(settings: Settings | None = None, *, connection: Connection | None = None) -> Flask:
    """The application for `settings`, by default those of the environment.

    With `connection`, which is for tests, every session joins the transaction that is open on it.
    """
    in_worker_process = settings is None
    if settings is None:
        # A worker process of the web server: it ends with the process that started it, even a killed one.
        end_with_parent(signal.SIGTERM)
        settings = Settings.from_env()
    logs.configure(settings.log_level)
    context = make_context(settings, application_name="piecework web adapters", pool_size=ADAPTER_CONNECTIONS)
    shows_mail = settings.development and settings.mail_url == "development"
    app = Application("piecework", static_folder=None)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": THREADS_PER_WORKER}
    web.register(
        app,
        AppContext(
            settings=settings,
            database_url=databases.urls(settings).app,
            secret_key=settings.load_secret_key(),
            storage=context.storage,
            mailer=context.mailer,
            rails=context.rails,
            read_mail=read_development_mail if shows_mail else None,
            time_may_be_moved=context.time_may_be_moved,
            sweeps=WATCHED,
            pdf=make_pdf_maker(),
            connection=connection,
        ),
    )
    for face in (client_api, workers_portal, console):
        face.register(app)
    if in_worker_process:
        _spare_the_collector()
    return app


def _spare_the_collector() -> None:
    """What stands now stays as long as the process: the garbage collector walks over it no more, and less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)
