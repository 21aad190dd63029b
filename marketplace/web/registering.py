"""Putting the shared glue into an application, before the faces."""

import hashlib
from pathlib import Path

from flask import Flask, url_for
from flask_babel import get_locale

from marketplace.web import (
    compressing,
    csrf,
    errors,
    export_files,
    formatting,
    headers,
    health,
    hooks,
    invitations,
    kept_book_files,
    landing,
    languages,
    limits,
    log,
    looking,
    media,
    meters,
    metrics,
    request_ids,
    sign_up,
    verifying,
)
from marketplace.web.auth import find_actor
from marketplace.web.context import AppContext, get_context, set_context
from marketplace.web.cookies import FORM_COOKIE, FormSessions
from marketplace.web.database import db
from marketplace.web.documenting import page as documentation
from marketplace.web.faces import PAGE_FACES
from marketplace.web.looking import make_looking
from marketplace.web.passkeys import own_passkey_origin, passkey_origin
from marketplace.web.saying import said
from marketplace.web.sign_in import make_sign_in

FORM_BYTES_MAX = 4 * 1024 * 1024
STATIC_SECONDS = 365 * 24 * 3600


def register(app: Flask, context: AppContext) -> None:
    """Configure the application and add everything the faces share. Called once, before any face registers."""
    set_context(app, context)
    app.config.update(
        SECRET_KEY=context.secret_key,
        SESSION_COOKIE_NAME=FORM_COOKIE,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_FORM_MEMORY_SIZE=FORM_BYTES_MAX,
        SEND_FILE_MAX_AGE_DEFAULT=STATIC_SECONDS,
        SQLALCHEMY_DATABASE_URI=context.database_url,
    )
    app.session_interface = FormSessions()
    # Whatever the core says is put into the page's language where it is written into the page, and nowhere else.
    app.jinja_options = {**app.jinja_options, "trim_blocks": True, "lstrip_blocks": True, "finalize": said}
    meters.register(app)
    db.init_app(app)
    request_ids.register(app)
    headers.register(app)
    compressing.register(app)
    limits.register(app)
    errors.register(app)
    looking.register(app)
    csrf.register(app)
    languages.register(app)
    formatting.register(app)
    for blueprint in (
        landing.blueprint,
        health.blueprint,
        metrics.blueprint,
        hooks.blueprint,
        log.blueprint,
        media.blueprint,
        invitations.blueprint,
        sign_up.blueprint,
    ):
        app.register_blueprint(blueprint)
    for face in PAGE_FACES.values():
        app.register_blueprint(make_sign_in(face))
        app.register_blueprint(make_looking(face))
    app.register_blueprint(export_files.blueprint)
    app.register_blueprint(kept_book_files.blueprint)
    app.register_blueprint(verifying.blueprint)
    app.register_blueprint(documentation.blueprint)
    _add_to_templates(app)


def _add_to_templates(app: Flask) -> None:
    versions: dict[str, str] = {}

    def static_file(name: str, face: str = "web") -> str:
        """The address of a static file with its content's digest: kept for ever, fresh at once when changed.

        `face` is the blueprint that holds it, by default the one with what all faces share.
        """
        kept = f"{face}/{name}"
        if kept not in versions or app.debug:
            content = (Path(app.blueprints[face].static_folder or "") / name).read_bytes()
            versions[kept] = hashlib.sha256(content).hexdigest()[:12]
        return url_for(f"{face}.static", filename=name, v=versions[kept])

    @app.context_processor
    def values() -> dict[str, object]:
        return {
            "static_file": static_file,
            "actor": find_actor,
            "locale": get_locale(),
            "passkey_origin": passkey_origin,
            "own_passkey_origin": own_passkey_origin,
            "development": get_context().read_mail is not None,
        }
