"""Changing the log's key: recorded under both keys, followed by whoever verifies, and nothing else is believed."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from marketplace.audit.keychain import KeyChain, read_rotation, state_rotation, stored_chain
from marketplace.audit.notes import NoteError, Signer, TreeHead, sign_note
from marketplace.audit.rotating import rotate
from marketplace.audit.sealing import seal
from marketplace.audit.verifying import verify
from marketplace.kernel.errors import DomainError
from tests.audit.parts import ACTOR, SIGNER, Log, note, note_many, seal_all

SECOND = Signer(SIGNER.name, Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))
THIRD = Signer(SIGNER.name, Ed25519PrivateKey.from_private_bytes(bytes([2]) * 32))


def rotated(session: Session) -> None:
    """Three leaves and the first change under the first key, two more and the second change under the second."""
    note_many(session, 3)
    seal_all(session)
    note(session)  # waits, and is sealed by the key that comes
    rotate(session, ACTOR, SIGNER, SECOND)
    note(session)
    seal(session, SECOND)
    rotate(session, ACTOR, SECOND, THIRD)
    note(session)
    seal(session, THIRD)


def test_a_log_is_proven_across_changes_of_its_key(session: Session) -> None:
    rotated(session)
    chain = stored_chain(session, THIRD.verifier)
    assert [rotation.tree_size for rotation in chain.rotations] == [4, 7]
    assert [chain.at(size) for size in (1, 4, 5, 7, 8)] == [
        one.verifier for one in (SIGNER, SIGNER, SECOND, SECOND, THIRD)
    ]
    report = verify(session, THIRD.verifier)
    assert report.ok, report.lines()
    assert (report.tree_size, report.checkpoints_proven) == (8, 5)


@pytest.mark.parametrize("signer", [SIGNER, SECOND], ids=["first", "second"])
def test_an_old_key_signs_nothing_any_more(session: Session, signer: Signer) -> None:
    rotated(session)
    note(session)
    with pytest.raises(DomainError, match="AUDIT_KEY_FILE does not hold the log's key"):
        seal(session, signer)
    assert str(verify(session, signer.verifier).finding).startswith("audit_event")


@pytest.mark.parametrize("signers", [(SIGNER,), (SECOND,), (SIGNER, THIRD)], ids=["old", "new", "another"])
def test_a_change_signed_by_one_key_only_is_refused(signers: tuple[Signer, ...]) -> None:
    text = state_rotation(SIGNER, SECOND, 4).partition("\n\n")[0] + "\n"
    with pytest.raises(NoteError, match="not signed by"):
        read_rotation(sign_note(text, *signers))
    assert read_rotation(sign_note(text, SECOND, SIGNER)).tree_size == 4


def test_statements_that_do_not_follow_one_another_are_no_chain() -> None:
    first, second = state_rotation(SIGNER, SECOND, 4), state_rotation(SECOND, THIRD, 7)
    assert KeyChain.of([first, second], THIRD.verifier).at(5) == SECOND.verifier
    for notes in (
        [second, first],
        [first, state_rotation(SIGNER, THIRD, 7)],
        [first, state_rotation(SECOND, THIRD, 4)],
    ):
        with pytest.raises(NoteError, match="do not follow"):
            KeyChain.of(notes, THIRD.verifier)
    with pytest.raises(NoteError, match="since 4 leaves"):
        KeyChain.of([first], THIRD.verifier)


def test_a_head_by_a_key_of_the_chain_outside_its_sizes_is_no_head(session: Session) -> None:
    rotated(session)
    chain = stored_chain(session, THIRD.verifier)
    for size, signer in ((8, SECOND), (5, SIGNER), (4, SECOND), (3, THIRD)):
        with pytest.raises(NoteError, match="not signed by"):
            chain.open(sign_note(TreeHead(SIGNER.name, size, bytes(32)).to_text(), signer))


def test_the_same_key_is_no_change(session: Session) -> None:
    with pytest.raises(NoteError, match="another key"):
        rotate(session, ACTOR, SIGNER, SIGNER)


def test_a_change_that_was_altered_is_found(log: Log) -> None:
    rotate(log.session, ACTOR, SIGNER, SECOND)
    body = (
        log.session.connection()
        .exec_driver_sql("SELECT id, body FROM audit_event WHERE kind = 'log_key.rotated'")
        .one()
    )
    forged = bytes(body.body).replace(SECOND.verifier.key_id.hex().encode(), THIRD.verifier.key_id.hex().encode())
    log.tamper("UPDATE audit_event SET body = :body WHERE id = :id", body=forged, id=body.id)
    found = str(verify(log.session, SECOND.verifier).finding)
    assert found.startswith("audit_event"), found
    assert "change of the log's key" in found
