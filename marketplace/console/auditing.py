"""The sealed log for those who may read all of it: its head, its events, an event's place in the tree."""

import json

from flask import render_template, request
from flask.typing import ResponseReturnValue

from marketplace.audit import queries
from marketplace.audit.anchoring import last_anchor
from marketplace.audit.errors import EVENT_NOT_SEALED
from marketplace.audit.keychain import stored_forks
from marketplace.audit.stamping import last_stamp
from marketplace.audit.words import words_of
from marketplace.console.blueprint import blueprint
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse
from marketplace.provenance.self_audit import newest_walk
from marketplace.web.auth import current_actor
from marketplace.web.database import request_session
from marketplace.web.guard import guarded


@blueprint.get("/audit")
@guarded("audit.read")
def audit_log() -> ResponseReturnValue:
    """The newest signed head and the sealed events, newest first."""
    session, actor = request_session(), current_actor()
    return render_template(
        "console/audit.html",
        checkpoint=queries.latest_checkpoint(session),
        anchored=last_anchor(session),
        stamp=last_stamp(session),
        walk=newest_walk(session),
        forks=stored_forks(session),
        pending=queries.pending_count(session),
        age=queries.pending_age_seconds(session),
        page=queries.events(session, actor, cursor=request.args.get("cursor")),
    )


@blueprint.get("/audit/<event>")
@guarded("audit.read")
def audit_event(event: str) -> ResponseReturnValue:
    """One event: its canonical body and the proof that it is in the log."""
    session, actor = request_session(), current_actor()
    row = queries.event(session, actor, parse("event", event))
    proof = None
    try:
        proof = queries.inclusion_proof(session, row.id)
    except DomainError as error:
        if error.spec is not EVENT_NOT_SEALED:
            raise
    body = json.loads(bytes(row.body))
    return render_template(
        "console/audit_event.html",
        event=row,
        body=json.dumps(body, indent=2, ensure_ascii=False),
        words=words_of(session, [row.id]).get(row.id, {}).values(),
        proof=proof,
    )
