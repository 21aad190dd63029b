"""Low data: what a workbench leaves out until it is asked for, and how many bytes each of it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import request

from marketplace.jobs.labels import FormField
from marketplace.jobs.peaks import POINTS_MAX
from marketplace.jobs.reducing import WORTH_BYTES
from marketplace.web.auth import current_actor
from marketplace.web.media import PEAKS, media_seen
from marketplace.work.claiming import ClaimItem
from workers_portal.pages import widgets
from workers_portal.showing import showing

BEAT_SECONDS: Final = 45
"""How often the page says that somebody is at work: less often, and still no gap of a minute, which would not count."""
POINT_BYTES: Final = 12
PEAKS_FEW: Final = 500
"""Of a sound, for who pays for bytes: still finer than the wave on a phone's screen."""


@dataclass(frozen=True, slots=True)
class Spared:
    """Bytes of what is left out, 0 for what is not.

    Of a `picture` a small one is shown meanwhile; a `sound` comes when it is played; the `tool` is the script that
    draws, with what it needs of the item beside its media; a `frame` of the client's is left out whatever its size.
    """

    picture: int = 0
    sound: int = 0
    tool: int = 0
    frame: bool = False
    low_data: bool = False

    @property
    def peaks(self) -> str:
        """The query of the link to the peaks of a sound."""
        return f"?{PEAKS}={PEAKS_FEW if self.low_data else POINTS_MAX}"


def spared(item: ClaimItem, fields: Sequence[FormField], points_max: int) -> Spared:
    """What this page leaves out: nothing, unless low data is wanted; `load` of the query names what was asked for."""
    if not showing().low_data:
        return Spared()
    asked = set(request.args.getlist("load"))
    media = media_seen(item.id, current_actor()) if item.content.keys() & {"media", "url"} else None
    whole = 0 if media is None else media.byte_count
    tool = sum(widgets.tool_size(field.widget) for field in fields)
    if tool and item.point_count:
        tool += min(item.point_count, points_max) * POINT_BYTES
    return Spared(
        picture=whole if item.width and whole >= WORTH_BYTES and "picture" not in asked else 0,
        sound=whole if item.duration_ms else 0,
        tool=tool if "tool" not in asked else 0,
        frame=any(field.widget == "external" for field in fields) and "frame" not in asked,
        low_data=True,
    )
