"""What anybody may have of the log: its key, its newest signed head, the file that verifies; and bundles as files."""

from base64 import b64encode
from pathlib import Path
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.audit import offline
from marketplace.audit.keychain import stored_forks, stored_statements
from marketplace.audit.keys import load_signer
from marketplace.audit.queries import checkpoint as checkpoint_of
from marketplace.audit.queries import consistency_proof, latest_checkpoint
from marketplace.audit.stamping import last_stamp, stamp_of
from marketplace.audit.tiles import read_path, tile_bytes
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import public as public_id
from marketplace.provenance.bundle_scopes import Chosen
from marketplace.provenance.bundling import MEDIA_TYPE, make_bundle
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


@blueprint.get("/forks")
@public
def forks() -> ResponseReturnValue:
    """The declared forks of the log, oldest first: under which name it goes on after how many leaves, and which signed
    heads are abandoned; each with its statement, which the old key and the new signed.
    """
    return {
        "forks": [
            {
                "from": fork.old.name,
                "to": fork.new.name,
                "tree_size": fork.tree_size,
                "agreed": fork.agreed,
                "abandoned": [head.short for head in fork.abandoned],
                "statement": fork.note,
            }
            for fork in stored_forks(request_session())
        ]
    }


@blueprint.get("/checkpoint")
@public
def checkpoint() -> ResponseReturnValue:
    """The newest signed head, or that of `size`: whoever keeps it can prove later that nothing before was changed."""
    size = log_size("size")
    head = latest_checkpoint(request_session()) if size is None else checkpoint_of(request_session(), size)
    if head is None:
        abort(404)
    return _text(head.note, f"checkpoint-{head.tree_size}.txt")


@blueprint.get("/timestamp")
@public
def timestamp() -> ResponseReturnValue:
    """The newest time stamp (RFC 3161, DER) of a signed head, or that of `size`: over the bytes of the head's note.

    `Link` names the head.
    """
    size = log_size("size")
    found = last_stamp(request_session()) if size is None else stamp_of(request_session(), size)
    if found is None:
        abort(404)
    response = Response(found.token, mimetype="application/timestamp-token")
    response.headers["Content-Disposition"] = f'attachment; filename="timestamp-{found.tree_size}.der"'
    response.headers["Link"] = f'<{url_for("log.checkpoint", size=found.tree_size, _external=True)}>; rel="describes"'
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/verify.py")
@public
def verify_py() -> ResponseReturnValue:
    """The file that proves or refutes a bundle; it needs Python and the package cryptography."""
    return _text(Path(offline.__file__).read_text(encoding="utf-8"), "piecework_verify.py")


@blueprint.get("/consistency")
@public
def consistency() -> ResponseReturnValue:
    """That the tree under the signed head of `first` leaves begins that under the head of `second`, or the newest.

    Text: the two sizes, then a hash a line in base64, as the proofs of RFC 6962 (2.1.2).
    """
    session = request_session()
    head = latest_checkpoint(session)
    if head is None:
        abort(404)
    proof = consistency_proof(session, log_size("first") or 0, log_size("second") or head.tree_size)
    lines = [
        str(proof.first.tree_size),
        str(proof.second.tree_size),
        *(b64encode(one).decode() for one in proof.hashes),
    ]
    return _text("".join(f"{line}\n" for line in lines), f"consistency-{lines[0]}-{lines[1]}.txt")


@blueprint.get("/tile/<path:path>")
@public
def tile(path: str) -> ResponseReturnValue:
    """A tile of the tree's hashes, as C2SP's tlog-tiles names it: `0/x001/x234/067`, `0/003.p/17`."""
    wanted = read_path(path)
    content = None if wanted is None else tile_bytes(request_session(), wanted)
    if content is None:
        abort(404)
    response = Response(content, mimetype="application/octet-stream")
    # A hash never changes once it is there, nor does a partial tile: it is named by its width.
    response.headers["Cache-Control"] = "public, max-age=604800, immutable"
    return response


def bundle_file(actor: Actor, chosen: Chosen, name: str) -> Response:
    """A bundle as a download, for a page of a face; `since` in the address is the size of a checkpoint one kept."""
    return bundle_response(actor, chosen, name, log_size("since"))


def bundle_response(actor: Actor, chosen: Chosen, name: str, since: int | None) -> Response:
    """A bundle as a file; where there are more answers, `Link` names the address of the next, which begins `after`."""
    signer = load_signer(get_context().settings)
    content = make_bundle(request_session(), actor, signer, chosen, since)
    response = Response(content, content_type=MEDIA_TYPE)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    response.headers["Cache-Control"] = "private, no-store"
    if chosen.after is not None:
        query = urlencode({**request.args.to_dict(), "after": public_id("answer", chosen.after)})
        response.headers["Link"] = f'<{request.base_url}?{query}>; rel="next"'
    return response


def log_size(name: str) -> int | None:
    """A number of leaves from the address, None where it has none; raises invalid."""
    told = request.args.get(name, "").strip()
    if told and not (told.isdecimal() and told.isascii() and len(told) <= _SIZE_DIGITS_MAX):
        message = "The number of leaves in the second line of a checkpoint."
        raise INVALID.error(message, errors=[FieldError(f"/{name}", "not_a_size", message)])
    return int(told) if told else None


def _text(text: str, name: str) -> Response:
    response = Response(text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    response.headers["Cache-Control"] = "no-cache"
    return response
