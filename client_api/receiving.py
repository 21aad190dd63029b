"""Receiving an upload: its report is begun before the first row is read, and ended whatever becomes of the rows."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from client_api.request import actor, session
from client_api.uploads import Body
from client_api.views import With
from marketplace.intake import uploads
from marketplace.jobs.items import AddResult, OnError
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.web.database import transactions


def receive(job_id: UUID, body: Body, form: str, on_error: OnError, add: Callable[[AddResult], None]) -> With:
    """Let `add` read the body and add its rows in the request's transaction; answers what became of them.

    A refusal goes on to the caller with the id of the upload in its data. Where the connection or the server breaks,
    nothing is added, and the upload is found broken.
    """
    # Who is asking has been found out, and nothing else has happened in this request yet.
    session().commit()
    with transactions() as own:
        upload = uploads.begin_upload(own, actor(), job_id, form=form, packed=body.packed, on_error=on_error)
    uploads.hold_upload(session(), upload.id)
    result = AddResult()
    try:
        add(result)
        uploads.note_added(session(), upload.id, _receipt(body), result)
    except Exception as error:
        session().rollback()
        refusal = error if isinstance(error, DomainError) else None
        with transactions() as own:
            uploads.note_refused(own, upload.id, _receipt(body), result, refusal)
        if refusal is not None:
            refusal.data["upload_id"] = public("upload", upload.id)
        raise
    return With(result, upload_id=upload.id)


def _receipt(body: Body) -> uploads.Receipt:
    return uploads.Receipt(body.received.bytes, body.received.sha256)
