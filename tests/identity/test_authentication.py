import datetime as dt

import pytest
from sqlalchemy import Engine, event, select, update
from sqlalchemy.orm import Session

from marketplace.db.clock import real_now
from marketplace.identity import keys, signin
from marketplace.identity.authentication import actor_for_key, actor_for_session, actor_of_person
from marketplace.identity.directory import remove_member
from marketplace.identity.models import ApiKey, Organization
from marketplace.identity.permissions import ROLES
from marketplace.kernel.errors import DomainError
from tests.builders.identity import TESTS, make_member, make_organization, make_person, make_worker


def issue(session: Session, role: str = "requester", **options: object) -> tuple[ApiKey, str]:
    organization = make_organization(session, "client" if role == "requester" else "subcontractor")
    member = make_member(session, organization, role)
    return keys.issue_key(session, TESTS, person_id=member.person, organization_id=organization.id, **options)  # type: ignore[arg-type]


def test_a_key_is_its_holder_with_the_permissions_of_the_role(session: Session) -> None:
    key, secret = issue(session)
    actor = actor_for_key(session, secret)
    assert (actor.person_id, actor.organization_id, actor.organization_kind) == (
        key.person_id,
        key.organization_id,
        "client",
    )
    assert actor.permissions == ROLES["requester"]
    assert actor.via == "api_key"


def test_one_statement_authenticates_a_key(session: Session, engine: Engine) -> None:
    _key, secret = issue(session)
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        actor_for_key(session, secret)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert len(seen) == 1


def test_scopes_narrow_a_key_but_never_widen_it(session: Session) -> None:
    key, secret = issue(session, scopes=["job.read", "result.read"])
    assert actor_for_key(session, secret).permissions == {"job.read", "result.read"}
    session.execute(update(ApiKey).where(ApiKey.id == key.id).values(scopes=["job.read", "ledger.read"]))
    assert actor_for_key(session, secret).permissions == {"job.read"}


def test_the_last_use_of_a_key_is_kept(session: Session) -> None:
    key, secret = issue(session)
    actor_for_key(session, secret)
    assert session.scalar(select(ApiKey.last_used_at).where(ApiKey.id == key.id)) is not None


@pytest.mark.parametrize("wrong", ["", "pwk_", "pwk_unknown", "Bearer", "pwk_" + "x" * 500, "no prefix"])
def test_an_unknown_key_is_nobody(session: Session, wrong: str) -> None:
    with pytest.raises(DomainError) as refused:
        actor_for_key(session, wrong)
    assert refused.value.slug == "unauthenticated"


def test_a_key_ends_when_it_is_revoked_or_its_time_is_over(session: Session) -> None:
    key, secret = issue(session)
    keys.revoke_key(session, TESTS, key.id)
    with pytest.raises(DomainError):
        actor_for_key(session, secret)
    past = real_now(session) - dt.timedelta(seconds=1)
    _key, secret = issue(session, expires_at=past)
    with pytest.raises(DomainError):
        actor_for_key(session, secret)


def test_a_key_ends_when_its_holder_leaves(session: Session) -> None:
    organization = make_organization(session)
    stays, leaves = (make_member(session, organization, "requester") for _ in range(2))
    _key, secret = keys.issue_key(session, leaves, organization_id=organization.id)
    remove_member(session, stays, leaves.person, organization.id, "requester")
    with pytest.raises(DomainError):
        actor_for_key(session, secret)


def test_a_pending_organization_may_only_look(session: Session) -> None:
    organization = make_organization(session, state="pending")
    actor = make_member(session, organization, "requester")
    assert actor.permissions
    assert all(name.endswith(".read") for name in actor.permissions)


def test_a_key_of_a_suspended_organization_only_reads(session: Session) -> None:
    _key, secret = issue(session)
    session.execute(update(Organization).values(state="suspended"))
    assert "job.write" not in actor_for_key(session, secret).permissions


def test_a_worker_has_a_key_without_an_organization(session: Session) -> None:
    worker = make_worker(session)
    key, secret = keys.issue_key(session, worker)
    actor = actor_for_key(session, secret)
    assert actor.person_id == key.person_id == worker.person_id
    assert actor.organization_id is None
    assert actor.permissions == ROLES["worker"]


def test_nobody_issues_a_key_for_somebody_else_or_with_more_than_its_holder_has(session: Session) -> None:
    mine, other = make_organization(session), make_organization(session)
    requester = make_member(session, mine, "requester")
    colleague = make_member(session, mine, "reviewer")
    for wrong, slug in (
        ({"organization_id": other.id}, "not_found"),
        ({"organization_id": mine.id, "person_id": colleague.person}, "forbidden"),
        ({"person_id": requester.person}, "forbidden"),
        ({"organization_id": mine.id, "scopes": ["ledger.read"]}, "scope_unknown"),
    ):
        with pytest.raises(DomainError) as refused:
            keys.issue_key(session, requester, **wrong)
        assert refused.value.slug == slug
    with pytest.raises(DomainError) as refused:
        keys.issue_key(session, TESTS, person_id=make_person(session).id, organization_id=mine.id)
    assert refused.value.slug == "not_found"


def test_a_worker_key_cannot_be_made_with_a_key(session: Session) -> None:
    worker = make_worker(session)
    _key, secret = keys.issue_key(session, worker)
    with pytest.raises(DomainError) as refused:
        keys.issue_key(session, actor_for_key(session, secret))
    assert refused.value.slug == "forbidden"


def test_a_session_belongs_to_one_face(session: Session) -> None:
    worker = make_worker(session)
    token, _code = signin.create_link(session, worker.person, "work")
    _row, secret = signin.consume(session, "work", token=token)
    actor = actor_for_session(session, secret, "work")
    assert actor is not None
    assert actor.permissions == ROLES["worker"]
    assert actor_for_session(session, secret, "console") is None
    signin.sign_out(session, secret)
    assert actor_for_session(session, secret, "work") is None


def test_who_has_no_role_is_nobody(session: Session) -> None:
    person = make_person(session)
    assert actor_of_person(session, person.id, None) is None
    assert actor_of_person(session, person.id, make_organization(session).id) is None
