"""API keys: of one's own organization, issued and rotated with a key of one's own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from client_api.blueprint import Theme
from client_api.request import actor, session
from client_api.schemas.keys import IssuedKeyView, KeyInput, KeyQuery, KeyView, RevocationInput, RotationInput
from client_api.views import With
from marketplace.db.clock import real_now
from marketplace.db.paging import Page
from marketplace.identity import keys as verbs
from marketplace.identity import queries, rotating
from marketplace.identity.models import ApiKey
from marketplace.identity.queries import person_names

keys = Theme("keys", "API keys: scoped, expiring, rotated with an overlap; a secret is shown once.")


@keys.operation("GET", "/api-keys", permission="key.manage", query=KeyQuery, returns=KeyView, page=True)
def list_api_keys(query: dict[str, Any]) -> Page[With]:
    """List your organization's keys, the newest first."""
    page = queries.list_keys(session(), actor(), **query)
    return Page(_views(page.data), page.next_cursor)


@keys.operation(
    "POST",
    "/api-keys",
    permission="key.manage",
    body=KeyInput,
    example={"name": "nightly upload", "scopes": ["job.read", "job.write"], "expires_in_seconds": 2_592_000},
    returns=IssuedKeyView,
    status=201,
    idempotent=True,
    secret_fields=("secret",),
    location="/api-keys/{id}",
)
def issue_api_key(body: dict[str, Any]) -> With:
    """Issue a key for yourself, with at most the scopes and the time that the key you ask with has left.

    It ends together with that key: when that one is revoked, so is what was issued with it.
    """
    seconds = body["expires_in_seconds"]
    issued = verbs.issue_key(
        session(),
        actor(),
        organization_id=actor().organization_id,
        scopes=body["scopes"],
        expires_at=None if seconds is None else real_now(session()) + dt.timedelta(seconds=seconds),
        name=body["name"],
    )
    return _issued(*issued)


@keys.operation("GET", "/api-keys/{api_key_id}", permission="key.manage", returns=KeyView)
def read_api_key(api_key_id: UUID) -> With:
    """Read a key of your organization."""
    return _view(queries.get_key(session(), actor(), api_key_id))


@keys.operation(
    "POST",
    "/api-keys/{api_key_id}/rotate",
    permission="key.manage",
    body=RotationInput,
    example={"overlap_seconds": 3600},
    returns=IssuedKeyView,
    status=201,
    idempotent=True,
    secret_fields=("secret",),
    location="/api-keys/{id}",
)
def rotate_api_key(body: dict[str, Any], api_key_id: UUID) -> With:
    """Replace a key of yours by one with the same name, scopes and end, which works at once.

    The old one works beside it for `overlap_seconds` and then ends. A key rotates itself, or one that may do no more
    and works no longer than it does. Should the answer get lost, rotate the successor with the old key: that is allowed
    until the successor has been used.
    """
    overlap = dt.timedelta(seconds=body["overlap_seconds"])
    return _issued(*rotating.rotate_key(session(), actor(), api_key_id, overlap=overlap))


@keys.operation(
    "POST",
    "/api-keys/{api_key_id}/revoke",
    permission="key.manage",
    body=RevocationInput,
    example={"leaked": True},
    returns=KeyView,
)
def revoke_api_key(body: dict[str, Any], api_key_id: UUID) -> With:
    """End a key of your organization at once, and every key that was issued with it; a second time changes nothing."""
    return _view(verbs.revoke_key(session(), actor(), api_key_id, leaked=body["leaked"]))


def _issued(key: ApiKey, secret: str) -> With:
    return With(_view(key), secret=secret)


def _view(key: ApiKey) -> With:
    return _views([key])[0]


def _views(found: Sequence[ApiKey]) -> list[With]:
    names = person_names(session(), [key.person_id for key in found])
    return [With(key, person_name=names[key.person_id]) for key in found]
