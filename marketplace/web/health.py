"""/healthz says that the process answers, /readyz that it can do its work, each part in words."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from marketplace.audit.errors import LOG_BEHIND, LOG_INCONSISTENT
from marketplace.audit.keychain import stored_forks
from marketplace.audit.notes import NoteError
from marketplace.audit.queries import pending_age_seconds
from marketplace.db.migrate import head
from marketplace.ledger.coverage import newest
from marketplace.ledger.daily_checking import newest_check
from marketplace.logs import get_logger
from marketplace.operations.sweep_models import SweepRun
from marketplace.provenance.self_audit import newest_walk
from marketplace.rails.freezing import current_freeze
from marketplace.web.context import get_context
from marketplace.web.database import request_session
from marketplace.web.guard import public

SEALED_WITHIN_SECONDS = 60
_KEY = "piecework.checks"
SEALING = "seal_audit_log"
_REFUSALS = {
    LOG_BEHIND.slug: "The sealer refuses to sign: the log does not reach to a head kept outside. See: docs/log.md",
    LOG_INCONSISTENT.slug: "The sealer refuses to sign: the log contradicts itself. See: piecework audit verify",
}
log = get_logger(__name__)
blueprint = Blueprint("health", __name__)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was looked at; a warning does not make the service unready."""

    name: str
    state: str  # ok, warning, failed
    text: str


def add_check(app: Flask, check: Callable[[], Part]) -> None:
    """Let a part of the service that stands above this one say at /readyz how it is."""
    app.extensions.setdefault(_KEY, []).append(check)


@blueprint.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Database, migrations, sealer, payouts, roles; 503 when one of them fails."""
    parts = readiness(request_session())
    failed = any(part.state == "failed" for part in parts)
    body = {
        "status": "failed" if failed else "ok",
        "checks": {part.name: {"state": part.state, "text": part.text} for part in parts},
    }
    return jsonify(body), HTTPStatus.SERVICE_UNAVAILABLE if failed else HTTPStatus.OK


def readiness(session: Session) -> list[Part]:
    """What was found, part by part; stops at a database that does not answer."""
    try:
        parts = [_migrations(session), _sealer(session)]
        if parts[0].state == "ok":
            parts += [_log(session), _forks(session), _payouts(session), _coverage(session), _books(session)]
    except SQLAlchemyError as error:
        session.rollback()
        log.warning("not_ready", problem=type(error).__name__)
        return [Part("database", "failed", "The database does not answer.")]
    settings = get_context().settings
    if settings.allow_one_role:
        parts.append(
            Part("roles", "warning", "One database role owns and serves: the program itself could change the log.")
        )
    else:
        parts.append(Part("roles", "ok", "The serving role does not own the tables."))
    above = [check() for check in current_app.extensions.get(_KEY, [])]
    return [Part("database", "ok", "The database answers."), *parts, *above]


def _migrations(session: Session) -> Part:
    known = session.scalar(text("SELECT version_num FROM alembic_version"))
    if known == head():
        return Part("migrations", "ok", f"The database stands at {known}.")
    return Part("migrations", "failed", f"The database stands at {known}, this program expects {head()}.")


def _coverage(session: Session) -> Part:
    found = newest(session)
    short = [f"{one.cash} for {one.owed}" for one in found.values() if not one.covered]
    if short:
        return Part("coverage", "warning", f"At the last daily look less was there than is owed: {', '.join(short)}.")
    return Part("coverage", "ok", "What is owed to clients and payees was covered at the last daily look.")


def _books(session: Session) -> Part:
    last = newest_check(session)
    if last is None:
        return Part("books", "ok", "The books were not checked yet.")
    if last.failed:
        failed = ", ".join(last.failed)
        return Part("books", "warning", f"On {last.day} these checks failed: {failed}. See: piecework ledger check")
    return Part("books", "ok", f"All {last.checks} checks of the books held on {last.day}.")


def _sealer(session: Session) -> Part:
    age = pending_age_seconds(session)
    if age <= SEALED_WITHIN_SECONDS:
        return Part("sealer", "ok", f"The oldest unsealed event is {age} s old.")
    return Part("sealer", "failed", f"Events have waited {age} s to be sealed; is the scheduler running?")


def _forks(session: Session) -> Part:
    try:
        forks = stored_forks(session)
    except NoteError:
        return Part("log_name", "warning", "The changes of the log's key were altered. See: piecework audit verify")
    if not forks:
        return Part("log_name", "ok", "The log has had one name.")
    # It stays a warning: whoever trusts the log must know, and nothing takes it back.
    return Part("log_name", "warning", f"{'; '.join(fork.told() for fork in forks)}. See: /log/forks")


def _log(session: Session) -> Part:
    sealing = session.get(SweepRun, SEALING)
    if sealing is not None and sealing.failed_at == sealing.ended_at and sealing.error is not None:
        kind = sealing.error.partition(" ")[0]
        if kind in _REFUSALS:
            return Part("log", "failed", _REFUSALS[kind])
    walk = newest_walk(session)
    if walk is None:
        return Part("log", "ok", "The log was not walked yet.")
    if walk.finding is not None:
        # Everybody may read this page: what was altered is told by the command.
        found = f"The walk over the log of {walk.began_at:%Y-%m-%d} found an altered record."
        return Part("log", "warning", f"{found} See: piecework audit verify")
    return Part("log", "ok", f"The walk over the log of {walk.began_at:%Y-%m-%d} found nothing altered.")


def _payouts(session: Session) -> Part:
    # Everybody may read this page: the reason is in the log of audit.
    if current_freeze(session) is None:
        return Part("payouts", "ok", "Payouts may be sent.")
    return Part("payouts", "warning", "Payouts are frozen until two people of finance let them be sent again")
