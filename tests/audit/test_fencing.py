"""What is kept outside the database: heads are anchored there, and a log that is behind them is not sealed."""

import datetime as dt
import json
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.anchoring import anchor, last_anchor
from marketplace.audit.anchors import AnchorDiffersError, AnchorError, name_of
from marketplace.audit.fencing import Fence
from marketplace.audit.models import AuditEvent
from marketplace.audit.notes import Signer, TreeHead, sign_note
from marketplace.audit.sealing import seal
from marketplace.gateways.anchor_stores import FolderAnchors
from marketplace.kernel.errors import DomainError
from tests.audit.parts import SIGNER, note, note_many, seal_all

ALWAYS = dt.timedelta(0)


def forged(size: int, signer: Signer = SIGNER) -> str:
    return sign_note(TreeHead(signer.name, size, bytes(32)).to_text(), signer)


@pytest.fixture
def store(tmp_path: Path) -> FolderAnchors:
    return FolderAnchors(tmp_path / "anchors")


def anchored(session: Session, store: FolderAnchors, every: dt.timedelta = ALWAYS) -> int:
    def transactions() -> AbstractContextManager[Session]:
        return nullcontext(session)

    return anchor(transactions, [store], every)


def test_the_newest_head_is_kept_and_told_by_an_event(session: Session, store: FolderAnchors) -> None:
    assert anchored(session, store) == 0
    note_many(session, 3)
    [head] = seal_all(session)
    assert anchored(session, store) == 1
    assert store.read(name_of(3)).decode() == head.note
    kept = last_anchor(session)
    assert kept is not None
    assert (kept.tree_size, kept.place) == (3, store.place)
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "checkpoint.anchored")).one()
    data = json.loads(event.body)["data"]
    assert (data["tree_size"], data["note"], data["places"]) == (3, head.note, [store.place])
    assert data["short"] == f"3-{head.root_hash.hex()[:16]}"


def test_a_log_that_grew_only_by_being_anchored_is_not_anchored_again(session: Session, store: FolderAnchors) -> None:
    note_many(session, 3)
    seal_all(session)
    assert anchored(session, store) == 1
    seal_all(session)
    assert anchored(session, store) == 0
    note(session)
    seal_all(session)
    assert anchored(session, store, dt.timedelta(hours=1)) == 0, "not before its time"
    assert anchored(session, store) == 1


def test_another_head_of_the_same_size_is_an_alarm(session: Session, store: FolderAnchors) -> None:
    note_many(session, 3)
    seal_all(session)
    store.put_once(name_of(3), forged(3).encode())
    with pytest.raises(AnchorDiffersError):
        anchored(session, store)
    assert last_anchor(session) is None


def test_a_log_behind_an_anchored_head_is_not_sealed(session: Session, store: FolderAnchors) -> None:
    note_many(session, 3)
    seal_all(session)
    store.put_once(name_of(9), forged(9).encode())
    note(session)
    with pytest.raises(DomainError, match="holds a log of 3 leaves; a checkpoint of 9 leaves is kept outside"):
        seal(session, SIGNER, known=Fence(stores=[store]).known(3))


def test_an_empty_database_beside_a_known_head_is_not_sealed(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.txt"
    file.write_text(forged(1))
    note(session)
    with pytest.raises(DomainError, match="holds a log of 0 leaves"):
        seal(session, SIGNER, known=Fence(file).known(0))


@pytest.mark.parametrize(
    ("kept", "said"),
    [
        (forged(2), "has another root: the log was rewritten"),
        (forged(2, Signer(SIGNER.name, Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32))), "is not of this log"),
        ("not a note", "is not of this log"),
    ],
    ids=["rewritten", "another-key", "rubbish"],
)
def test_a_log_that_contradicts_the_file_is_not_sealed(session: Session, tmp_path: Path, kept: str, said: str) -> None:
    note_many(session, 3)
    seal_all(session)
    file = tmp_path / "checkpoint.txt"
    file.write_text(kept)
    with pytest.raises(DomainError, match=said):
        seal(session, SIGNER, known=Fence(file).known(3))


def test_the_sealer_goes_on_from_the_file_that_it_keeps(session: Session, tmp_path: Path) -> None:
    fence = Fence(tmp_path / "kept" / "checkpoint.txt")
    for _ in range(3):
        note(session)
        head = seal(session, SIGNER, known=fence.known(0))
        assert head is not None
        fence.keep(head)
        assert fence.known(0) == [head.note]


def test_a_place_that_was_never_asked_stops_sealing_and_one_that_was_does_not(
    store: FolderAnchors, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_name: str, _limit: int) -> list[str]:
        raise AnchorError("away")

    fence = Fence(stores=[store])
    assert fence.known(0) == []
    monkeypatch.setattr(store, "after", away)
    monkeypatch.setattr("marketplace.audit.fencing.ASK_AGAIN_SECONDS", 0)
    assert fence.known(0) == []
    with pytest.raises(AnchorError):
        Fence(stores=[store]).known(0)
