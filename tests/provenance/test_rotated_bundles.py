"""A bundle across a change of the log's key: proven from the key that one kept, and refused where a key is missing."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import offline
from marketplace.audit.keychain import state_rotation
from marketplace.audit.models import AuditEvent
from marketplace.audit.notes import Signer, sign_note
from marketplace.audit.queries import latest_checkpoint
from marketplace.audit.receipts import give_receipt
from marketplace.audit.rotating import rotate
from marketplace.audit.sealing import seal
from marketplace.kernel.canonical import canonical_bytes
from marketplace.provenance.bundle_scopes import Chosen
from marketplace.provenance.bundling import make_bundle
from tests.audit.parts import ACTOR, SIGNER, note, seal_all
from tests.builders.settlement import accept, hand_in, make_chain

NEW = Signer(SIGNER.name, Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32))
OTHER = Signer(SIGNER.name, Ed25519PrivateKey.from_private_bytes(bytes([2]) * 32))


def test_a_bundle_across_a_change_of_the_key_is_proven_from_either_key(session: Session) -> None:
    chain = make_chain(session)
    handed = hand_in(session, chain)
    seal_all(session)
    older = latest_checkpoint(session)
    assert older is not None
    accept(session, chain, handed)
    seal_all(session)
    rotate(session, ACTOR, SIGNER, NEW)
    note(session)
    assert seal(session, NEW) is not None
    content = make_bundle(session, handed.worker, NEW, Chosen(handed.answer_ids), older.tree_size)
    for key in (SIGNER, NEW):
        lines, wrong = offline.verify(content, key.verifier.to_text(), older.note)
        assert wrong is None, wrong
        assert any(f"the key was changed to {NEW.verifier.key_id.hex()}" in line for _, line in lines)
    _, wrong = offline.verify(content, OTHER.verifier.to_text())
    assert wrong is not None
    # Without the statement, or signed by the old key after the change, it is nobody's.
    _, wrong = offline.verify(
        make_bundle(session, handed.worker, SIGNER, Chosen(handed.answer_ids)), SIGNER.verifier.to_text()
    )
    assert wrong is not None
    assert "not signed by" in wrong
    told = json.loads(content)
    told["log"]["rotations"] = []
    _, wrong = offline.verify(canonical_bytes(told) + b"\n", SIGNER.verifier.to_text())
    assert wrong is not None


@pytest.mark.parametrize("signer", [SIGNER, NEW, OTHER], ids=["old", "new", "another"])
def test_a_change_that_one_key_signed_is_refused(signer: Signer) -> None:
    text = state_rotation(SIGNER, NEW, 4).partition("\n\n")[0] + "\n"
    with pytest.raises(offline.Wrong, match="not signed by"):
        offline.read_rotation(sign_note(text, signer))
    assert offline.read_rotation(sign_note(text, NEW, SIGNER))[2] == 4


def test_a_receipt_by_an_old_key_is_kept_after_the_change(session: Session) -> None:
    chain = make_chain(session)
    handed = hand_in(session, chain)
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "claim.created")).one()
    receipt = give_receipt(session, SIGNER, event).note
    seal_all(session)
    rotate(session, ACTOR, SIGNER, NEW)
    content = make_bundle(session, handed.worker, NEW, Chosen(handed.answer_ids))
    lines, wrong = offline.verify(content, NEW.verifier.to_text(), receipts=[receipt])
    assert wrong is None, wrong
    assert any("was kept: it is leaf" in line for _, line in lines)
    stranger = give_receipt(session, OTHER, event).note
    assert offline.verify(content, NEW.verifier.to_text(), receipts=[stranger])[1] is not None
