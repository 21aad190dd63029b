"""Keys made with keys: never more, never longer, ended together; rotation with an overlap."""

import datetime as dt
import time
import uuid

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.db.clock import real_now
from marketplace.db.engine import transaction
from marketplace.identity import keys, rotating
from marketplace.identity.authentication import actor_for_key
from marketplace.identity.models import ApiKey, Person
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from tests.builders.at_once import at_once
from tests.builders.identity import TESTS, make_member, make_organization

SCOPES = ["job.read", "key.manage", "result.read"]
HOUR = dt.timedelta(hours=1)


def make_key(session: Session, *, scopes: list[str] | None = SCOPES, life: dt.timedelta | None = HOUR) -> str:
    """The secret of a requester's key that may make others."""
    member = make_member(session, make_organization(session), "requester")
    expires_at = None if life is None else real_now(session) + life
    _key, secret = keys.issue_key(
        session, member, organization_id=member.organization, scopes=scopes, expires_at=expires_at
    )
    return secret


def make_with(session: Session, secret: str, **options: object) -> tuple[ApiKey, str]:
    actor = actor_for_key(session, secret)
    return keys.issue_key(session, actor, organization_id=actor.organization, **options)  # type: ignore[arg-type]


def works(session: Session, secret: str) -> bool:
    try:
        actor_for_key(session, secret)
    except DomainError:
        return False
    return True


def key_of(session: Session, secret: str) -> uuid.UUID:
    key_id = actor_for_key(session, secret).key_id
    assert key_id is not None
    return key_id


def refusal(session: Session, secret: str, **options: object) -> DomainError:
    with pytest.raises(DomainError) as refused:
        make_with(session, secret, **options)
    return refused.value


def test_a_key_made_with_a_key_is_of_the_same_holder_with_the_same_scopes_and_end(session: Session) -> None:
    secret = make_key(session)
    issuer = session.get_one(ApiKey, key_of(session, secret))
    made, new = make_with(session, secret, name="robot")
    assert (made.person_id, made.organization_id) == (issuer.person_id, issuer.organization_id)
    assert (made.scopes, made.expires_at, made.issued_with_key_id) == (SCOPES, issuer.expires_at, issuer.id)
    assert actor_for_key(session, new).permissions == set(SCOPES)


def test_a_key_cannot_make_one_that_may_more_or_works_longer(session: Session) -> None:
    secret = make_key(session)
    beyond = refusal(session, secret, scopes=["job.read", "job.write", "nothing.known", "ledger.read"])
    assert [(error.pointer, error.code) for error in beyond.errors] == [
        ("/scopes/1", "scope_beyond_key"),
        ("/scopes/2", "scope_unknown"),
        ("/scopes/3", "scope_beyond_holder"),
    ]
    longer = refusal(session, secret, expires_at=real_now(session) + 2 * HOUR)
    assert [(error.pointer, error.code) for error in longer.errors] == [("/expires_in_seconds", "outlives_key")]
    _key, endless = make_with(session, make_key(session, scopes=None, life=None))
    end = session.get_one(ApiKey, key_of(session, endless)).expires_at
    assert end is not None
    assert end <= real_now(session) + keys.LIFE_MAX


def test_a_key_without_the_scope_makes_none_nor_one_for_somebody_else(session: Session) -> None:
    plain = make_key(session, scopes=["job.read"])
    assert refusal(session, plain).slug == "forbidden"
    secret = make_key(session)
    actor = actor_for_key(session, secret)
    organization = make_organization(session)
    colleague = make_member(session, organization, "requester")
    for person_id, organization_id in ((None, organization.id), (colleague.person, None), (None, None)):
        with pytest.raises(DomainError) as refused:
            keys.issue_key(session, actor, person_id=person_id, organization_id=organization_id)
        assert refused.value.slug in {"forbidden", "not_found"}


def test_revoking_a_key_ends_everything_that_was_made_with_it(session: Session) -> None:
    root = make_key(session)
    other = make_key(session)
    _child, child = make_with(session, root)
    _grandchild, grandchild = make_with(session, child)
    keys.revoke_key(session, actor_for_key(session, root), key_of(session, child))
    assert [works(session, one) for one in (root, child, grandchild, other)] == [True, False, False, True]
    kinds = session.scalars(select(AuditEvent.kind).order_by(AuditEvent.id)).all()
    assert kinds.count("key.revoked") == 2


