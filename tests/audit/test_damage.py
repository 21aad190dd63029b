"""A stored tree that lost a node: nothing is signed over it, no proof is made of it, and nobody is accused by it."""

import pytest

from marketplace.audit import queries
from marketplace.audit.sealing import seal
from marketplace.kernel.errors import DomainError
from tests.audit.parts import SIGNER, Log


def test_nothing_is_signed_over_a_missing_node(log: Log) -> None:
    log.tamper("DELETE FROM audit_node WHERE (level, position) = (3, 0)")
    with pytest.raises(DomainError, match="no node at level 3, position 0"):
        seal(log.session, SIGNER)


def test_nothing_is_signed_over_a_changed_node(log: Log) -> None:
    log.tamper("UPDATE audit_node SET hash = sha256('x') WHERE (level, position) = (3, 0)")
    with pytest.raises(DomainError, match="does not lead to the signed head of size 11"):
        seal(log.session, SIGNER)


def test_nothing_is_sealed_for_an_event_that_is_missing(log: Log) -> None:
    log.tamper("DELETE FROM audit_event WHERE id = :id", id=log.events[12])
    with pytest.raises(DomainError, match="missing from audit_event"):
        seal(log.session, SIGNER)


def test_no_proof_is_made_of_a_tree_with_a_missing_node(log: Log) -> None:
    log.tamper("DELETE FROM audit_node WHERE (level, position) = (2, 1)")
    with pytest.raises(DomainError, match="log_inconsistent"):
        queries.inclusion_proof(log.session, log.events[0])
    with pytest.raises(DomainError, match="log_inconsistent"):
        queries.consistency_proof(log.session, 3, 11)


def test_where_siblings_are_missing_too_no_side_is_accused(log: Log) -> None:
    log.tamper("DELETE FROM audit_node WHERE (level, position) = (2, 1)")
    log.tamper("UPDATE audit_leaf SET hash = sha256('x') WHERE number = 1")
    assert log.found().endswith("it differs from leaf 1, and neither of them leads to the signed head")


def test_where_the_newest_head_is_forged_no_side_is_accused(log: Log) -> None:
    log.tamper("UPDATE audit_checkpoint SET note = 'forged' WHERE tree_size = 11")
    log.tamper("UPDATE audit_node SET hash = sha256('x') WHERE (level, position) = (1, 0)")
    assert log.found() == "audit_node level 1 position 0: it differs from leaves 0 to 1, and neither leads to the head"


def test_a_body_written_differently_and_sealed_so_is_found(log: Log) -> None:
    spaced = log.body(12).replace(b'{"actor"', b'{ "actor"')
    log.tamper("UPDATE audit_event SET body = :body WHERE id = :id", body=spaced, id=log.events[12])
    assert seal(log.session, SIGNER) is not None
    assert log.found() == f"audit_event {log.event(12)}: its body is not canonical JSON"
