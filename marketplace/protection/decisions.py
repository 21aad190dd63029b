"""Decisions about a worker that a rule made, or that keep the worker from work: in words, with a way to contest each.

They are events of the sealed log which the worker may read; `EXPLAINED` says which kinds are decisions, and what each
means. A kind of event that decides about workers by itself belongs there.
"""

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent, AuditLeaf, AuditReader
from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.db.clock import market_now
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, NOT_FOUND, STATE_CONFLICT, FieldError
from marketplace.kernel.texts import named, say
from marketplace.protection.contest_models import DecisionContest
from marketplace.protection.events import DECISION_ANSWERED, DECISION_CONTESTED
from marketplace.scores.scoring import SCORE_WORDS
from marketplace.work.pause_words import pause_words

REASON_MAX: Final = 4000


@dataclass(frozen=True, slots=True)
class Explained:
    """What a kind of event means to the worker, and what they can do beside contesting it here."""

    words: str
    remedy: str
    by_rule_only: bool = True
    """Whether only those that a rule made count, not those of a person."""


EXPLAINED: Final[Mapping[str, Explained]] = {
    "claims.expired": Explained(
        say("The time for a task was over before answers came, so it went back to others."),
        say(
            "It has no effect on your skills or on what else you find. Answers of a redo that lapsed by it can "
            "be disputed like a rejection."
        ),
    ),
    "claim.held": Explained(
        say(
            "So many answers were rejected at this work that a rule holds further rejections, yours among them: "
            "nothing is decided yet. Another side decides, and silence accepts."
        ),
        say("There is nothing you have to do; your scores are not touched."),
        by_rule_only=False,
    ),
    "answer.rejection_final": Explained(
        say("Nobody contested a rejection of yours within its time, so it is final."),
        say("A rejection can be disputed for the time that is named with it."),
    ),
    "dispute.decided": Explained(
        say("A deadline decided a dispute of yours: the other side was silent."),
        say("Silence decides for the worker; what was contested is paid."),
    ),
    "batch.paused": Explained(
        say(
            "Tasks that you worked at stand still to protect their workers: pay an hour below a wage floor, or "
            "no money left for paid recovery."
        ),
        say("What you hold goes on and is paid; what is missing to the floor is topped up."),
    ),
    "access_rule.made": Explained(
        say("An organization blocked you from its work for a time. Reason and end stand under My standing."),
        say("You can contest it there; what you hold and earned is not touched."),
        by_rule_only=False,
    ),
    "score.changed": Explained(
        say(
            "Your score for a kind of work is known, or another one. It says how well your answers agree with "
            "what most others say of the same items, or with what was known of them before; jobs may ask for "
            "one."
        ),
        say(
            "No answer is rejected because of a score. If operations find that it is wrong, nothing of what you did at "
            "this kind of work so far counts, and your score begins anew."
        ),
    ),
    "skill.revoked": Explained(
        say("A skill was taken back from you. The reason stands under My standing."),
        say("Work that asks for the skill is not shown to you until it is granted again."),
        by_rule_only=False,
    ),
}


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision about a worker, in words, and what they said against it."""

    event_id: uuid.UUID
    kind: str
    at: dt.datetime
    by_rule: bool
    subject_noun: str
    subject_id: uuid.UUID
    words: str
    remedy: str
    reason: str | None
    about_kind: str | None
    """The kind of labeling that it is about, of a score."""
    contest: DecisionContest | None


def own_decisions(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[Decision]:
    """The decisions about the acting worker, newest first. Raises forbidden."""
    actor.require("decision.read.own")
    wanted = (
        select(AuditEvent, AuditLeaf.number)
        .join(AuditLeaf, AuditLeaf.event_id == AuditEvent.id)
        .join(AuditReader, AuditReader.leaf_number == AuditLeaf.number)
        .where(AuditReader.reader_id == actor.person, AuditEvent.kind.in_(EXPLAINED))
    )
    page = paginate(session, wanted, keys=[AuditLeaf.number], cursor=cursor, limit=limit, descending=True)
    events = [event for event, _ in page.data]
    contests = _contests(session, actor.person, [event.id for event in events])
    found = [_decision(event, contests.get(event.id)) for event in events]
    return Page([decision for decision in found if decision is not None], page.next_cursor)


def contest_decision(session: Session, actor: Actor, event_id: uuid.UUID, reason: str) -> Decision:
    """Say once what is wrong with a decision about oneself; operations read and answer it.

    Raises forbidden, not_found, invalid, state_conflict.
    """
    actor.require("decision.contest")
    event = session.get(AuditEvent, event_id)
    decision = _decision(event, None) if event is not None and actor.person in event.person_ids else None
    if decision is None:
        raise NOT_FOUND.error(say("There is no decision about you with this id."), noun="event")
    _check(reason, "/reason")
    if session.get(DecisionContest, (event_id, actor.person)) is not None:
        raise STATE_CONFLICT.error(say("You contested this decision already."), noun="event", current="contested")
    contest = DecisionContest(
        event_id=event_id, person_id=actor.person, reason=reason.strip(), contested_at=market_now(session)
    )
    session.add(contest)
    session.flush()
    body = {"decision": decision.kind}
    record(session, DECISION_CONTESTED, actor, subject=("event", event_id), people={actor.person}, body=body)
    assert event is not None
    found = _decision(event, contest)
    assert found is not None
    return found


def waiting_contests(
    session: Session, actor: Actor, *, cursor: str | None = None, limit: int = LIMIT_DEFAULT
) -> Page[tuple[DecisionContest, Decision]]:
    """What workers contested and nobody answered yet, oldest first, for the platform's people. Raises forbidden."""
    actor.require("protection.read")
    wanted = select(DecisionContest).where(DecisionContest.outcome.is_(None))
    keys = [DecisionContest.contested_at, DecisionContest.event_id, DecisionContest.person_id]
    page = paginate(session, wanted, keys=keys, cursor=cursor, limit=limit)
    lines = []
    for contest in page.data:
        decision = _decision(session.get_one(AuditEvent, contest.event_id), contest)
        if decision is not None:
            lines.append((contest, decision))
    return Page(lines, page.next_cursor)