def test_a_rotated_key_works_until_its_overlap_is_over_and_its_successor_at_once(session: Session) -> None:
    secret = make_key(session)
    old = session.get_one(ApiKey, key_of(session, secret))
    end = old.expires_at
    actor = actor_for_key(session, secret)
    new, successor = rotating.rotate_key(session, actor, old.id, overlap=dt.timedelta(seconds=1))
    assert (new.scopes, new.expires_at, new.name, new.person_id) == (old.scopes, end, old.name, old.person_id)
    assert works(session, secret)
    assert works(session, successor)
    time.sleep(1.1)
    assert not works(session, secret)
    assert works(session, successor)
    events = session.scalars(select(AuditEvent.kind).where(AuditEvent.subject_id.in_([old.id, new.id]))).all()
    assert sorted(events) == ["key.issued", "key.issued", "key.rotated"]


def test_an_overlap_never_prolongs_a_key_and_is_bounded(session: Session) -> None:
    secret = make_key(session)
    key_id, actor = key_of(session, secret), actor_for_key(session, secret)
    end = session.get_one(ApiKey, key_id).expires_at
    for wrong in (dt.timedelta(seconds=-1), dt.timedelta(days=8)):
        with pytest.raises(DomainError) as refused:
            rotating.rotate_key(session, actor, key_id, overlap=wrong)
        assert [error.pointer for error in refused.value.errors] == ["/overlap_seconds"]
    rotating.rotate_key(session, actor, key_id, overlap=dt.timedelta(days=7))
    assert session.get_one(ApiKey, key_id).expires_at == end


def test_what_was_made_with_a_key_goes_on_with_its_successor(session: Session) -> None:
    secret = make_key(session)
    key_id = key_of(session, secret)
    _child, child = make_with(session, secret)
    new, successor = rotating.rotate_key(session, actor_for_key(session, secret), key_id)
    keys.revoke_key(session, actor_for_key(session, successor), key_id)
    assert [works(session, one) for one in (secret, child, successor)] == [False, True, True]
    keys.revoke_key(session, TESTS, new.id)
    assert [works(session, one) for one in (child, successor)] == [False, False]


def test_a_leaked_key_is_ended_with_all_it_was_rotated_to(session: Session) -> None:
    secret = make_key(session)
    key_id = key_of(session, secret)
    new, second = rotating.rotate_key(session, actor_for_key(session, secret), key_id)
    _newer, third = rotating.rotate_key(session, actor_for_key(session, second), new.id)
    _child, child = make_with(session, third)
    keys.revoke_key(session, TESTS, key_id, leaked=True)
    assert [works(session, one) for one in (secret, second, third, child)] == [False] * 4


def test_a_key_is_rotated_once_and_only_while_it_works(session: Session) -> None:
    secret = make_key(session)
    key_id, actor = key_of(session, secret), actor_for_key(session, secret)
    new, _secret = rotating.rotate_key(session, actor, key_id)
    with pytest.raises(DomainError) as refused:
        rotating.rotate_key(session, actor, key_id)
    assert refused.value.slug == "key_replaced"
    keys.revoke_key(session, TESTS, new.id)
    with pytest.raises(DomainError) as refused:
        rotating.rotate_key(session, TESTS, new.id)
    assert refused.value.slug == "key_ended"


def test_a_successor_whose_secret_was_lost_is_rotated_with_the_old_key_until_it_is_used(session: Session) -> None:
    secret = make_key(session)
    actor = actor_for_key(session, secret)
    lost, lost_secret = rotating.rotate_key(session, actor, key_of(session, secret))
    again, _lost_too = rotating.rotate_key(session, actor, lost.id)
    assert not works(session, lost_secret)
    found, found_secret = rotating.rotate_key(session, actor, again.id)
    assert works(session, found_secret)  # and by that it has been used
    with pytest.raises(DomainError) as refused:
        rotating.rotate_key(session, actor, found.id)
    assert refused.value.slug == "forbidden"


