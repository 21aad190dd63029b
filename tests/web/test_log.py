"""What anybody may read of the log's keys at /log/keys, and what /readyz says of the log."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from sqlalchemy.orm import Session

from marketplace.audit.errors import LOG_BEHIND, LOG_INCONSISTENT
from marketplace.audit.keychain import KeyChain
from marketplace.audit.keys import load_signer
from marketplace.audit.models import AuditWalk
from marketplace.audit.notes import Signer
from marketplace.audit.rotating import rotate
from marketplace.audit.sealing import seal
from marketplace.db.clock import real_now
from marketplace.operations.sweep_runs import note_run
from marketplace.web.context import KEY
from marketplace.web.health import SEALING
from tests.audit.parts import ACTOR, note
from tests.builders.web import Browser


def test_who_knows_an_old_key_of_the_log_can_follow_the_changes_to_the_new_one(
    session: Session, app: Flask, browser: Browser
) -> None:
    newest = load_signer(app.extensions[KEY].settings)
    assert browser.get("/log/keys").get_json() == {"key": newest.verifier.to_text(), "rotations": []}
    older = [Signer(newest.name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)) for seed in (1, 2)]
    note(session)
    seal(session, older[0])
    rotate(session, ACTOR, older[0], older[1])
    rotate(session, ACTOR, older[1], newest)
    told = browser.get("/log/keys").get_json()
    assert told["key"] == browser.get("/log/key").text.strip() == newest.verifier.to_text()
    followed = KeyChain.of(told["rotations"], newest.verifier).rotations
    assert [one.old.to_text() for one in followed] == [one.verifier.to_text() for one in older]


def of_log(browser: Browser) -> tuple[int, str, str]:
    """The status of /readyz, and the state and the text of what it says of the log."""
    answer = browser.get("/readyz")
    part = answer.get_json()["checks"]["log"]
    return answer.status_code, part["state"], part["text"]


def walked(session: Session, finding: str | None) -> str:
    """A walk over the log came to its end; returns its day."""
    walk = AuditWalk(ended_at=real_now(session), finding=finding)
    session.add(walk)
    session.flush()
    session.refresh(walk)
    return f"{walk.began_at:%Y-%m-%d}"


def test_readiness_tells_of_the_last_walk_over_the_log_but_not_what_was_altered(
    session: Session, browser: Browser
) -> None:
    assert of_log(browser) == (200, "ok", "The log was not walked yet.")
    day = walked(session, None)
    assert of_log(browser) == (200, "ok", f"The walk over the log of {day} found nothing altered.")
    day = walked(session, "audit_event 7: a secret")
    found = f"The walk over the log of {day} found an altered record. See: piecework audit verify"
    assert of_log(browser) == (200, "warning", found)


@pytest.mark.parametrize(
    ("refused", "text"),
    [
        (
            LOG_BEHIND.slug,
            "The sealer refuses to sign: the log does not reach to a head kept outside. See: docs/log.md",
        ),
        (
            LOG_INCONSISTENT.slug,
            "The sealer refuses to sign: the log contradicts itself. See: piecework audit verify",
        ),
    ],
)
def test_a_sealer_that_refuses_makes_the_service_unready_until_it_signs_again(
    session: Session, browser: Browser, refused: str, text: str
) -> None:
    note_run(session, SEALING, milliseconds=5, rows=0, error=f"{refused} in seal")
    assert of_log(browser) == (503, "failed", text)
    note_run(session, SEALING, milliseconds=5, rows=0, error="OperationalError in seal")
    assert of_log(browser)[:2] == (200, "ok"), "any other failure is told by the sealer's lag"
    note_run(session, SEALING, milliseconds=5, rows=0, error=f"{refused} in seal")
    note_run(session, SEALING, milliseconds=5, rows=1)
    assert of_log(browser)[:2] == (200, "ok")
