"""Submitting: the answers of one attempt on a claim, judged by the label schema and written as one set."""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from marketplace.audit import recording as audit
from marketplace.db.hot import HotStatement, array
from marketplace.db.sql import load
from marketplace.jobs import labels
from marketplace.jobs.prelabels import is_changed
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import NOT_FOUND, FieldError
from marketplace.kernel.ids import new_id, public
from marketplace.kernel.texts import say
from marketplace.work import events
from marketplace.work.claiming import ClaimItem, claim_items
from marketplace.work.errors import ANSWERS_INVALID, ATTEMPT_CLOSED, LEASE_OVER, SUBMISSION_TOO_LARGE
from marketplace.work.gold_drawing import write_answer
from marketplace.work.masking import Mask, mask_of, masked_contents
from marketplace.work.states import CLAIM
from marketplace.work.timing import HARD_SEVERITY, note_answered

SUBMISSION_BYTES_MAX: Final = 2 * 1024 * 1024
"""Of all answers of a submission together, as canonical JSON; a request's body has a limit of its own above it."""

_STATEMENTS = load(__file__, "submitting.sql")
_LOCK_CLAIM = HotStatement(_STATEMENTS.lock_claim)
_FIRST_ATTEMPT = HotStatement(_STATEMENTS.first_attempt)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a submission; `replayed` when the same answers had come before."""

    claim_id: uuid.UUID
    attempt: int
    state: str
    submitted_at: dt.datetime | None
    answer_count: int
    replayed: bool


class _Row(NamedTuple):
    """A claim under its lock, with what judging its answers needs; `now` is market time."""

    id: uuid.UUID
    state: str
    attempt: int
    job_id: uuid.UUID
    lease_until: dt.datetime | None
    price_chain_id: uuid.UUID
    now: dt.datetime
    kind: str
    label_schema: dict[str, Any]
    severity: int
    shown_count: int | None
    items: list[dict[str, Any]] | None


def submit(
    session: Session,
    actor: Actor,
    claim_id: uuid.UUID,
    answers: Mapping[uuid.UUID, Mapping[str, Any]],
    attempt: int,
) -> Submitted:
    """Submit the answers (item id to content) of the claim's present attempt.

    The first attempt answers every item, a later one exactly those that were sent back. The same attempt with the
    same answers may come again and changes nothing. Raises forbidden, not_found, state_conflict, lease_over,
    attempt_closed, answers_invalid (with one error for each thing wrong, by item), submission_too_large.
    """
    actor.require("work.submit")
    found = _LOCK_CLAIM.row(session, {"claim_id": claim_id, "worker_id": actor.person})
    if found is None:
        raise NOT_FOUND.error(say("There is no claim with this id."), noun="claim")
    row = _Row(*found)
    if row.state != "claimed" or attempt < row.attempt:
        return _again(session, row, answers, attempt)
    if attempt != row.attempt:
        raise ATTEMPT_CLOSED.error(
            say("The claim is at attempt %(attempt)s, not %(attempt2)s.", attempt=row.attempt, attempt2=attempt),
            attempt=row.attempt,
        )
    # Under the lock: the sweep of leases cannot have freed the seat, and cannot until this ends.
    if row.lease_until is None or row.lease_until <= row.now:
        raise LEASE_OVER.error(say("The lease ended before the answers came."))
    items = claim_items(row.items)
    if attempt > 1:
        sent_back = set(session.scalars(_STATEMENTS.redo_items, {"claim_id": claim_id}))
        items = [item for item in items if item.id in sent_back]
    mask, shown = _shown(session, row, items, attempt)
    _judge(row, shown, answers)
    # Ids of answers are ordered, too: they are made for all that is shown, in its order.
    answer_ids = {item.id: new_id() for item in shown}
    if mask is not None:
        if mask.gold is not None and mask.gold[0] in answer_ids:
            gold_id, gold_item_id = mask.gold
            write_answer(session, claim_id, actor.person, gold_item_id, answer_ids[gold_id], answers[gold_id])
        answers, answer_ids = mask.unmasked(answers), mask.unmasked(answer_ids)
    lines = [(item, _canonical(answers[item.id])) for item in items]
    _write(session, row, lines, answers, answer_ids, attempt)
    if row.severity >= HARD_SEVERITY:
        note_answered(session, claim_id, actor.person, len(shown))
    _record(session, actor, row, lines, attempt)
    return Submitted(claim_id, attempt, "submitted", row.now, len(shown), replayed=False)


def check_answers(
    session: Session, actor: Actor, claim_id: uuid.UUID, answers: Mapping[uuid.UUID, Mapping[str, Any]]
) -> None:
    """Raise what is wrong with answers to the first attempt of one's own claim, as `submit` would; nothing is written.

    Raises answers_invalid, submission_too_large. The caller found the claim.
    """
    found = _LOCK_CLAIM.row(session, {"claim_id": claim_id, "worker_id": actor.person})
    assert found is not None, "its worker holds its lock"
    row = _Row(*found)
    _judge(row, _shown(session, row, claim_items(row.items), 1)[1], answers)


def _shown(session: Session, row: _Row, items: list[ClaimItem], attempt: int) -> tuple[Mask | None, list[ClaimItem]]:
    """How items of the claim are shown to its worker."""
    if row.shown_count is None:
        return None, items
    mask = mask_of(session, row.id, claim_items(row.items))
    return mask, mask.those_of(items, with_gold=attempt == 1)


def _judge(row: _Row, shown: list[ClaimItem], answers: Mapping[uuid.UUID, Mapping[str, Any]]) -> None:
    _check(row.kind, row.label_schema, shown, answers)
    _refuse_size([(item, _canonical(answers[item.id])) for item in shown])


def _refuse_size(lines: list[tuple[ClaimItem, str]]) -> None:
    # In bytes only where the number of characters leaves a doubt: none of them takes more than four.
    size = sum(len(content) for _, content in lines)
    if size * 4 > SUBMISSION_BYTES_MAX:
        size = sum(len(content.encode()) for _, content in lines)
    if size > SUBMISSION_BYTES_MAX:
        raise SUBMISSION_TOO_LARGE.error(
            say(
                "The answers of a submission have at most %(most)s bytes together; these have %(size)s.",
                most=SUBMISSION_BYTES_MAX,
                size=size,
            ),
            limit=SUBMISSION_BYTES_MAX,
        )


def _canonical(content: Mapping[str, Any]) -> str:
    """One text for one content, and the same again after a way through the database."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _again(session: Session, row: _Row, answers: Mapping[uuid.UUID, Mapping[str, Any]], attempt: int) -> Submitted:
    before = {
        found.item_id: _canonical(found.content)
        for found in session.execute(_STATEMENTS.attempt_contents, {"claim_id": row.id, "attempt": attempt})
    }
    if not before:
        if row.state == "expired":
            raise LEASE_OVER.error(say("The lease ended before the answers came."))
        CLAIM.check(row.state, "submitted")
        raise ATTEMPT_CLOSED.error(
            say("There is no attempt %(attempt)s on this claim.", attempt=attempt), attempt=row.attempt
        )
    if row.shown_count is not None:
        before = {
            shown_id: content if isinstance(content, str) else _canonical(content)
            for shown_id, content in masked_contents(session, row.id, claim_items(row.items), before, attempt).items()
        }
    if before != {item_id: _canonical(content) for item_id, content in answers.items()}:
        raise ATTEMPT_CLOSED.error(
            say("Attempt %(attempt)s was submitted with other answers.", attempt=attempt), attempt=row.attempt
        )
    return Submitted(row.id, attempt, row.state, None, len(before), replayed=True)