def test_a_key_rotates_no_key_that_may_do_more_or_is_anothers(session: Session) -> None:
    secret = make_key(session, scopes=None)
    _narrow, narrow = make_with(session, secret, scopes=["key.manage"])
    holder = actor_for_key(session, secret)
    colleague = make_member(session, make_organization(session), "requester")
    _theirs, theirs = keys.issue_key(session, colleague, organization_id=colleague.organization)
    for key_id, slug in ((key_of(session, secret), "forbidden"), (key_of(session, theirs), "not_found")):
        with pytest.raises(DomainError) as refused:
            rotating.rotate_key(session, actor_for_key(session, narrow), key_id)
        assert refused.value.slug == slug
    made, new = rotating.rotate_key(session, holder, key_of(session, narrow))
    assert made.issued_with_key_id == holder.key_id
    assert actor_for_key(session, new).permissions == {"key.manage"}


def test_live_keys_of_one_holder_are_bounded(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "LIVE_MAX", 2)
    secret = make_key(session)
    made, _secret = make_with(session, secret)
    assert refusal(session, secret).slug == "keys_too_many"
    keys.revoke_key(session, TESTS, made.id)
    make_with(session, secret)


def test_rotation_adds_no_live_key_beyond_the_bound_and_swaps_one_without_an_overlap(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "LIVE_MAX", 1)
    secret = make_key(session)
    with pytest.raises(DomainError) as refused:
        rotating.rotate_key(session, actor_for_key(session, secret), key_of(session, secret))
    assert refused.value.slug == "keys_too_many"
    at_once = dt.timedelta(0)
    _, new = rotating.rotate_key(session, actor_for_key(session, secret), key_of(session, secret), overlap=at_once)
    assert actor_for_key(session, new).permissions


def committed_key(engine: Engine) -> tuple[Actor, uuid.UUID]:
    with transaction(engine) as session:
        secret = make_key(session)
        actor = actor_for_key(session, secret)
    assert actor.key_id is not None
    return actor, actor.key_id


def test_of_two_rotations_at_once_one_makes_the_successor(committing_engine: Engine) -> None:
    actor, key_id = committed_key(committing_engine)

    def rotate() -> None:
        with transaction(committing_engine) as session:
            rotating.rotate_key(session, actor, key_id)

    assert at_once(*[rotate] * 8) == {"done": 1, "key_replaced": 7}
    with transaction(committing_engine) as session:
        assert session.scalar(select(func.count()).select_from(ApiKey)) == 2


def test_a_key_that_is_revoked_while_it_makes_others_leaves_none_alive(committing_engine: Engine) -> None:
    for _ in range(5):
        actor, key_id = committed_key(committing_engine)

        def make(actor: Actor = actor) -> None:
            with transaction(committing_engine) as session:
                keys.issue_key(session, actor, organization_id=actor.organization)

        def rotate(actor: Actor = actor, key_id: uuid.UUID = key_id) -> None:
            with transaction(committing_engine) as session:
                rotating.rotate_key(session, actor, key_id)

        def revoke(key_id: uuid.UUID = key_id) -> None:
            with transaction(committing_engine) as session:
                keys.revoke_key(session, TESTS, key_id, leaked=True)

        outcome = at_once(make, make, rotate, revoke, make)
        assert outcome["done"] >= 1
        assert set(outcome) <= {"done", "unauthenticated"}
        with transaction(committing_engine) as session:
            alive = select(ApiKey).where(ApiKey.person_id == actor.person, ApiKey.revoked_at.is_(None))
            assert session.scalars(alive).all() == []


def test_the_end_of_a_key_is_real_time_and_moving_the_market_changes_nothing(session: Session) -> None:
    secret = make_key(session, life=dt.timedelta(days=10))
    session.execute(update(ApiKey).values(expires_at=func.statement_timestamp() + dt.timedelta(milliseconds=300)))
    assert works(session, secret)
    time.sleep(0.4)
    assert not works(session, secret)


def test_a_key_of_one_organization_ends_none_that_its_holder_has_for_another(session: Session) -> None:
    here, there = make_organization(session), make_organization(session)
    member = make_member(session, here, "requester")
    there_too = make_member(session, there, "requester", person=session.get_one(Person, member.person))
    elsewhere, other = keys.issue_key(session, there_too, organization_id=there.id)
    own, secret = keys.issue_key(session, member, organization_id=here.id)
    for actor in (actor_for_key(session, secret), member):
        with pytest.raises(DomainError) as refused:
            keys.revoke_key(session, actor, elsewhere.id)
        assert refused.value.slug == "not_found"
    assert works(session, other)
    keys.revoke_key(session, member, own.id)
    assert not works(session, secret)
