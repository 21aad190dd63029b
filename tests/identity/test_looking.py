"""Staff look at the pages of others: who may, at whom, for how long, and what is kept of it."""

import datetime as dt
import json

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.identity import looking
from marketplace.identity.authentication import actor_for_look
from marketplace.identity.directory import remove_member
from marketplace.identity.erasing import erase_person
from marketplace.identity.look_models import Look
from marketplace.identity.models import Membership, Person, WebSession
from marketplace.identity.own_data import data_of
from marketplace.identity.permissions import ROLES
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from tests.builders.identity import (
    TESTS,
    make_member,
    make_organization,
    make_person,
    make_staff,
    make_worker,
    signed_in,
)


def helper(session: Session) -> Actor:
    return signed_in(session, make_staff(session, "operations"))


def refused(session: Session, staff: Actor, person: Actor, reason: str = "They asked") -> str:
    with pytest.raises(DomainError) as raised:
        looking.begin_look(session, staff, person.person, person.organization_id, reason)
    return raised.value.slug


def let_time_pass(session: Session) -> None:
    session.execute(update(Look).values(expires_at=func.statement_timestamp() - dt.timedelta(seconds=1)))
    session.expire_all()


def logged(session: Session, kind: str) -> list[dict[str, object]]:
    return [json.loads(body) for body in session.scalars(select(AuditEvent.body).where(AuditEvent.kind == kind))]


def test_only_operations_may_look() -> None:
    assert [role for role, permissions in ROLES.items() if "person.view_as" in permissions] == ["operations"]


def test_a_look_is_the_person_with_their_permissions_and_no_way_to_step_up(session: Session) -> None:
    staff, client = helper(session), make_member(session, make_organization(session), "requester")
    look, secret = looking.begin_look(session, staff, client.person, client.organization_id, " They asked ")
    seen = actor_for_look(session, secret, "console")
    assert seen is not None
    assert (seen.actor.person_id, seen.actor.organization_id) == (client.person_id, client.organization_id)
    assert (seen.actor.permissions, seen.actor.via) == (client.permissions, "look")
    assert (seen.actor.session_id, seen.actor.look_id) == (None, look.id)
    assert (seen.staff_person_id, seen.reason) == (staff.person_id, "They asked")
    assert look.expires_at - look.began_at <= dt.timedelta(minutes=15)
    assert actor_for_look(session, secret, "work") is None
    assert actor_for_look(session, secret + "x", "console") is None


def test_both_ends_of_a_look_are_logged_with_who_looked_and_the_person_may_read_them(session: Session) -> None:
    staff, worker = helper(session), make_worker(session)
    _look, secret = looking.begin_look(session, staff, worker.person, None, "Their pay is late")
    looking.stop_look(session, secret)
    looking.stop_look(session, secret)
    assert actor_for_look(session, secret, "work") is None
    began, ended = logged(session, "look.began"), logged(session, "look.ended")
    assert [one["actor"] for one in began + ended] == [public("person", staff.person)] * 2
    assert [one["data"]["how"] for one in ended] == ["stopped"]  # type: ignore[index]
    readers = session.scalars(select(AuditEvent.person_ids).where(AuditEvent.kind.startswith("look."))).all()
    assert readers == [[worker.person]] * 2


def test_a_look_whose_time_is_over_shows_nothing_and_a_sweep_logs_its_end(session: Session) -> None:
    staff, worker = helper(session), make_worker(session)
    look, secret = looking.begin_look(session, staff, worker.person, None, "They asked")
    assert looking.end_past_look(session) == 0
    let_time_pass(session)
    assert actor_for_look(session, secret, "work") is None
    assert looking.end_past_look(session) == 1
    assert looking.end_past_look(session) == 0
    assert look.ended_at == look.expires_at
    (ended,) = logged(session, "look.ended")
    assert (ended["actor"], ended["data"]["how"]) == ("system:end_looks", "time_over")  # type: ignore[index]


def test_one_looks_at_one_person_at_a_time_in_all_browsers(session: Session) -> None:
    staff, worker, other = helper(session), make_worker(session), make_worker(session)
    looking.begin_look(session, staff, worker.person, None, "They asked")
    elsewhere = signed_in(session, staff)
    assert refused(session, elsewhere, other) == "looking_already"
    looking.stop_own_look(session, elsewhere)
    looking.begin_look(session, staff, other.person, None, "They asked")
    let_time_pass(session)
    looking.begin_look(session, elsewhere, worker.person, None, "They asked again")
    assert len(logged(session, "look.ended")) == 2


