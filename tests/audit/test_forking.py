"""A declared fork: over an older backup the log goes on under another name, and tells for ever what it lost."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.audit.anchors import name_of
from marketplace.audit.errors import FORK_ALONE, FORK_UNFOUNDED
from marketplace.audit.fencing import Fence
from marketplace.audit.forking import declare_fork, find_loss
from marketplace.audit.keychain import CHANGES, is_last_change, read_rotation, state_fork, stored_chain, stored_forks
from marketplace.audit.models import AuditCheckpoint, AuditEvent
from marketplace.audit.notes import NoteError, Signer, TreeHead, sign_note
from marketplace.audit.rotating import rotate
from marketplace.audit.sealing import seal
from marketplace.audit.verifying import verify
from marketplace.gateways.anchor_stores import FolderAnchors
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from tests.audit.parts import ACTOR, FORKED, SIGNER, Log, note, seal_all
from tests.audit.test_fencing import anchored, forged
from tests.audit.test_tampering import restore_older
from tests.builders.identity import make_staff

SAME_NAME = Signer(SIGNER.name, FORKED.private_key)
NEWER = Signer("example.com/log-3", Ed25519PrivateKey.from_private_bytes(bytes([2]) * 32))


@pytest.fixture
def store(log: Log, tmp_path: Path) -> FolderAnchors:
    """Every head of the log (3, 6, 9, 11), kept before the older backup came, which has six leaves."""
    store = FolderAnchors(tmp_path / "anchors")
    for size, kept in log.session.execute(select(AuditCheckpoint.tree_size, AuditCheckpoint.note)):
        store.put_once(name_of(size), kept.encode())
    restore_older(log)
    return store


@pytest.fixture
def people(log: Log) -> tuple[Actor, Actor]:
    return make_staff(log.session, "operations"), make_staff(log.session, "finance")


def declare(log: Log, store: FolderAnchors, people: tuple[Actor, Actor], new: Signer = FORKED) -> None:
    loss = find_loss(log.session, SIGNER, Fence(stores=[store]).heads)
    kept = Fence(stores=[store]).heads
    head = declare_fork(log.session, *people, SIGNER, new, kept, abandon=loss.last.short)
    assert head.note.startswith(f"{new.name}\n7\n"), "the statement is the seventh leaf, under the new name"


def go_on(log: Log, store: FolderAnchors, signer: Signer = FORKED) -> int:
    """Seal all that waits as the sweep does; returns the size of the log."""
    session = log.session
    size = session.scalars(select(AuditCheckpoint.tree_size).order_by(AuditCheckpoint.tree_size.desc())).first() or 0
    known = Fence(stores=[store]).known(size, stored_chain(session, signer.verifier).abandons)
    while (head := seal(session, signer, known=known)) is not None:
        size = head.tree_size
    return size


def test_the_log_goes_on_under_another_name_and_old_anchors_hold_up_to_the_fork(
    log: Log, store: FolderAnchors, people: tuple[Actor, Actor]
) -> None:
    note(log.session)
    with pytest.raises(DomainError, match="a checkpoint of 9 leaves is kept outside"):
        go_on(log, store, SIGNER)
    loss = find_loss(log.session, SIGNER, Fence(stores=[store]).heads)
    assert (loss.tree_size, loss.agreed, [head.size for head in loss.abandoned], loss.unknown) == (6, 6, [9, 11], 0)
    declare(log, store, people)
    [fork] = stored_forks(log.session)
    assert (fork.tree_size, fork.agreed, fork.abandoned) == (6, 6, loss.abandoned)
    size = go_on(log, store)
    assert size > 7
    report = verify(log.session, FORKED.verifier, kept=Fence(stores=[store]).heads)
    assert report.ok, report.lines()
    assert report.kept_proven == 2, "those of three and six leaves, by the old name"
    assert any("declared fork: after 6 leaves the log example.com/log goes on as" in line for line in report.lines())


def test_what_is_declared_is_an_event_by_two_people(
    log: Log, store: FolderAnchors, people: tuple[Actor, Actor]
) -> None:
    declare(log, store, people)
    event = log.session.scalars(select(AuditEvent).where(AuditEvent.kind == "log.forked")).one()
    body = json.loads(event.body)
    assert body["actor"] == people[0].label
    assert body["data"]["agreed_by"] == public("person", people[1].person)
    assert is_last_change(log.session, SIGNER, FORKED)
    assert not is_last_change(log.session, SIGNER, NEWER)


def test_one_person_or_a_stranger_declares_nothing(log: Log, store: FolderAnchors, people: tuple[Actor, Actor]) -> None:
    kept = Fence(stores=[store]).heads
    short = find_loss(log.session, SIGNER, kept).last.short
    auditor = make_staff(log.session, "auditor")
    with pytest.raises(DomainError) as alone:
        declare_fork(log.session, people[0], people[0], SIGNER, FORKED, kept, abandon=short)
    assert alone.value.spec is FORK_ALONE
    for pair in ((people[0], auditor), (auditor, people[0])):
        with pytest.raises(DomainError, match=r"the permission log\.fork"):
            declare_fork(log.session, *pair, SIGNER, FORKED, kept, abandon=short)


@pytest.mark.parametrize(
    ("new", "abandon"),
    [
        (FORKED, "9-0000000000000000"),
        (SAME_NAME, None),
        (Signer(FORKED.name, SIGNER.private_key), None),
    ],
    ids=["not-what-was-looked-at", "the-same-name", "the-same-key"],
)
def test_a_fork_is_declared_over_what_was_looked_at_under_another_name_and_key(
    log: Log, store: FolderAnchors, people: tuple[Actor, Actor], new: Signer, abandon: str | None
) -> None:
    kept = Fence(stores=[store]).heads
    short = find_loss(log.session, SIGNER, kept).last.short
    with pytest.raises(DomainError) as refused:
        declare_fork(log.session, *people, SIGNER, new, kept, abandon=abandon or short)
    assert refused.value.spec is FORK_UNFOUNDED
    assert stored_forks(log.session) == []


def test_of_abandoned_heads_of_one_size_the_last_is_always_the_same(
    log: Log, store: FolderAnchors, tmp_path: Path
) -> None:
    others = [FolderAnchors(tmp_path / f"other {number}") for number in range(8)]
    for number, other in enumerate(others):
        text = TreeHead(SIGNER.name, 11, bytes([number]) * 32).to_text()
        other.put_once(name_of(11), sign_note(text, SIGNER).encode())
    loss = find_loss(log.session, SIGNER, Fence(stores=[store, *others]).heads)
    roots = [head.root for head in loss.abandoned if head.size == 11]
    assert len(roots) == 9
    assert roots == sorted(roots)
    assert loss.last.root == roots[-1]


def test_a_log_that_leads_to_all_that_is_kept_has_no_fork_to_declare(session: Session, tmp_path: Path) -> None:
    store = FolderAnchors(tmp_path / "anchors")
    note(session)
    seal_all(session)
    anchored(session, store)
    with pytest.raises(DomainError, match="nothing to declare"):
        find_loss(session, SIGNER, Fence(stores=[store]).heads)


def test_a_head_of_another_name_or_none_is_not_declared_away(log: Log, store: FolderAnchors, tmp_path: Path) -> None:
    for content, said in ((forged(20, NEWER), "is of the log example.com/log-3"), ("rubbish", "a checkpoint has")):
        other = FolderAnchors(tmp_path / said)
        other.put_once(name_of(20), content.encode())
        with pytest.raises(DomainError, match=said):
            find_loss(log.session, SIGNER, Fence(stores=[store, other]).heads)


def test_a_head_by_a_key_that_came_in_what_is_lost_can_be_abandoned_and_is_pointed_out(
    log: Log, store: FolderAnchors, people: tuple[Actor, Actor]
) -> None:
    lost = Signer(SIGNER.name, NEWER.private_key)
    store.put_once(name_of(14), forged(14, lost).encode())
    loss = find_loss(log.session, SIGNER, Fence(stores=[store]).heads)
    assert (loss.last.size, loss.unknown) == (14, 1)
    declare(log, store, people)
    assert go_on(log, store) >= 7


def test_the_old_name_signs_nothing_after_the_fork(log: Log, store: FolderAnchors, people: tuple[Actor, Actor]) -> None:
    declare(log, store, people)
    note(log.session)
    for signer in (SIGNER, SAME_NAME, NEWER):
        with pytest.raises(DomainError, match="AUDIT_KEY_FILE does not hold the log's key"):
            seal(log.session, signer)
    chain = stored_chain(log.session, FORKED.verifier)
    for size, signer in ((7, SIGNER), (6, FORKED), (11, SIGNER)):
        with pytest.raises(NoteError):
            chain.open(sign_note(TreeHead(signer.name, size, bytes(32)).to_text(), signer))


def test_a_head_beyond_the_fork_that_it_does_not_name_stops_the_log_and_is_found(
    log: Log, store: FolderAnchors, people: tuple[Actor, Actor]
) -> None:
    declare(log, store, people)
    hidden = forged(13)
    store.put_once(name_of(13), hidden.encode())
    note(log.session)
    with pytest.raises(DomainError, match="is not of this log"):
        go_on(log, store)
    while seal(log.session, FORKED) is not None:
        pass
    while log.session.scalar(select(AuditCheckpoint.tree_size).where(AuditCheckpoint.tree_size >= 13)) is None:
        note(log.session)
        seal(log.session, FORKED)
    kept = Fence(stores=[store]).heads
    found = str(verify(log.session, FORKED.verifier, kept=kept).finding)
    assert found.startswith("kept checkpoint 13"), found
    loss = find_loss(log.session, FORKED, kept)
    assert [(head.size, head.origin) for head in loss.abandoned] == [(13, SIGNER.name)]
    declare_fork(log.session, *people, FORKED, NEWER, kept, abandon=loss.last.short)
    assert verify(log.session, NEWER.verifier, kept=kept).ok, "a second fork names it too"


def test_a_second_older_backup_is_found_behind_the_abandoned_heads(
    log: Log, store: FolderAnchors, people: tuple[Actor, Actor]
) -> None:
    declare(log, store, people)
    store.put_once(name_of(30), forged(30, FORKED).encode())
    note(log.session)
    with pytest.raises(DomainError, match="a checkpoint of 30 leaves is kept outside"):
        go_on(log, store)
    kept = Fence(stores=[store]).heads
    loss = find_loss(log.session, FORKED, kept)
    assert [head.size for head in loss.abandoned] == [30], "what the first fork abandoned is not abandoned again"
    declare_fork(log.session, *people, FORKED, NEWER, kept, abandon=loss.last.short)
    go_on(log, store, NEWER)
    assert verify(log.session, NEWER.verifier, kept=kept).ok
    assert len(stored_forks(log.session)) == 2


def test_a_head_whose_name_an_abandoned_one_has_is_not_anchored_and_the_next_one_is(
    log: Log, store: FolderAnchors, people: tuple[Actor, Actor]
) -> None:
    declare(log, store, people)

    def grow() -> int:
        note(log.session)
        head = seal(log.session, FORKED, batch_size=1)
        assert head is not None
        return head.tree_size

    while grow() < 11:
        pass
    assert anchored(log.session, store) == 0
    assert store.read(name_of(11)).startswith(SIGNER.name.encode() + b"\n11")
    assert grow() == 12
    assert anchored(log.session, store) == 1


def test_a_changed_key_and_a_fork_follow_one_another(
    log: Log, store: FolderAnchors, people: tuple[Actor, Actor]
) -> None:
    declare(log, store, people)
    last = Signer(FORKED.name, NEWER.private_key)
    rotate(log.session, ACTOR, FORKED, last)
    chain = stored_chain(log.session, last.verifier)
    assert [change.is_fork for change in chain.rotations] == [True, False]
    assert [chain.at(size) for size in (6, 7, 8, 9)] == [one.verifier for one in (SIGNER, FORKED, FORKED, last)]
    assert verify(log.session, last.verifier, kept=Fence(stores=[store]).heads).ok


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.replace("\n6\n6\n", "\n6\n7\n"),
        lambda told: told.replace("\n6\n6\n", "\n6\nsix\n"),
        lambda told: "\n".join(told.split("\n")[:5]) + "\n",
        lambda told: told.replace(FORKED.verifier.to_text(), SAME_NAME.verifier.to_text()),
        lambda told: told.replace("\n9 ", "\n6 "),
    ],
    ids=["agrees-beyond-its-leaves", "no-size", "abandons-nothing", "keeps-the-name", "abandons-what-agrees"],
)
def test_a_statement_that_says_nonsense_is_none(change: Callable[[str], str]) -> None:
    whole = state_fork(
        SIGNER, FORKED, 6, 6, [TreeHead(SIGNER.name, 9, bytes(32)), TreeHead(SIGNER.name, 11, bytes(32))]
    )
    assert [head.size for head in read_rotation(whole).abandoned] == [9, 11]
    told = whole.partition("\n\n")[0] + "\n"
    changed = change(told)
    assert changed != told
    both = (SIGNER, FORKED, SAME_NAME)
    with pytest.raises(NoteError):
        read_rotation(sign_note(changed, *both))
    for signer in (SIGNER, FORKED):
        with pytest.raises(NoteError, match="not signed by"):
            read_rotation(sign_note(told, signer))


def test_a_fork_that_a_superuser_removed_is_found(log: Log, store: FolderAnchors, people: tuple[Actor, Actor]) -> None:
    declare(log, store, people)
    log.session.execute(text("DELETE FROM audit_event WHERE kind = ANY(:kinds)"), {"kinds": list(CHANGES)})
    assert not verify(log.session, FORKED.verifier, kept=Fence(stores=[store]).heads).ok
