"""FACE: the workers' pages under /work and their JSON API under /worker/v1."""

from __future__ import annotations

from flask import Flask

from marketplace.web.documenting.page import ApiDocument, add_document
from marketplace.web.faces import WORK
from marketplace.web.own_access import make_own_access
from marketplace.web.own_keys import make_own_keys
from workers_portal import api, pages
from workers_portal.api import account as _api_account
from workers_portal.api import disputing as _api_disputing
from workers_portal.api import log as _api_log
from workers_portal.api import money as _api_money
from workers_portal.api import openapi
from workers_portal.api import protection as _api_protection
from workers_portal.api import standing as _api_standing
from workers_portal.api import statements as _api_statements
from workers_portal.api import teams as _api_teams
from workers_portal.api import working as _api_working
from workers_portal.pages import account as _account
from workers_portal.pages import advancing as _advancing
from workers_portal.pages import finding as _finding
from workers_portal.pages import holding as _holding
from workers_portal.pages import home as _home
from workers_portal.pages import money as _money
from workers_portal.pages import my_work as _my_work
from workers_portal.pages import offline as _offline
from workers_portal.pages import practising as _practising
from workers_portal.pages import protection as _protection
from workers_portal.pages import settings as _settings
from workers_portal.pages import standing as _standing
from workers_portal.pages import statements as _statements
from workers_portal.pages import teams as _teams
from workers_portal.pages import workbench as _workbench

# Importing these modules declares their routes.
_VIEWS = (
    _api_account,
    _api_disputing,
    _api_log,
    _api_money,
    _api_protection,
    _api_standing,
    _api_statements,
    _api_teams,
    _api_working,
    _account,
    _advancing,
    _finding,
    _holding,
    _home,
    _money,
    _my_work,
    _offline,
    _practising,
    _protection,
    _settings,
    _standing,
    _statements,
    _teams,
    _workbench,
)


def register(app: Flask) -> None:
    """Add the face to an application that has the shared glue already."""
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(make_own_keys(WORK, "work/frame.html"))
    app.register_blueprint(make_own_access(WORK, "work/frame.html"))
    app.register_blueprint(api.blueprint)
    add_document(app, ApiDocument("Worker API", "/docs/worker", "/worker/v1/openapi.json", openapi.document))
