import pytest
from sqlalchemy.orm import Session

from marketplace.audit import queries
from marketplace.audit.merkle import verify_consistency, verify_inclusion
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from tests.audit.parts import ACTOR, note, note_many, seal_all

CLIENT, LAYER, WORKER = new_id(), new_id(), new_id()


def member(organization: object = None, person: object = None, *permissions: str) -> Actor:
    return Actor(person, organization, None, frozenset(), frozenset(permissions), "session", "somebody")  # type: ignore[arg-type]


def test_one_reads_ones_own_events_and_the_auditor_reads_all(session: Session) -> None:
    subject = new_id()
    both = note(session, "both", subject_id=subject, organizations=[CLIENT, LAYER], people=[WORKER])
    layers = note(session, "layer's", subject_id=subject, organizations=[LAYER])
    nobodys = note(session, "nobody's", subject_id=subject)
    seal_all(session)
    readers = {
        "client": (member(CLIENT), [both]),
        "layer": (member(LAYER), [layers, both]),
        "worker": (member(None, WORKER), [both]),
        "stranger": (member(new_id(), new_id()), []),
        "anonymous": (member(), []),
        "auditor": (member(None, new_id(), "audit.read"), [nobodys, layers, both]),
    }
    for name, (actor, expected) in readers.items():
        assert [sealed.event.id for sealed in queries.events(session, actor).data] == expected, name
        assert [event.id for event in queries.history(session, actor, subject)] == expected, name
        for event_id in (both, layers, nobodys):
            if event_id in expected:
                assert queries.event(session, actor, event_id).id == event_id
            else:
                with pytest.raises(DomainError, match="not_found"):
                    queries.event(session, actor, event_id)


def test_events_are_paged_newest_first_and_by_subject(session: Session) -> None:
    subject = new_id()
    made = note_many(session, 5, people=[WORKER])
    about = note(session, subject_id=subject, people=[WORKER])
    seal_all(session)
    worker = member(None, WORKER)
    first = queries.events(session, worker, limit=4)
    rest = queries.events(session, worker, limit=4, cursor=first.next_cursor)
    assert [sealed.event.id for sealed in first.data + rest.data] == [about, *reversed(made)]
    assert (first.has_more, rest.has_more) == (True, False)
    assert [sealed.event.id for sealed in queries.events(session, worker, subject_id=subject).data] == [about]


def test_the_outbox_gives_sealed_events_in_leaf_order_and_none_before_it_is_sealed(session: Session) -> None:
    made = note_many(session, 3)
    assert queries.sealed_after(session, -1, limit=10) == []
    seal_all(session)
    batch = queries.sealed_after(session, -1, limit=2)
    assert [(sealed.leaf_number, sealed.event.id) for sealed in batch] == [(0, made[0]), (1, made[1])]
    assert batch[0].body == batch[0].event.body
    assert [sealed.event.id for sealed in queries.sealed_after(session, 1, limit=2)] == [made[2]]


def test_every_event_is_proven_under_every_later_head(session: Session) -> None:
    made = note_many(session, 11)
    heads = seal_all(session, batch_size=4)
    for number, event_id in enumerate(made):
        for head in heads:
            if number >= head.tree_size:
                with pytest.raises(DomainError, match="event_not_sealed"):
                    queries.inclusion_proof(session, event_id, tree_size=head.tree_size)
                continue
            proof = queries.inclusion_proof(session, event_id, tree_size=head.tree_size)
            assert proof.checkpoint == head
            assert verify_inclusion(proof.leaf_hash, number, head.tree_size, proof.hashes, head.root_hash)
    assert queries.inclusion_proof(session, made[0]).checkpoint == heads[-1]


def test_every_head_is_proven_to_be_a_prefix_of_every_later_one(session: Session) -> None:
    note_many(session, 11)
    heads = seal_all(session, batch_size=2)
    for index, first in enumerate(heads):
        for second in heads[index:]:
            proof = queries.consistency_proof(session, first.tree_size, second.tree_size)
            assert (proof.first, proof.second) == (first, second)
            sizes_and_roots = (first.tree_size, first.root_hash, second.tree_size, second.root_hash)
            assert verify_consistency(*sizes_and_roots, proof.hashes)


def test_proofs_of_what_was_never_sealed_or_signed_are_refused(session: Session) -> None:
    waiting = note(session)
    with pytest.raises(DomainError, match="event_not_sealed"):
        queries.inclusion_proof(session, waiting)
    seal_all(session)
    for first, second in ((1, 2), (2, 1), (0, 1)):
        with pytest.raises(DomainError, match="checkpoint_unknown"):
            queries.consistency_proof(session, first, second)
    assert queries.pending_count(session) == 0
    assert ACTOR.may(queries.READ_ALL)
