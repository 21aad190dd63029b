"""What a page shows of an item and the form of its answer, whether it is worked on or practised with."""

from __future__ import annotations

import secrets
import sys
from array import array
from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Any, Final
from uuid import UUID

from flask import Response, after_this_request

from marketplace.jobs.labels import KINDS
from marketplace.jobs.models import Job
from marketplace.web.auth import current_actor
from marketplace.web.drawing import Drawing, cloud_points, cloud_views, draw
from marketplace.web.headers import CONTENT_SECURITY_POLICY
from marketplace.web.media import SMALL, media_link
from marketplace.work.claiming import ClaimItem
from workers_portal import forms
from workers_portal.pages import sparing, widgets

POINTS_MAX: Final = 60_000


def item_parts(job: Job, item: ClaimItem, form: forms.ItemForm) -> Mapping[str, Any]:
    """The values of a template that shows an item with its form by the macros of `work/bench.html`."""
    nonce = None
    if KINDS[job.kind].MEDIA == "audio":
        nonce = secrets.token_urlsafe(16)
        after_this_request(lambda response: _let_style(response, nonce))
    return {
        "item": item,
        "form": form,
        "sort": KINDS[job.kind].MEDIA,
        "media": media_link(item.id, current_actor()) if item.content.keys() & {"media", "url"} else None,
        "small": f"?{SMALL}=1",
        "spared": sparing.spared(item, form.fields, POINTS_MAX),
        "drawn": _drawn(job, item, form),
        "nonce": nonce,
        "scripts": widgets.scripts(),
        "styles": widgets.styles(),
    }


def points_of(item_id: UUID) -> Response:
    """Points of an item's cloud for drawing: x, y and z in metres, 32-bit floats, little-endian."""
    found = array("f", chain.from_iterable(cloud_points(item_id, POINTS_MAX)))
    if sys.byteorder == "big":
        found.byteswap()
    return Response(found.tobytes(), content_type="application/octet-stream")


def _drawn(job: Job, item: ClaimItem, form: forms.ItemForm) -> Drawing:
    """The item with what the form says so far."""
    drawn = draw(item, form.readable(), job.label_schema.get("classes", []), None)
    return replace(drawn, views=cloud_views(item, form.readable()["cuboids"])) if drawn.name == "cuboids" else drawn


def _let_style(response: Response, nonce: str) -> Response:
    """Let the wave of a sound carry its own style sheet, which its shadow needs; nothing else may be inline."""
    policy = CONTENT_SECURITY_POLICY.replace("style-src 'self'", f"style-src 'self' 'nonce-{nonce}'")
    response.headers["Content-Security-Policy"] = policy
    return response
