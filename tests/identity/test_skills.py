import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from marketplace.db import clock
from marketplace.db.engine import transaction
from marketplace.identity import skills
from marketplace.identity.models import Skill, SkillGrant
from marketplace.identity.skills import Granted
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import new_id
from tests.builders.at_once import at_once
from tests.builders.screening import make_skill
from tests.builders.work import SETUP, make_organization, make_worker


@pytest.fixture
def client(session: Session) -> Actor:
    return make_organization(session, "client", "requester")[0]


@pytest.fixture
def worker(session: Session) -> Actor:
    return make_worker(session)


def granted(session: Session, actor: Actor, skill: Skill, worker: Actor, days: int = 30, **changes: Any) -> Granted:
    values = {"expires_at": clock.market_now(session) + dt.timedelta(days=days), "reason": "Passed.", **changes}
    return skills.grant(session, actor, skill.id, worker.person, **values)


def test_a_worker_reads_a_granted_skill_with_its_reason_and_end(session: Session, client: Actor, worker: Actor) -> None:
    skill = make_skill(session, client, name="Point clouds")
    made = granted(session, client, skill, worker, reason=" Passed with 96 of 100. ")
    (seen,) = skills.own_grants(session, worker).data
    assert (seen.skill.name, seen.grant.reason, seen.state) == ("Point clouds", "Passed with 96 of 100.", "live")
    assert seen.grant.expires_at == made.grant.expires_at
    assert [line.grant.person_id for line in skills.grants_of(session, client, skill.id).data] == [worker.person]


def test_a_grant_ends_by_the_markets_clock(session: Session, client: Actor, worker: Actor) -> None:
    skill = make_skill(session, client)
    first = granted(session, client, skill, worker, days=30)
    clock.advance(session, SETUP, clock.market_now(session) + dt.timedelta(days=31), allowed=True)
    assert [line.state for line in skills.own_grants(session, worker).data] == ["expired"]
    with pytest.raises(DomainError, match="state_conflict"):
        skills.revoke(session, client, first.grant.id, reason="Too late.")
    assert granted(session, client, skill, worker).state == "live"


def test_a_revoked_grant_keeps_both_reasons_and_may_be_followed_by_another(
    session: Session, client: Actor, worker: Actor
) -> None:
    skill = make_skill(session, client)
    first = granted(session, client, skill, worker)
    with pytest.raises(DomainError, match="skill_held"):
        granted(session, client, skill, worker)
    ended = skills.revoke(session, client, first.grant.id, reason="The course was renewed.")
    assert (ended.state, ended.grant.reason) == ("revoked", "Passed.")
    assert ended.revocation is not None
    assert ended.revocation.reason == "The course was renewed."
    with pytest.raises(DomainError, match="state_conflict"):
        skills.revoke(session, client, first.grant.id, reason="Again.")
    granted(session, client, skill, worker)
    assert [line.state for line in skills.own_grants(session, worker).data] == ["live", "revoked"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"reason": " "}, "/reason"),
        ({"reason": "x" * 2001}, "/reason"),
        ({"expires_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)}, "/expires_at"),
        ({"expires_at": dt.datetime(2100, 1, 1, tzinfo=dt.UTC)}, "/expires_at"),
    ],
)
def test_a_grant_needs_a_reason_and_an_end_ahead(
    session: Session, client: Actor, worker: Actor, changes: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(DomainError) as refused:
        granted(session, client, make_skill(session, client), worker, **changes)
    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_who_is_no_worker_is_granted_nothing(session: Session, client: Actor) -> None:
    (manager,) = make_organization(session, "subcontractor", "manager")
    with pytest.raises(DomainError) as refused:
        granted(session, client, make_skill(session, client), manager)
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/worker_id", "worker_unknown")]


def test_another_organizations_skill_is_not_found_by_any_verb(session: Session, client: Actor, worker: Actor) -> None:
    skill = make_skill(session, client)
    made = granted(session, client, skill, worker)
    (other,) = make_organization(session, "client", "requester")
    assert skills.list_skills(session, other).data == []
    for verb in (
        lambda: skills.get_skill(session, other, skill.id),
        lambda: skills.grants_of(session, other, skill.id),
        lambda: granted(session, other, skill, make_worker(session)),
        lambda: skills.revoke(session, other, made.grant.id, reason="Mine."),
        lambda: skills.revoke(session, client, new_id(), reason="None."),
    ):
        with pytest.raises(DomainError, match="not_found"):
            verb()
    assert make_skill(session, other, code=skill.code).code == skill.code


def test_a_code_is_unique_in_its_organization(session: Session, client: Actor) -> None:
    make_skill(session, client, code="lidar")
    with pytest.raises(DomainError, match="skill_code_taken"):
        make_skill(session, client, code="lidar")
    with pytest.raises(DomainError, match="invalid"):
        make_skill(session, client, code="Li dar")


def test_grants_and_revocations_are_logged_without_their_words(session: Session, client: Actor, worker: Actor) -> None:
    made = granted(session, client, make_skill(session, client), worker, reason="Secretly good.")
    skills.revoke(session, client, made.grant.id, reason="Secretly bad.")
    rows = session.execute(
        text("SELECT kind, person_ids, body FROM audit_event WHERE subject_id = :id ORDER BY id"),
        {"id": made.grant.id},
    ).all()
    assert [row.kind for row in rows] == ["skill.granted", "skill.revoked"]
    assert all(row.person_ids == [worker.person] and b"Secretly" not in bytes(row.body) for row in rows)


def test_grants_of_one_skill_to_one_worker_at_once_leave_one(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        (client,) = make_organization(session, "client", "requester")
        worker, skill = make_worker(session), make_skill(session, client)

    def grant_it() -> None:
        with transaction(committing_engine) as session:
            granted(session, client, skill, worker)

    assert at_once(*[grant_it] * 8) == {"done": 1, "skill_held": 7}
    with transaction(committing_engine) as session:
        assert len(session.scalars(select(SkillGrant)).all()) == 1
