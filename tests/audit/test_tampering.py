"""A superuser with the triggers off, beside heads kept outside: each way of changing the past is found and named.

What one changed row looks like is in `test_verifying`; here is what only a head outside, or the key, can tell.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from marketplace.audit.anchors import name_of
from marketplace.audit.fencing import Fence
from marketplace.audit.notes import Signer
from marketplace.audit.sealing import seal
from marketplace.audit.verifying import verify
from marketplace.gateways.anchor_stores import FolderAnchors
from marketplace.kernel.errors import DomainError
from marketplace.provenance.self_audit import newest_walk, walk_on
from tests.audit.parts import SIGNER, Log, note

FORGER = Signer(SIGNER.name, Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32))


def run(log: Log, *statements: str) -> None:
    for statement in statements:
        log.session.execute(text(statement))


def reseal(log: Log, signer: Signer, statement: str = "SELECT 1") -> None:
    """Throw the tree away, change what one likes, and seal all of it again."""
    run(
        log,
        "DELETE FROM audit_checkpoint",
        "DELETE FROM audit_node",
        "DELETE FROM audit_leaf",
        "DELETE FROM audit_pending",
        "INSERT INTO audit_pending SELECT recorded_at, id FROM audit_event",
        statement,
    )
    while seal(log.session, signer, batch_size=3) is not None:
        pass


LIE = (
    "UPDATE audit_event SET body = convert_to(replace(convert_from(body, 'UTF8'), 'note 4', 'lies 4'), 'UTF8') "
    "WHERE position('note 4'::bytea IN body) > 0"
)


def restore_older(log: Log) -> None:
    run(
        log,
        "DELETE FROM audit_event USING audit_leaf WHERE audit_leaf.event_id = audit_event.id AND number >= 6",
        "DELETE FROM audit_leaf WHERE number >= 6",
        "DELETE FROM audit_node WHERE (position + 1) << level > 6",
        "DELETE FROM audit_checkpoint WHERE tree_size > 6",
    )


def insert_in_the_middle(log: Log) -> None:
    forged = note(log.session, "never happened")
    run(log, f"DELETE FROM audit_pending WHERE event_id = '{forged}'")
    run(
        log,
        "UPDATE audit_leaf SET number = number + 100 WHERE number >= 5",
        "UPDATE audit_leaf SET number = number - 99 WHERE number >= 105",
        f"INSERT INTO audit_leaf VALUES (5, '{forged}', sha256(convert_to('piecework', 'UTF8')))",
    )


def rewrite_without_the_key(log: Log) -> None:
    reseal(log, FORGER, LIE)


def rewrite_with_the_key(log: Log) -> None:
    reseal(log, SIGNER, LIE)


def drop_the_newest(log: Log) -> None:
    run(
        log,
        "DELETE FROM audit_event USING audit_leaf WHERE audit_leaf.event_id = audit_event.id AND number >= 9",
        "DELETE FROM audit_leaf WHERE number >= 9",
        "DELETE FROM audit_node WHERE (position + 1) << level > 9",
        "DELETE FROM audit_checkpoint WHERE tree_size > 9",
    )


@pytest.fixture
def fence(log: Log, tmp_path: Path) -> Fence:
    """Every head of the log, kept in a folder before anybody tampered."""
    store = FolderAnchors(tmp_path / "anchors")
    for size, kept in log.session.execute(text("SELECT tree_size, note FROM audit_checkpoint")):
        store.put_once(name_of(size), kept.encode())
    return Fence(stores=[store])


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (restore_older, "audit_checkpoint 9: it is missing; {place} keeps it: an older backup was restored"),
        (drop_the_newest, "audit_checkpoint 11: it is missing; {place} keeps it"),
        (insert_in_the_middle, "audit_event "),
        (rewrite_without_the_key, "audit_checkpoint 3: altered: not signed by example.com/log"),
        (rewrite_with_the_key, "kept checkpoint 6 in {place}: the log was rewritten since"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_was_done_is_found_and_named(log: Log, fence: Fence, tamper: Callable[[Log], None], found: str) -> None:
    assert verify(log.session, SIGNER.verifier, kept=fence.heads).kept_proven == 4
    tamper(log)
    expected = found.format(place=fence.stores[0].place)
    said = str(verify(log.session, SIGNER.verifier, kept=fence.heads).finding)
    assert said.startswith(expected), said
    while walk_on(log.session, SIGNER.verifier, fence.heads, piece_leaves=4):
        pass
    walk = newest_walk(log.session)
    assert walk is not None
    assert walk.finding == said


def test_a_log_rewritten_with_another_key_in_the_file_is_found_by_what_is_kept_outside(log: Log, fence: Fence) -> None:
    reseal(log, FORGER, LIE)
    assert verify(log.session, FORGER.verifier).ok, "the database alone cannot tell"
    said = str(verify(log.session, FORGER.verifier, kept=fence.heads).finding)
    assert said.startswith(f"kept checkpoint 3 in {fence.stores[0].place}: it is not of this log"), said
    with pytest.raises(DomainError, match="is not of this log"):
        seal(log.session, FORGER, known=[head.note for head in fence.heads(0)])


def test_nothing_is_sealed_over_a_restored_older_backup(log: Log, fence: Fence) -> None:
    restore_older(log)
    with pytest.raises(DomainError, match="holds a log of 6 leaves; a checkpoint of 9 leaves is kept outside"):
        seal(log.session, SIGNER, known=fence.known(6))


def test_a_walk_goes_on_where_it_was_and_is_walked_once_a_day(log: Log, fence: Fence) -> None:
    pieces = [walk_on(log.session, SIGNER.verifier, fence.heads, piece_leaves=4) for _ in range(4)]
    assert pieces == [4, 4, 3, 0]
    walk = newest_walk(log.session)
    assert walk is not None
    assert (walk.next_leaf, walk.checkpoints_proven, walk.kept_proven, walk.finding) == (11, 4, 4, None)