def answer_contest(
    session: Session, actor: Actor, event_id: uuid.UUID, person_id: uuid.UUID, outcome: str
) -> DecisionContest:
    """Answer a worker's objection in words, once; what follows from it is done where the decision was made.

    Raises forbidden, not_found, invalid, state_conflict.
    """
    actor.require("protection.manage")
    contest = session.get(DecisionContest, (event_id, person_id), with_for_update=True)
    if contest is None:
        raise NOT_FOUND.error("Nobody contested this.", noun="event")
    _check(outcome, "/outcome")
    if contest.outcome is not None:
        raise STATE_CONFLICT.error("This was answered already.", noun="event", current="answered")
    contest.outcome, contest.answered_at = outcome.strip(), market_now(session)
    contest.answered_by_person_id = actor.person_id
    session.flush()
    body = {"outcome_commitment": said(contest.outcome)}
    record(session, DECISION_ANSWERED, actor, subject=("event", event_id), people={person_id}, body=body)
    return contest


def _check(words: str, pointer: str) -> None:
    if not words.strip() or len(words) > REASON_MAX:
        message = say("This takes 1 to %(most)s characters.", most=REASON_MAX)
        raise INVALID.error(message, errors=[FieldError(pointer, "required", message)])


def _contests(session: Session, person_id: uuid.UUID, event_ids: list[uuid.UUID]) -> dict[uuid.UUID, DecisionContest]:
    wanted = select(DecisionContest).where(
        DecisionContest.person_id == person_id, DecisionContest.event_id.in_(event_ids)
    )
    return {contest.event_id: contest for contest in session.scalars(wanted)}


def _reason(kind: str, data: Mapping[str, Any]) -> str | None:
    """What the event says of itself, as it can be put into other languages."""
    stored: str | None = data.get("words")
    if stored is None:
        return None
    if kind == "score.changed":
        found = SCORE_WORDS.read(stored)
        return stored if found is None else found.filled(**{**found.values, "kind": named(data["kind"])})
    return pause_words(stored, data.get("country"))


def _decision(event: AuditEvent, contest: DecisionContest | None) -> Decision | None:
    explained = EXPLAINED.get(event.kind)
    if explained is None:
        return None
    body: dict[str, Any] = json.loads(bytes(event.body))
    by_rule = str(body["actor"]).startswith("system:")
    data = body["data"]
    if (explained.by_rule_only and not by_rule) or (event.kind == "access_rule.made" and data["effect"] != "block"):
        return None
    return Decision(
        event_id=event.id,
        kind=event.kind,
        at=event.at,
        by_rule=by_rule,
        subject_noun=event.subject_noun,
        subject_id=event.subject_id,
        words=explained.words,
        remedy=explained.remedy,
        reason=_reason(event.kind, data),
        about_kind=data.get("kind") if event.kind == "score.changed" else None,
        contest=contest,
    )
