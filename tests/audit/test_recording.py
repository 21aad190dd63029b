import datetime as dt
import json
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from marketplace.audit import events
from marketplace.audit.events import EventKind, all_kinds, define_event, superseded_event
from marketplace.audit.fields import parse_field
from marketplace.audit.models import AuditEvent
from marketplace.audit.queries import pending_count
from marketplace.audit.recording import recomputer, record, record_many
from marketplace.db import clock
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import canonical_bytes, instant
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.money import Money
from tests.audit.parts import ACTOR, NOTED, note, note_many, seal_all

FIELDS = {"price": parse_field("record"), "shares": parse_field("list of whole number")}
PRICED = EventKind("answer.priced", 3, "Answer priced", FIELDS)


def test_the_body_is_canonical_and_says_what_kind_when_who_and_about_what(session: Session) -> None:
    person, subject = new_id(), new_id()
    actor = Actor(person, None, None, frozenset(), frozenset(), "session", "Wanjiru")
    price = Money.parse("0.90", "CNY").to_wire()
    event_id = record(session, PRICED, actor, subject=("answer", subject), body={"price": price, "shares": [2, 1]})
    event = session.get_one(AuditEvent, event_id)
    body = json.loads(event.body)
    assert canonical_bytes(body) == event.body
    assert body == {
        "v": 3,
        "kind": "answer.priced",
        "id": public("event", event_id),
        "at": instant(event.at),
        "recorded_at": instant(event.recorded_at),
        "actor": public("person", person),
        "subject": public("answer", subject),
        "data": {"price": {"amount": "0.90", "currency": "CNY"}, "shares": [2, 1]},
    }
    assert (event.kind, event.subject_noun, event.subject_id) == ("answer.priced", "answer", subject)


@pytest.mark.parametrize("text", ['"quoted" \\ back', "line\nline\t\u0000\u001f", "标注 😀 é", "%(at)s :at {}"])
def test_any_text_keeps_the_body_canonical(session: Session, text: str) -> None:
    actor = Actor(None, None, None, frozenset(), frozenset(), "command_line", text)
    event_id = record(session, NOTED, actor, subject=("item", new_id()), body={"note": text, "count": 0})
    body = session.get_one(AuditEvent, event_id).body
    assert canonical_bytes(json.loads(body)) == body
    assert json.loads(body)["data"]["note"] == text
    assert json.loads(body)["actor"] == f"command_line:{text}"


def test_many_events_written_at_once_are_as_if_each_were_written_alone(session: Session) -> None:
    texts = ('"quoted" \\ {back},', "标注", "NULL")
    said = {new_id(): {"note": text, "count": count} for count, text in enumerate(texts)}
    before = pending_count(session)
    record_many(session, NOTED, ACTOR, "item", said)
    assert pending_count(session) == before + 3
    for subject_id, data in said.items():
        alone_id = record(session, NOTED, ACTOR, subject=("item", subject_id), body=data)
        alone = session.get_one(AuditEvent, alone_id)
        wanted = select(AuditEvent).where(AuditEvent.subject_id == subject_id, AuditEvent.id != alone_id)
        event = session.scalars(wanted).one()
        body = json.loads(event.body)
        assert canonical_bytes(body) == event.body
        moments = {name: instant(getattr(event, name)) for name in ("at", "recorded_at")}
        assert body == {**json.loads(alone.body), "id": public("event", event.id), **moments}
        for column in ("kind", "subject_noun", "subject_id", "organization_ids", "person_ids"):
            assert getattr(event, column) == getattr(alone, column)


def test_many_events_are_refused_together_where_one_is_not_of_its_kind(session: Session) -> None:
    before = pending_count(session)
    with pytest.raises(ValueError, match=r"item\.noted has the fields"):
        record_many(session, NOTED, ACTOR, "item", {new_id(): {"note": "", "count": 1}, new_id(): {"note": ""}})
    assert pending_count(session) == before


def test_market_time_and_real_time_are_told_apart(session: Session) -> None:
    clock.advance(session, ACTOR, clock.market_now(session) + dt.timedelta(days=62), allowed=True)
    event = session.get_one(AuditEvent, note(session))
    assert event.at - event.recorded_at > dt.timedelta(days=61)


