"""Receipts: kept when the promised leaf is in the log, broken when its time is over and it is not."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit import offline
from marketplace.audit.models import AuditEvent, AuditLeaf
from marketplace.audit.notes import sign_note
from marketplace.audit.receipts import FORMAT, PROMISE, Receipt, give_receipt
from tests.audit.parts import SIGNER, note, note_many, seal_all

KEY = offline.read_key(SIGNER.verifier.to_text())


def receipt_for(session: Session) -> Receipt:
    return give_receipt(session, SIGNER, session.get_one(AuditEvent, note(session, "mine")))


def leaves(session: Session) -> bytes:
    return b"".join(bytes(one) for one in session.scalars(select(AuditLeaf.hash).order_by(AuditLeaf.number)))


def promise(receipt: Receipt, *, leaf: str, by: str) -> str:
    """As a log that will not keep it would sign it."""
    lines = receipt.note.split("\n")
    lines[3], lines[5] = leaf, by
    return sign_note("\n".join(lines[:6]) + "\n", SIGNER)


def test_a_receipt_is_a_signed_promise_of_a_minute(session: Session) -> None:
    receipt = receipt_for(session)
    read = offline.read_receipt(receipt.note, KEY)
    assert read.leaf == receipt.leaf_hash.hex()
    assert receipt.included_by - receipt.issued_at == PROMISE
    assert receipt.note.startswith(f"{FORMAT}\n{SIGNER.name}\n{read.event}\n")
    with pytest.raises(offline.Wrong):
        offline.read_receipt(receipt.note.replace("Z\n", "1Z\n", 1), KEY)
    with pytest.raises(offline.Wrong):
        offline.read_checkpoint(receipt.note, KEY)


def test_a_promise_is_kept_by_the_leaf_and_by_no_other(session: Session) -> None:
    note_many(session, 6)
    receipt = receipt_for(session)
    note_many(session, 6)
    (head,) = seal_all(session)
    with pytest.raises(offline.Wrong, match="is no receipt"):
        offline.check_leaves(leaves(session), head.note, KEY, [head.note])
    lines = offline.check_leaves(leaves(session), head.note, KEY, [receipt.note])
    assert lines[0] == ("proven", "these are all 13 leaves of the checkpoint")
    assert "was kept: it is leaf" in lines[1][1]
    with pytest.raises(offline.Wrong, match="not the 13 leaves"):
        offline.check_leaves(leaves(session)[32:] + bytes(32), head.note, KEY, [receipt.note])


def test_a_promise_is_broken_when_its_time_is_over_and_the_event_is_not_in_the_log(session: Session) -> None:
    receipt = receipt_for(session)
    (head,) = seal_all(session)
    over = promise(receipt, leaf="ab" * 32, by="2020-01-01T00:00:00.000000Z")
    with pytest.raises(offline.Wrong, match=r"broken: evt_\w+ was promised by 2020"):
        offline.check_leaves(leaves(session), head.note, KEY, [over])
    waits = promise(receipt, leaf="ab" * 32, by="2999-01-01T00:00:00.000000Z")
    assert offline.check_leaves(leaves(session), head.note, KEY, [waits])[1][0] == "not sealed yet"
