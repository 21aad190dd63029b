"""Media by short-lived links, from a path that is sent no cookies.

A link names an item's media and for whom it was signed. At each fetch that person's right is looked up again: when the
claim ends or a role is taken away, links made before are dead at once, not only when their minutes are over.
"""

import uuid
from collections.abc import Iterator
from http import HTTPStatus
from typing import BinaryIO, Final

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from marketplace.jobs import beside
from marketplace.jobs.errors import MEDIA_PURGED
from marketplace.jobs.models import Item, Media
from marketplace.jobs.peaks import POINTS_MAX, thinned
from marketplace.jobs.queries import media_of_item
from marketplace.kernel.actor import Actor
from marketplace.kernel.texts import say
from marketplace.web.context import get_context
from marketplace.web.database import request_session, transactions
from marketplace.web.guard import public
from marketplace.web.headers import POLICY_OF_FILES
from marketplace.web.limits import spend
from marketplace.web.problems import problem_response
from marketplace.web.signed_links import LIFE_SECONDS, SignedLinks
from marketplace.work.masking import media_of_masked
from marketplace.work.media_access import may_see
from marketplace.work.practising import media_of_practice

INLINE: Final = frozenset(
    {"image/png", "image/jpeg", "image/webp", "audio/mpeg", "audio/wav", "audio/ogg", "audio/flac", "audio/mp4"}
)
SMALL: Final = "small"
"""With this in its query a link gives a picture reduced, for who pays for bytes."""
PEAKS: Final = "peaks"
"""With this a link gives the peaks of a sound, a byte each, and no more of them than it says."""
_CHUNK: Final = 64 * 1024
_LINKS: Final = SignedLinks("media", files=False)
blueprint = Blueprint("media", __name__)


def media_link(item_id: uuid.UUID, actor: Actor) -> str | None:
    """The path under which this actor may fetch the item's media for fifteen minutes.

    None for a key without the scope: a link stands for its person, and would give what the key may not have.
    """
    if not actor.may("media.read.own" if actor.organization_id is None else "media.read"):
        return None
    return url_for("media.fetch", token=_LINKS.sign(item_id, actor))


@blueprint.get("/media/<token>")
@public
def fetch(token: str) -> ResponseReturnValue:
    """The bytes; anything wrong with the link or the right to it is a plain 404, purged media a 410."""
    named = _LINKS.read(token)
    media = None if named is None else media_seen(*named)
    if named is None or media is None:
        abort(HTTPStatus.NOT_FOUND)
    if media.purged_at is not None:
        # Those who ask are programs that show images, not people who read pages.
        return problem_response(MEDIA_PURGED.error(say("The media was purged after its retention.")))
    if SMALL in request.args and media.width is not None:
        return _shown(Response(_beside(media, beside.SMALL, named[1]), content_type=beside.SMALL.content_type))
    if PEAKS in request.args and media.duration_ms is not None:
        return _shown(_peaks(media, named[1]))
    part = asked_part(media.byte_count)
    try:
        stream = get_context().storage.open(media.storage_key)
    except KeyError:
        abort(HTTPStatus.NOT_FOUND)
    start, stop = part or (0, media.byte_count)
    pieces = chunks(stream, start, stop - start)
    response = Response(pieces, 206 if part else 200, content_type=media.content_type, direct_passthrough=True)
    response.content_length = stop - start
    # Players of sound ask for parts, and go to a place in it only where they get them.
    response.headers["Accept-Ranges"] = "bytes"
    if part:
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{media.byte_count}"
    # Only pictures and sound are shown in place: markup such as SVG or HTML could carry script.
    return _shown(response)


def _beside(media: Media, wanted: beside.Beside, actor: Actor) -> bytes:
    storage = get_context().storage
    found = beside.kept(storage, media, wanted)
    if found is not None:
        return found
    # Nothing was written, and what comes may take many seconds: it must not hold a connection for them.
    request_session().commit()
    spend(f"media {actor.person}", claiming=False)
    try:
        return beside.made(transactions, storage, media, wanted)
    except beside.BesideBusyError:
        abort(HTTPStatus.SERVICE_UNAVAILABLE)
    except KeyError:
        abort(HTTPStatus.NOT_FOUND)


def _peaks(media: Media, actor: Actor) -> Response:
    most = request.args.get(PEAKS, POINTS_MAX, type=int)
    found = thinned(_beside(media, beside.PEAKS, actor), min(max(most, 1), POINTS_MAX))
    return Response(found, 200 if found else 204, content_type=beside.PEAKS.content_type)


def _shown(response: Response) -> Response:
    inline = response.content_type in INLINE
    response.headers["Content-Disposition"] = "inline" if inline else "attachment"
    response.headers["Content-Security-Policy"] = POLICY_OF_FILES
    response.headers["Cache-Control"] = f"private, max-age={LIFE_SECONDS}"
    return response


def media_seen(item_id: uuid.UUID, actor: Actor) -> Media | None:
    """The media of an item as this actor may fetch it; None where there is none, or none any more."""
    session = request_session()
    item = session.get(Item, item_id)
    if item is None:
        return media_of_masked(session, actor, item_id) or media_of_practice(session, actor, item_id)
    return media_of_item(session, item) if may_see(session, actor, item.id) else None


def asked_part(length: int) -> tuple[int, int] | None:
    """The one part of the bytes that is asked for (RFC 9110, 14); None for all of them. Aborts with 416."""
    asked = request.range
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return None
    found = asked.range_for_length(length)
    if found is None:
        raise RequestedRangeNotSatisfiable(length)
    return found


def chunks(stream: BinaryIO, start: int = 0, count: int | None = None) -> Iterator[bytes]:
    """So many bytes of a stream from `start` on, piece by piece; it is closed at the end."""
    try:
        # Read and passed over: not every storage's stream can jump.
        while start and (passed := stream.read(min(_CHUNK, start))):
            start -= len(passed)
        while count is None or count > 0:
            chunk = stream.read(_CHUNK if count is None else min(_CHUNK, count))
            if not chunk:
                return
            count = None if count is None else count - len(chunk)
            yield chunk
    finally:
        stream.close()
