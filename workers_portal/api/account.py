"""What is kept about one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marketplace.identity import devices, page_settings
from marketplace.identity.models import WebSession
from marketplace.identity.own_data import own_data
from marketplace.identity.page_settings import PageSettings
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from workers_portal.api import body
from workers_portal.api.paging import page_arguments, page_of
from workers_portal.api.schemas.account import (
    EndedSessionWire,
    OwnDataWire,
    PageSettingsInput,
    PageSettingsWire,
    SessionWire,
)
from workers_portal.api.schemas.values import ListQuery, Page
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


@account.operation("GET", "/sessions", permission="account.read.own", query=ListQuery)
def list_sessions() -> Page[SessionWire]:
    """List the browsers in which one is signed in now, the newest sign-in first."""
    return page_of(devices.own_sessions(request_session(), current_actor(), **page_arguments()), _session)


@account.operation("POST", "/sessions/{session_id}/end", permission="session.end.own")
def end_session(session_id: UUID) -> EndedSessionWire:
    """Sign out in one of these browsers, at once."""
    ended = devices.end_session(request_session(), current_actor(), session_id)
    assert ended.revoked_at is not None
    return {"id": public("session", ended.id), "ended_at": instant(ended.revoked_at)}


def _session(row: WebSession) -> SessionWire:
    return {
        "id": public("session", row.id),
        "pages": row.face,
        "browser": row.browser or None,
        "system": row.system or None,
        "signed_in_at": instant(row.created_at),
        "last_seen_at": None if row.last_seen_at is None else instant(row.last_seen_at),
        "expires_at": instant(row.expires_at),
    }


def _wire(chosen: PageSettings) -> PageSettingsWire:
    return {"low_data": chosen.low_data, "text_size": chosen.text_size}
