from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.operations import queries, starting
from marketplace.operations.run import Outcome
from marketplace.operations.running import run_due
from tests.builders.identity import make_member, make_organization, make_staff
from tests.builders.operations import inside, queue


@pytest.fixture
def actor(session: Session) -> Actor:
    return make_member(session, make_organization(session), "requester")


def slug(error: pytest.ExceptionInfo[DomainError]) -> str:
    return error.value.slug


def test_an_organization_may_not_queue_without_end(
    session: Session, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "UNFINISHED_MAX", 2)
    queue(session, actor)
    queue(session, actor)
    with pytest.raises(DomainError) as refused:
        queue(session, actor)
    assert slug(refused) == "operations_too_many"
    run_due(inside(session), {"count": lambda _run: Outcome({})}, places=3)
    queue(session, actor)


def test_the_organizations_people_and_the_auditor_follow_it_and_nobody_else(session: Session, actor: Actor) -> None:
    operation = queue(session, actor)
    organization = operation.organization_id
    others = [
        make_member(session, make_organization(session), "requester"),
        make_member(session, make_organization(session, "subcontractor"), "manager"),
        make_staff(session, "finance"),
        make_staff(session, "operations"),
    ]
    auditor = make_staff(session, "auditor")
    for reader in (actor, auditor):
        assert queries.get_operation(session, reader, operation.id).organization_id == organization
        assert [row.id for row in queries.list_operations(session, reader).data] == [operation.id]
    for other in others:
        assert queries.list_operations(session, other).data == []
        with pytest.raises(DomainError) as refused:
            queries.get_operation(session, other, operation.id)
        assert slug(refused) == "not_found"
    with pytest.raises(DomainError) as refused:
        starting.cancel(session, others[0], operation.id)
    assert slug(refused) == "not_found"
    with pytest.raises(DomainError) as refused:
        starting.cancel(session, auditor, operation.id)
    assert slug(refused) == "forbidden"