def _check(
    kind: str,
    schema: dict[str, Any],
    items: list[ClaimItem],
    answers: Mapping[uuid.UUID, Mapping[str, Any]],
) -> None:
    expected = {item.id for item in items}
    errors = [
        FieldError(_pointer(item_id), "item_not_expected", say("This item is not among those to answer now."))
        for item_id in answers
        if item_id not in expected
    ]
    rules = labels.KINDS[kind]
    for item in items:
        if item.id not in answers:
            errors.append(FieldError(_pointer(item.id), "answer_missing", say("This item has no answer.")))
            continue
        found = labels.answer_errors(rules, schema, answers[item.id], item.meta)
        errors += [FieldError(_pointer(item.id) + error.pointer, error.code, error.message) for error in found]
    if errors:
        raise ANSWERS_INVALID.error(
            say("%(count)s things in the answers are not right.", count=len(errors)), errors=errors
        )


def _pointer(item_id: uuid.UUID) -> str:
    return f"/answers/{public('item', item_id)}"


def _write(
    session: Session,
    row: _Row,
    lines: list[tuple[ClaimItem, str]],
    answers: Mapping[uuid.UUID, Mapping[str, Any]],
    answer_ids: Mapping[uuid.UUID, uuid.UUID],
    attempt: int,
) -> None:
    parameters: dict[str, Any] = {
        "claim_id": row.id,
        "item_ids": array(item.id for item, _ in lines),
        "contents": array(content for _, content in lines),
        "changed": array(is_changed(item.prelabel, answers[item.id]) for item, _ in lines),
        "now": row.now,
    }
    if attempt == 1:
        parameters |= {
            "answer_ids": array(answer_ids[item.id] for item, _ in lines),
            "ordinals": array(item.ordinal for item, _ in lines),
            "job_id": row.job_id,
            "price_chain_id": row.price_chain_id,
        }
        _FIRST_ATTEMPT.run(session, parameters)
    else:
        session.execute(_STATEMENTS.next_attempt, {**parameters, "attempt": attempt})


def answers_digest(lines: list[tuple[uuid.UUID, str]]) -> str:
    """SHA-256 over one line for each answer, `item id as hex, space, content`, hex."""
    digest = hashlib.sha256()
    for item_id, content in lines:
        digest.update(f"{item_id.hex} {content}\n".encode())
    return digest.hexdigest()


def _record(session: Session, actor: Actor, row: _Row, lines: list[tuple[ClaimItem, str]], attempt: int) -> None:
    audit.record(
        session,
        events.CLAIM_SUBMITTED,
        actor,
        subject=("claim", row.id),
        people=[actor.person],
        body={
            "job": public("job", row.job_id),
            "attempt": attempt,
            "answer_count": len(lines),
            "digest": answers_digest([(item.id, content) for item, content in lines]),
        },
        at=row.now,
    )
