import random
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from marketplace.audit.merkle import Frontier, leaf_hash
from marketplace.audit.models import AuditEvent, AuditLeaf, AuditNode
from marketplace.audit.notes import Signer, TreeHead, open_note
from marketplace.audit.queries import latest_checkpoint, pending_age_seconds, pending_count
from marketplace.audit.sealing import seal
from marketplace.audit.verifying import verify
from marketplace.kernel.errors import DomainError
from tests.audit.parts import SIGNER, note, note_many, seal_all

WRITERS = 32
EVENTS_EACH = 12


def test_nothing_pending_signs_nothing(session: Session) -> None:
    assert seal(session, SIGNER) is None
    assert latest_checkpoint(session) is None
    assert pending_age_seconds(session) == 0


def test_events_get_consecutive_leaves_in_the_order_they_were_recorded(session: Session) -> None:
    made = note_many(session, 7)
    head = seal(session, SIGNER)
    assert head is not None
    leaves = session.scalars(select(AuditLeaf).order_by(AuditLeaf.number)).all()
    assert [(leaf.number, leaf.event_id) for leaf in leaves] == list(enumerate(made))
    assert (head.tree_size, pending_count(session)) == (7, 0)
    assert latest_checkpoint(session) == head


def test_the_signed_head_is_the_root_over_the_domain_separated_bodies(session: Session) -> None:
    made = note_many(session, 5)
    head = seal(session, SIGNER)
    assert head is not None
    frontier = Frontier()
    for event_id in made:
        frontier.append(leaf_hash(b"piecework.audit.event.v1\n" + session.get_one(AuditEvent, event_id).body))
    signed = TreeHead.from_text(open_note(head.note, SIGNER.verifier))
    assert signed == TreeHead("example.com/log", 5, frontier.root())


def test_small_batches_grow_the_same_tree_as_one_large_one(session: Session) -> None:
    note_many(session, 13)
    heads = seal_all(session, batch_size=3)
    assert [head.tree_size for head in heads] == [3, 6, 9, 12, 13]
    frontier = Frontier()
    nodes = []
    for leaf in session.scalars(select(AuditLeaf).order_by(AuditLeaf.number)):
        nodes += frontier.append(leaf.hash)
    assert frontier.root() == heads[-1].root_hash
    stored = session.execute(select(AuditNode.level, AuditNode.position, AuditNode.hash)).all()
    assert {tuple(row) for row in stored} == {tuple(node) for node in nodes}


def test_another_key_does_not_sign_over_our_log(session: Session) -> None:
    note(session)
    seal_all(session)
    note(session)
    with pytest.raises(DomainError) as caught:
        seal(session, Signer("example.com/log", Ed25519PrivateKey.generate()))
    assert caught.value.slug == "log_inconsistent"


def test_many_writers_beside_two_sealers_get_each_event_sealed_once(committing_engine: Engine) -> None:
    done = Event()

    def write(seed: int) -> int:
        chance = random.Random(seed)
        for number in range(EVENTS_EACH):
            with Session(committing_engine) as session:
                note(session, f"{seed}/{number}")
                # Some commit late: their events are older than others that are sealed already.
                time.sleep(chance.choice((0, 0, 0.002, 0.02)))
                if number % 6 == 5:
                    session.rollback()
                else:
                    session.commit()
        return EVENTS_EACH - EVENTS_EACH // 6

    def keep_sealing() -> int:
        sealed = 0
        while True:
            last_round = done.is_set()
            with Session(committing_engine) as session:
                before = latest_checkpoint(session)
                head = seal(session, SIGNER, batch_size=40)
                session.commit()
            sealed += head is not None and head != before
            if last_round and head is None:
                return sealed

    with ThreadPoolExecutor(WRITERS + 2) as pool:
        sealers = [pool.submit(keep_sealing) for _ in range(2)]
        expected = sum(pool.map(write, range(WRITERS)))
        done.set()
        heads_signed = sum(sealer.result(timeout=60) for sealer in sealers)
    assert heads_signed > 1
    with Session(committing_engine) as session:
        report = verify(session, SIGNER.verifier, batch_size=50)
        assert report.finding is None
        assert (report.tree_size, report.events_proven, report.pending) == (expected, expected, 0)
        counts = session.execute(
            text("SELECT count(*), count(DISTINCT event_id), min(number), max(number) FROM audit_leaf")
        )
        assert tuple(counts.one()) == (expected, expected, 0, expected - 1)
        assert session.execute(text("SELECT count(*) FROM audit_event")).scalar_one() == expected