def test_a_given_moment_is_kept_to_the_microsecond(session: Session) -> None:
    at = dt.datetime(2027, 1, 15, 8, 0, 0, 1, tzinfo=dt.UTC)
    event_id = record(session, NOTED, ACTOR, subject=("item", new_id()), body={"note": "", "count": 1}, at=at)
    assert json.loads(session.get_one(AuditEvent, event_id).body)["at"] == "2027-01-15T08:00:00.000001Z"
    with pytest.raises(ValueError, match="time zone"):
        record(
            session, NOTED, ACTOR, subject=("item", new_id()), body={"note": "", "count": 1}, at=at.replace(tzinfo=None)
        )


@pytest.mark.parametrize("body", [{}, {"note": "x"}, {"note": "x", "count": 1, "more": 2}])
def test_a_body_has_exactly_the_fields_of_its_kind(session: Session, body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"item\.noted has the fields"):
        record(session, NOTED, ACTOR, subject=("item", new_id()), body=body)


def test_a_float_is_never_written(session: Session) -> None:
    with pytest.raises(ValueError, match="count is whole number, not 0\\.5"):
        record(session, NOTED, ACTOR, subject=("item", new_id()), body={"note": "x", "count": 0.5})
    with pytest.raises(TypeError, match="float"):
        record(session, PRICED, ACTOR, subject=("item", new_id()), body={"price": {"amount": 0.5}, "shares": []})


def test_an_event_waits_to_be_sealed_from_the_moment_it_is_written(session: Session) -> None:
    before = pending_count(session)
    note(session)
    assert pending_count(session) == before + 1


def test_an_undone_transaction_leaves_no_event(session: Session) -> None:
    before = pending_count(session)
    with session.begin_nested() as savepoint:
        note(session)
        savepoint.rollback()
    assert pending_count(session) == before


@pytest.mark.parametrize("table", ["audit_event", "audit_leaf", "audit_node", "audit_checkpoint", "audit_reader"])
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_log_cannot_be_changed_by_the_program(session: Session, table: str, verb: str) -> None:
    note_many(session, 2, people=[new_id()])
    seal_all(session)
    with pytest.raises(DatabaseError, match="permission denied"), session.begin_nested():
        session.execute(text(verb.format(table)))


def test_the_owner_cannot_change_it_either(owner_engine: Any) -> None:
    with Session(owner_engine) as session:
        note(session)
        seal_all(session)
        for statement in (
            "UPDATE audit_event SET kind = 'x'",
            "DELETE FROM audit_checkpoint",
            "TRUNCATE audit_leaf CASCADE",
        ):
            with pytest.raises(IntegrityError, match="never changed or removed"), session.begin_nested():
                session.execute(text(statement))
        session.rollback()


def test_a_kind_is_declared_once_with_every_field_described(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_REGISTRY", {})
    kind = define_event("job.tried", 1, "Job tried", {"amount": "money: so much"})
    assert all_kinds() == [kind]
    for name, version, fields in (
        ("job.tried", 1, {}),
        ("Job.tried", 1, {}),
        ("job", 1, {}),
        ("job.other", 0, {}),
        ("job.other", 1, {"Amount": "money: so much"}),
        ("job.other", 1, {"amount": ""}),
        ("job.other", 1, {"amount": "cents: so many"}),
        ("job.tried", 2, {}),
    ):
        with pytest.raises(ValueError, match="event kind"):
            define_event(name, version, "Again", fields)


def test_what_earlier_releases_wrote_stays_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "_REGISTRY", {})
    newest = define_event("job.tried", 2, "Job tried", {"amount": "money: so much"})
    first = superseded_event("job.tried", 1, "Job tried", {"amount": "decimal: so much"})
    assert all_kinds() == [first, newest]
    assert [kind.written for kind in all_kinds()] == [False, True]


def test_a_kind_has_one_recomputer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.audit.recording._RECOMPUTERS", {})
    recomputer(NOTED)(lambda *_: {})
    with pytest.raises(ValueError, match="already has a recomputer"):
        recomputer(NOTED)(lambda *_: {})
