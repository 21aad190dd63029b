"""What is kept about one."""

from __future__ import annotations

from typing import Any

from marketplace.identity import page_settings
from marketplace.identity.own_data import own_data
from marketplace.identity.page_settings import PageSettings
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from workers_portal.api import body
from workers_portal.api.schemas.account import OwnDataWire, PageSettingsInput, PageSettingsWire
from workers_portal.api.themes import account


@account.operation("GET", "/account/data", permission="account.read.own")
def read_own_data() -> OwnDataWire:
    """Read everything that is kept about one, table by table, with why and for how long.

    Secrets are not in it, nor what somebody wrote in an office about others. An account is deleted at the pages, for
    that needs a sign-in of a moment ago.
    """
    return own_data(request_session(), current_actor())


@account.operation("GET", "/page-settings", permission="account.read.own")
def read_page_settings() -> PageSettingsWire:
    """Read how the pages are shown to one."""
    return _wire(page_settings.page_settings(request_session(), current_actor()))


@account.operation("PUT", "/page-settings", permission="account.change.own", body=PageSettingsInput)
def set_page_settings(given: dict[str, Any]) -> PageSettingsWire:
    """Choose with how little data and with how large letters the pages are shown to one. Nobody else is told."""
    wanted = PageSettings(body.text(given, "low_data"), body.text(given, "text_size"))
    return _wire(page_settings.set_page_settings(request_session(), current_actor(), wanted))


def _wire(chosen: PageSettings) -> PageSettingsWire:
    return {"low_data": chosen.low_data, "text_size": chosen.text_size}
