"""Submitting and taking the next task, in one go: what most workers do after most tasks."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from marketplace.db.hot import HotStatement
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.work.claiming import HELD_MAX, Claimed, claim_next
from marketplace.work.submitting import Submitted, submit

_BATCH_OF = HotStatement(text("SELECT batch_id FROM claim WHERE id = :claim_id"))


@dataclass(frozen=True, slots=True)
class WentOn:
    """A submission that stands, and the next claim or why there is none; neither where the submission had come before.

    Who sends a submission again may have got the next task with the answer that was lost: it is among their claims.
    """

    submitted: Submitted
    claimed: Claimed | None = None
    refusal: DomainError | None = None


def submit_and_claim(
    session: Session,
    actor: Actor,
    claim_id: uuid.UUID,
    answers: Mapping[uuid.UUID, Mapping[str, Any]],
    attempt: int,
    *,
    held_max: int = HELD_MAX,
) -> WentOn:
    """Submit, and claim the next task of the same batch; the submission stands whether there is a next one or not.

    Raises what `submit` raises, and then nothing is claimed. What `claim_next` raises is told, not raised.
    """
    submitted = submit(session, actor, claim_id, answers, attempt)
    if submitted.replayed:
        return WentOn(submitted)
    found = _BATCH_OF.row(session, {"claim_id": claim_id})
    assert found is not None, "it was just submitted"
    try:
        with session.begin_nested():
            return WentOn(submitted, claim_next(session, actor, found[0], held_max=held_max))
    except DomainError as refusal:
        return WentOn(submitted, refusal=refusal)
