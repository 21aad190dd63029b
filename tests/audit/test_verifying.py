"""Tampering as a superuser with the triggers off: the verifier finds it and names it."""

import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.audit.events import leaf_data
from marketplace.audit.merkle import leaf_hash, node_hash
from marketplace.audit.notes import Signer, TreeHead, sign_note
from marketplace.audit.verifying import verify
from marketplace.kernel.ids import public
from tests.audit.parts import NOTED, SIGNER, SIZE, Log


def test_an_untouched_log_is_proven_whole(log: Log) -> None:
    report = log.verify()
    assert report.ok
    assert (report.tree_size, report.events_proven, report.checkpoints_proven, report.pending) == (SIZE, SIZE, 4, 2)
    assert (report.bodies_recomputed, report.bodies_not_recomputable) == (0, SIZE)
    assert report.lines()[-1] == "nothing was altered"


def test_an_empty_log_is_proven(session: Session) -> None:
    report = verify(session, SIGNER.verifier)
    assert (report.ok, report.tree_size, report.pending) == (True, 0, 0)


def test_a_changed_body_is_found_and_named(log: Log) -> None:
    body = log.body(6).replace(b"note 6", b"note 9")
    log.tamper("UPDATE audit_event SET body = :body WHERE id = :id", body=body, id=log.events[6])
    assert log.found() == (
        f"audit_event {log.event(6)}: altered after it was sealed as leaf 6: its data is not what was sealed"
    )
    report = log.verify()
    assert (report.events_proven, report.tree_size) == (6, SIZE)
    assert report.lines()[-1].startswith("ALTERED: audit_event evt_")


def test_a_body_that_is_no_json_any_more_is_found(log: Log) -> None:
    log.tamper("UPDATE audit_event SET body = 'x' WHERE id = :id", id=log.events[0])
    assert log.found().endswith("its body is no longer canonical JSON")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "'item.lost'"),
        ("subject_noun", "'stone'"),
        ("subject_id", "uuid7()"),
        ("at", "at + interval '1 second'"),
    ],
)
def test_a_column_that_differs_from_its_body_is_found(log: Log, column: str, value: str) -> None:
    log.tamper(f"UPDATE audit_event SET {column} = {value} WHERE id = :id", id=log.events[4])
    found = log.found()
    assert found.startswith(f"audit_event {log.event(4)}: {column.partition('_')[0]} is ")
    assert "in its column" in found


def test_a_changed_leaf_is_found_and_told_from_its_event(log: Log) -> None:
    log.tamper("UPDATE audit_leaf SET hash = sha256('x') WHERE number = 4")
    assert log.found() == (
        f"audit_leaf 4: its hash was altered; the event {log.event(4)} it stands for is as it was sealed"
    )


def test_an_event_rewritten_together_with_its_leaf_is_found(log: Log) -> None:
    log.rewrite(4)
    assert log.found() == (
        "audit_leaf 4 to 5: one of them was rewritten together with its event; "
        "the signed head has another hash over them"
    )


def test_an_event_rewritten_with_its_leaf_and_the_node_above_is_found(log: Log) -> None:
    left = log.rewrite(4)
    right = leaf_hash(leaf_data(log.body(5)))
    log.tamper("UPDATE audit_node SET hash = :hash WHERE (level, position) = (1, 2)", hash=node_hash(left, right))
    # Leaf 4 stands under the head of size 6, whose signature nobody can forge.
    assert log.found() == "audit_leaf 3 to 5: rewritten with their events and nodes; the signed head differs"


def test_a_changed_node_is_found_and_told_from_its_leaves(log: Log) -> None:
    log.tamper("UPDATE audit_node SET hash = sha256('x') WHERE (level, position) = (2, 1)")
    assert log.found() == (
        "audit_node level 2 position 1: its hash was altered; the leaves below it are as they were sealed"
    )


def test_a_missing_node_is_found(log: Log) -> None:
    log.tamper("DELETE FROM audit_node WHERE (level, position) = (1, 0)")
    assert log.found() == "audit_node level 1 position 0: it is missing"


def test_a_changed_head_is_found(log: Log) -> None:
    log.tamper("UPDATE audit_checkpoint SET note = replace(note, E'\\n6\\n', E'\\n7\\n') WHERE tree_size = 6")
    assert log.found() == ("audit_checkpoint 6: altered: the signature by example.com/log does not fit the text")


def test_a_head_whose_columns_differ_from_its_note_is_found(log: Log) -> None:
    log.tamper("UPDATE audit_checkpoint SET root_hash = sha256('x') WHERE tree_size = 11")
    assert log.found() == "audit_checkpoint 11: its columns differ from the note that was signed"


def test_a_head_signed_by_another_key_is_found(log: Log) -> None:
    forger = Signer(SIGNER.name, Ed25519PrivateKey.generate())
    forged = sign_note(TreeHead(SIGNER.name, 11, bytes(32)).to_text(), forger)
    log.tamper(
        "UPDATE audit_checkpoint SET note = :note, root_hash = :r WHERE tree_size = 11", note=forged, r=bytes(32)
    )
    assert log.found().startswith("audit_checkpoint 11: altered: not signed by example.com/log")


def test_the_last_leaf_removed_is_found(log: Log) -> None:
    log.tamper("DELETE FROM audit_leaf WHERE number = 10")
    assert log.found() == "audit_leaf 10: it is missing"


def test_the_last_head_removed_is_found(log: Log) -> None:
    log.tamper("DELETE FROM audit_checkpoint WHERE tree_size = 11")
    assert log.found() == "audit_leaf 9: no signed head covers it: a head was removed, or the leaf was added"


