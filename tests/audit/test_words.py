"""What people wrote: committed to in the log, shown to who reads the event, and gone for good once it is deleted."""

import hashlib
import json
import uuid

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from marketplace.audit import queries, recording
from marketplace.audit.events import EventKind
from marketplace.audit.fields import parse_field
from marketplace.audit.models import AuditEvent, AuditWords
from marketplace.audit.recording import record
from marketplace.audit.verifying import verify
from marketplace.audit.words import DOMAIN, Said, said, words_of
from marketplace.db.personal import ERASED, declared_personal
from marketplace.db.registry import load_personal
from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import new_id, public
from tests.audit.parts import ACTOR, SIGNER, Log, note_many, seal_all

JUDGED = EventKind(
    "item.judged",
    1,
    "Item judged",
    {
        "reason_commitment": parse_field("commitment or null"),
        "answers": parse_field("list of record"),
        "count": parse_field("whole number"),
    },
)
WORKER, REVIEWER = new_id(), new_id()
JUDGE = Actor(REVIEWER, None, None, frozenset(), frozenset(), "session", "Njeri")
LOOSE, CARELESS = "Too loose, Otieno.", 'Careless: "left" \\ right, {twice} 标注 😀'


def judge(session: Session, reason: str | None = LOOSE, comment: str | None = CARELESS) -> uuid.UUID:
    """An event with a text at its top and another one deeper."""
    body = {"reason_commitment": said(reason), "answers": [{"n": 1}, {"comment_commitment": said(comment)}], "count": 2}
    return record(session, JUDGED, JUDGE, subject=("item", new_id()), people=[WORKER], body=body)


def forget_words(session: Session, person_id: uuid.UUID) -> int:
    """What erasing a person does to them."""
    load_personal()
    return declared_personal()["audit_words"].erase(session, person_id)


def data(session: Session, event_id: uuid.UUID) -> dict[str, object]:
    found: dict[str, object] = json.loads(session.get_one(AuditEvent, event_id).body)["data"]
    return found


def test_the_log_holds_commitments_and_the_words_stand_beside_it(session: Session) -> None:
    event_id = judge(session)
    told = data(session, event_id)
    assert LOOSE.encode() not in session.get_one(AuditEvent, event_id).body
    first, second = words_of(session, [event_id])[event_id].values()
    assert (first.place, first.text) == ("/answers/1/comment_commitment", CARELESS)
    assert (second.place, second.text) == ("/reason_commitment", LOOSE)
    assert told["answers"][1]["comment_commitment"] == first.commitment  # type: ignore[index]
    by_hand = hashlib.sha256(DOMAIN + second.salt + LOOSE.encode()).hexdigest()
    assert told["reason_commitment"] == by_hand


def test_the_same_words_look_different_each_time(session: Session) -> None:
    told = [data(session, judge(session))["reason_commitment"] for _ in range(2)]
    assert told[0] != told[1]


def test_nothing_said_is_nothing_kept(session: Session) -> None:
    event_id = judge(session, None, None)
    assert data(session, event_id) == {
        "reason_commitment": None,
        "answers": [{"n": 1}, {"comment_commitment": None}],
        "count": 2,
    }
    assert words_of(session, [event_id]) == {}


def test_a_text_that_no_field_declares_is_refused(session: Session) -> None:
    kind = EventKind("item.mute", 1, "Item mute", {"note": parse_field("text")})
    with pytest.raises(ValueError, match="note is text"):
        record(session, kind, ACTOR, subject=("item", new_id()), body={"note": Said("loud")})


def test_who_reads_the_event_reads_the_words(session: Session) -> None:
    event_id = judge(session)
    seal_all(session)
    worker = Actor(WORKER, None, None, frozenset(), frozenset(), "session", "Otieno")
    (seen,) = queries.events(session, worker).data
    assert seen.event.id == event_id
    assert {one.text for one in seen.words} == {LOOSE, CARELESS}
    stranger = Actor(new_id(), None, None, frozenset(), frozenset(), "session", "somebody")
    assert queries.events(session, stranger).data == []


@pytest.mark.parametrize("erased", [WORKER, REVIEWER], ids=["of whom it speaks", "who wrote it"])
def test_deleted_words_leave_every_proof_valid_and_say_nothing(session: Session, erased: uuid.UUID) -> None:
    event_id, other = judge(session), note_many(session, 3)
    seal_all(session)
    before = data(session, event_id)
    assert forget_words(session, erased) == 2
    assert words_of(session, [event_id, *other]) == {}
    assert data(session, event_id) == before
    report = verify(session, SIGNER.verifier)
    assert report.ok, str(report.finding)
    assert forget_words(session, erased) == 0


def test_only_the_words_of_the_person_go(session: Session) -> None:
    kept = record(
        session,
        JUDGED,
        ACTOR,
        subject=("item", new_id()),
        people=[new_id()],
        body={"reason_commitment": said("of somebody else"), "answers": [], "count": 0},
    )
    judge(session)
    forget_words(session, WORKER)
    assert session.scalars(select(AuditWords.event_id)).all() == [kept]


def test_what_organizations_write_to_each_other_stays_when_its_writer_is_erased(session: Session) -> None:
    body = {"reason_commitment": said("Too many boxes are loose."), "answers": [], "count": 0}
    record(session, JUDGED, JUDGE, subject=("item", new_id()), organizations=[new_id()], body=body)
    assert forget_words(session, REVIEWER) == 0


def test_words_go_with_whom_they_are_about_though_the_event_is_not_theirs_to_read(session: Session) -> None:
    body = {"reason_commitment": said(LOOSE), "answers": [], "count": 0}
    event_id = record(session, JUDGED, JUDGE, subject=("item", new_id()), about=[WORKER], body=body)
    assert session.get_one(AuditEvent, event_id).person_ids == []
    assert forget_words(session, WORKER) == 1


def test_words_can_be_taken_away_and_never_changed(session: Session) -> None:
    judge(session)
    with pytest.raises(DatabaseError), session.begin_nested():
        session.execute(text("UPDATE audit_words SET text = 'Well done.'"))
    session.execute(text("DELETE FROM audit_words"))


def test_words_that_a_superuser_changed_are_found_and_named(log: Log) -> None:
    event_id = judge(log.session)
    seal_all(log.session)
    assert log.verify().ok
    log.tamper("UPDATE audit_words SET text = 'Well done.' WHERE place = '/reason_commitment'")
    assert log.found() == (
        f"audit_words {public('event', event_id)} /reason_commitment: the text or its salt was altered: "
        "it is not what the event committed to"
    )


def test_live_words_are_compared_under_the_salt_they_were_sealed_with(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = {"reason": LOOSE, "comment": CARELESS}

    def recompute(session: Session, subject_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, object]]:
        del session
        body = {
            "reason_commitment": Said(live["reason"]),
            "answers": [{"n": 1}, {"comment_commitment": Said(live["comment"])}],
        }
        return {subject: {**body, "count": 2} for subject in subject_ids}

    monkeypatch.setitem(recording._RECOMPUTERS, (JUDGED.kind, 1), recompute)
    judge(log.session)
    seal_all(log.session)
    assert log.verify().ok
    live["reason"] = "Well done."
    assert "/reason_commitment was sealed as" in log.found()
    forget_words(log.session, WORKER)
    assert "was sealed as" in log.found(), "deleted words hide no other ones"
    live.update(reason=ERASED, comment=ERASED)
    assert log.verify().ok