def test_a_look_needs_a_sign_in_of_a_moment_ago_and_a_reason(session: Session) -> None:
    worker, staff = make_worker(session), make_staff(session, "operations")
    assert refused(session, staff, worker) == "step_up_required"
    assert refused(session, signed_in(session, staff, minutes_ago=16), worker) == "step_up_required"
    assert refused(session, signed_in(session, staff), worker, "  ") == "invalid"
    assert refused(session, signed_in(session, staff), worker, "x" * 501) == "invalid"
    assert refused(session, signed_in(session, make_staff(session, "finance")), worker) == "forbidden"


def test_nobody_looks_at_themselves_or_at_staff_who_may_more(session: Session) -> None:
    staff = helper(session)
    colleague, finance = make_staff(session, "operations"), make_staff(session, "finance")
    assert refused(session, staff, staff) == "look_refused"
    assert refused(session, staff, finance) == "look_refused"
    looking.begin_look(session, staff, colleague.person, colleague.organization_id, "A page of theirs is broken")


def test_nobody_looks_from_a_look(session: Session) -> None:
    staff, worker = helper(session), make_worker(session)
    colleague = make_staff(session, "operations")
    _look, secret = looking.begin_look(session, staff, colleague.person, colleague.organization_id, "A broken page")
    seen = actor_for_look(session, secret, "console")
    assert seen is not None
    assert refused(session, seen.actor, worker) == "looking_only"


def test_there_must_be_such_pages(session: Session) -> None:
    staff, worker = helper(session), make_worker(session)
    client = make_member(session, make_organization(session), "requester")
    for person_id, organization_id in ((client.person, None), (worker.person, client.organization_id)):
        with pytest.raises(DomainError) as raised:
            looking.begin_look(session, staff, person_id, organization_id, "They asked")
        assert raised.value.slug == "not_found"


def test_a_look_ends_with_what_it_stands_on(session: Session) -> None:
    worker = make_worker(session)

    def begun() -> tuple[Actor, str]:
        staff = helper(session)
        _look, secret = looking.begin_look(session, staff, worker.person, None, "They asked")
        assert actor_for_look(session, secret, "work") is not None
        return staff, secret

    signed_out, first = begun()
    session.execute(
        update(WebSession).where(WebSession.id == signed_out.session_id).values(revoked_at=func.statement_timestamp())
    )
    assert actor_for_look(session, first, "work") is None
    dismissed, second = begun()
    remove_member(session, TESTS, dismissed.person, dismissed.organization, "operations")
    assert actor_for_look(session, second, "work") is None
    staff, third = begun()
    risen = Membership(person_id=worker.person, organization_id=staff.organization, role="finance")
    session.add(risen)
    session.flush()
    assert actor_for_look(session, third, "work") is None
    session.delete(risen)
    session.flush()
    assert actor_for_look(session, third, "work") is not None
    looking.stop_look(session, third)
    _staff, fourth = begun()
    erase_person(session, make_staff(session, "operations"), worker.person, "asked_in_writing")
    assert actor_for_look(session, fourth, "work") is None


def test_the_person_reads_when_and_why_and_both_go_when_they_are_erased(session: Session) -> None:
    staff, worker = helper(session), make_worker(session)
    looking.begin_look(session, staff, worker.person, None, "Amina asked where her pay is")
    (own,) = looking.newest_looks_at_me(session, worker)
    assert own.reason == "Amina asked where her pay is"
    assert looking.newest_looks_at_me(session, staff) == []
    tables = {one["table"]: one["rows"] for one in data_of(session, worker.person)["tables"]}
    (row,) = tables["look"]
    assert (row["reason"], row["staff_person_id"]) == ("Amina asked where her pay is", None)
    assert "secret_hash" not in row
    erase_person(session, make_staff(session, "operations"), worker.person, "asked_in_writing")
    session.expire_all()
    assert session.scalars(select(Look.reason)).one() == "[erased]"


def test_a_person_is_found_by_address_or_id_unless_they_are_erased(session: Session) -> None:
    staff, worker = helper(session), make_worker(session)
    person = session.get_one(Person, worker.person)
    client = make_organization(session, name="Northwind")
    make_member(session, client, "requester", person=person)
    make_member(session, client, "reviewer", person=person)
    assert looking.person_to_look_at(session, staff, f" {person.email.upper()} ") is person
    assert looking.person_to_look_at(session, staff, public("person", person.id)) is person
    assert looking.person_to_look_at(session, staff, "nobody") is None
    assert [(one.name, list(one.roles)) for one in looking.places_of(session, staff, person.id)] == [
        ("", ["worker"]),
        ("Northwind", ["requester", "reviewer"]),
    ]
    assert looking.places_of(session, staff, make_person(session).id) == []