def test_the_last_leaves_removed_with_their_head_leave_events_that_tell(log: Log) -> None:
    log.tamper("DELETE FROM audit_checkpoint WHERE tree_size = 11")
    log.session.execute(text("DELETE FROM audit_leaf WHERE number >= 9"))
    log.session.execute(text("DELETE FROM audit_node WHERE (position + 1) << level > 9"))
    assert log.found() == (f"audit_event {log.event(9)}: it is neither sealed nor waiting: its leaf was removed")


def test_a_node_left_over_from_removed_leaves_is_found(log: Log) -> None:
    log.tamper("DELETE FROM audit_checkpoint WHERE tree_size = 11")
    log.session.execute(text("DELETE FROM audit_leaf WHERE number >= 9"))
    assert log.found() == "audit_node level 1 position 4: it is outside the signed tree"


def test_a_removed_event_is_found(log: Log) -> None:
    log.tamper("DELETE FROM audit_event WHERE id = :id", id=log.events[2])
    assert log.found() == f"audit_event {log.event(2)}: it is missing; leaf 2 stands for it"


def test_a_waiting_row_removed_or_made_up_is_found(log: Log) -> None:
    log.tamper("DELETE FROM audit_pending WHERE event_id = :id", id=log.events[11])
    assert log.found().startswith(f"audit_event {log.event(11)}: it is neither sealed nor waiting")
    log.tamper("INSERT INTO audit_pending VALUES (now(), :id)", id=log.events[11])
    log.tamper("INSERT INTO audit_pending VALUES (now(), :id)", id=log.events[0])
    assert log.found() == f"audit_pending {log.event(0)}: its event is sealed already"
    log.tamper("UPDATE audit_pending SET event_id = :new WHERE event_id = :id", new=log.subjects[0], id=log.events[0])
    assert log.found() == f"audit_pending {public('event', log.subjects[0])}: its event is missing"


def test_the_first_of_two_altered_records_is_named(log: Log) -> None:
    log.tamper("UPDATE audit_leaf SET hash = sha256('x') WHERE number = 8")
    log.tamper("UPDATE audit_event SET kind = 'item.lost' WHERE id = :id", id=log.events[3])
    assert log.found().startswith(f"audit_event {log.event(3)}: kind is 'item.lost' in its column")


def test_when_event_leaf_and_head_all_differ_nobody_is_accused_wrongly(log: Log) -> None:
    log.tamper("UPDATE audit_event SET body = 'x' WHERE id = :id", id=log.events[1])
    log.tamper("UPDATE audit_leaf SET hash = sha256('x') WHERE number = 1")
    assert log.found() == (
        f"audit_event {log.event(1)}: it differs from leaf 1, and neither of them leads to the signed head"
    )


def live_notes(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the events live rows, which say what was sealed."""
    log.session.execute(text("CREATE TEMPORARY TABLE live_note (id uuid, note text, count bigint) ON COMMIT DROP"))
    for number, subject in enumerate(log.subjects[:SIZE]):
        log.session.execute(
            text("INSERT INTO live_note VALUES (:id, :note, 1)"), {"id": subject, "note": f"note {number}"}
        )

    def recompute(session: Session, ids: list[uuid.UUID]) -> Mapping[uuid.UUID, Mapping[str, Any] | None]:
        rows = session.execute(text("SELECT id, note, count FROM live_note WHERE id = ANY(:ids)"), {"ids": ids})
        return {row.id: None if row.note == "purged" else {"note": row.note, "count": row.count} for row in rows}

    monkeypatch.setattr("marketplace.audit.recording._RECOMPUTERS", {(NOTED.kind, NOTED.version): recompute})


def test_bodies_that_follow_from_the_live_rows_are_counted(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    live_notes(log, monkeypatch)
    log.tamper("UPDATE live_note SET note = 'purged' WHERE note = 'note 3'")
    report = log.verify()
    assert report.ok
    assert (report.bodies_recomputed, report.bodies_not_recomputable) == (SIZE - 1, 1)


def test_a_live_row_that_was_altered_is_found_and_named(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    live_notes(log, monkeypatch)
    log.tamper("UPDATE live_note SET count = 1000 WHERE note = 'note 7'")
    log.tamper("UPDATE live_note SET count = 1000 WHERE note = 'note 9'")
    assert log.found() == (
        f"item {public('item', log.subjects[7])}: altered after event {log.event(7)} (leaf 7) recorded it: "
        "/count was sealed as 1 and is 1000 in the live rows"
    )
    assert log.verify().events_proven == 7


def test_a_live_row_that_is_gone_is_found(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    live_notes(log, monkeypatch)
    log.tamper("DELETE FROM live_note WHERE note = 'note 2'")
    assert log.found().endswith(f"it is gone, though event {log.event(2)} (leaf 2) recorded it")


def test_an_altered_live_row_is_named_before_a_later_leaf(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    live_notes(log, monkeypatch)
    log.tamper("UPDATE live_note SET note = 'lie' WHERE note = 'note 2'")
    log.tamper("UPDATE audit_leaf SET hash = sha256('x') WHERE number = 3")
    assert log.found().startswith(f"item {public('item', log.subjects[2])}: altered")


def test_a_changed_body_says_what_differs_where_live_rows_can_tell(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    live_notes(log, monkeypatch)
    body = log.body(6).replace(b"note 6", b"note 9")
    log.tamper("UPDATE audit_event SET body = :body WHERE id = :id", body=body, id=log.events[6])
    assert log.found() == (
        f"audit_event {log.event(6)}: altered after it was sealed as leaf 6: "
        "/note says 'note 9', the live rows say 'note 6'"
    )
