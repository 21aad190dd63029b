"""What anybody may have of the log: its key, its newest signed head, the file that verifies; and bundles as files."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from marketplace.audit import offline
from marketplace.audit.keychain import stored_statements
from marketplace.audit.keys import load_signer
from marketplace.audit.queries import latest_checkpoint
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.provenance.bundling import make_bundle
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.guard import public

blueprint = Blueprint("log", __name__, url_prefix="/log")
_SIZE_DIGITS_MAX = 18


@blueprint.get("/key")
@public
def key() -> ResponseReturnValue:
    """The log's key, as one line: whoever wrote it down once can tell another log from this one."""
    return _text(load_signer(get_context().settings).verifier.to_text() + "\n", "key.txt")


@blueprint.get("/keys")
@public
def keys() -> ResponseReturnValue:
    """The key that signs now, and the statement of each change before it, which both its keys signed; oldest first."""
    statements = [statement for _, statement in stored_statements(request_session())]
    return {"key": load_signer(get_context().settings).verifier.to_text(), "rotations": statements}


@blueprint.get("/checkpoint")
@public
def checkpoint() -> ResponseReturnValue:
    """The newest signed head: whoever keeps it can prove later that nothing before it was changed."""
    head = latest_checkpoint(request_session())
    if head is None:
        abort(404)
    return _text(head.note, f"checkpoint-{head.tree_size}.txt")


@blueprint.get("/verify.py")
@public
def verify_py() -> ResponseReturnValue:
    """The file that proves or refutes a bundle; it needs Python and the package cryptography."""
    return _text(Path(offline.__file__).read_text(encoding="utf-8"), "piecework_verify.py")


def bundle_file(actor: Actor, answer_ids: Sequence[UUID], name: str) -> Response:
    """A bundle as a download, for a page of a face; `since` in the address is the size of a checkpoint one kept."""
    since = request.args.get("since", "").strip()
    if since and not (since.isdecimal() and len(since) <= _SIZE_DIGITS_MAX):
        message = "The number of leaves in the second line of the checkpoint that you kept."
        raise INVALID.error(message, errors=[FieldError("/since", "not_a_size", message)])
    signer = load_signer(get_context().settings)
    content = make_bundle(request_session(), actor, signer, answer_ids, int(since) if since else None)
    response = Response(content, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _text(text: str, name: str) -> Response:
    response = Response(text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Cache-Control"] = "no-cache"
    return response
