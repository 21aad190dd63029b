"""The workers' pages under /work: server-rendered, finished by plain forms."""

from __future__ import annotations

from flask import Blueprint

from workers_portal.pages import widgets
from workers_portal.showing import showing

blueprint = Blueprint(
    "work",
    __name__,
    url_prefix="/work",
    template_folder="../templates",
    static_folder="../static",
    static_url_path="/static",
)
blueprint.record_once(widgets.register)
blueprint.app_context_processor(lambda: {"showing": showing})
