"""The feed: sealed events become notifications, in leaf order, each leaf once."""

import json
import uuid
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.queries import SealedEvent, sealed_after
from marketplace.audit.words import words_of
from marketplace.identity.models import Membership, Person
from marketplace.kernel.ids import parse, public
from marketplace.notifications.models import Notification, NotificationCursor
from marketplace.notifications.rules import ROLES, RULES, Rule
from marketplace.work.models import Claim

Told = tuple[uuid.UUID, uuid.UUID | None]
"""A person, and the organization for which they are told; None as a worker."""


def sweep(session: Session, limit: int = 500) -> int:
    """Read up to `limit` sealed leaves on and write what is to be told of them; returns how many leaves were read.

    One reader at a time: whoever finds the cursor locked has nothing to do. Leaves never change and none appears
    before one that was read, so nothing is lost or told twice.
    """
    cursor = session.scalar(
        select(NotificationCursor).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    )
    if cursor is None:
        return 0
    leaves = sealed_after(session, cursor.next_leaf - 1, limit=limit)
    if not leaves:
        return 0
    told = [row for leaf in leaves if leaf.event.kind in RULES for row in _rows(session, leaf)]
    rows = _without_erased(session, told)
    if rows:
        session.execute(insert(Notification).on_conflict_do_nothing(), rows)
    cursor.next_leaf = leaves[-1].leaf_number + 1
    session.flush()
    return len(leaves)


def _without_erased(session: Session, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Nobody is told anything any more who was erased."""
    people = {row["person_id"] for row in rows}
    erased = set(session.scalars(select(Person.id).where(Person.id.in_(people), Person.state != "active")))
    return [row for row in rows if row["person_id"] not in erased]


def _rows(session: Session, leaf: SealedEvent) -> Iterator[dict[str, Any]]:
    rule, event = RULES[leaf.event.kind], leaf.event
    body = json.loads(leaf.body)
    data = body["data"]
    told = {name: _short(name, data[name]) for name in rule.fields if data.get(name) is not None}
    told |= _said(session, leaf, {name for name in rule.fields if data.get(f"{name}_commitment") is not None})
    own = _claims_by_worker(session, data["claims"]) if rule.sums else {}
    for person_id, organization_id in _audience(session, rule, leaf, data):
        # Nobody is told what they did themselves, but where it may not have been them.
        if rule.oneself or public("person", person_id) != body["actor"]:
            claims = own.get(person_id, {})
            lone = len(claims) == 1
            yield {
                "person_id": person_id,
                "organization_id": organization_id,
                "kind": event.kind,
                "subject_noun": "claim" if lone else event.subject_noun,
                "subject_id": next(iter(claims)) if lone else event.subject_id,
                "body": told | {name: _sum(claims.values(), of) for name, of in rule.sums.items()},
                "leaf_index": leaf.leaf_number,
                "created_at": event.at,
            }


def _claims_by_worker(
    session: Session, told: Sequence[dict[str, Any]]
) -> dict[uuid.UUID, dict[uuid.UUID, dict[str, Any]]]:
    """What an event says of each claim, by worker and claim."""
    by_id = {parse("claim", line["claim"]): line for line in told}
    found: dict[uuid.UUID, dict[uuid.UUID, dict[str, Any]]] = {}
    for claim_id, worker_id in session.execute(select(Claim.id, Claim.worker_id).where(Claim.id.in_(by_id))):
        found.setdefault(worker_id, {})[claim_id] = by_id[claim_id]
    return found


def _sum(claims: Iterable[dict[str, Any]], of: str) -> int:
    return sum(claim[of] if of else 1 for claim in claims)


def _said(session: Session, leaf: SealedEvent, names: Collection[str]) -> dict[str, str]:
    """What was said in these places, as far as it was not taken away."""
    if not names:
        return {}
    spoken = words_of(session, [leaf.event.id]).get(leaf.event.id, {})
    return {name: spoken[place].text for name in names if (place := f"/{name}_commitment") in spoken}


def _short(name: str, value: Any) -> Any:
    return len(value) if name == "answers" else value


def _audience(session: Session, rule: Rule, leaf: SealedEvent, data: dict[str, Any]) -> list[Told]:
    told: list[Told] = [(person_id, None) for person_id in leaf.event.person_ids] if rule.workers else []
    organizations: Sequence[uuid.UUID] = ()
    if rule.side == "readers":
        organizations = leaf.event.organization_ids
    elif rule.side:
        organizations = [parse("organization", data[rule.side])]
    if organizations:
        members = select(Membership.person_id, Membership.organization_id).where(
            Membership.organization_id.in_(organizations), Membership.role.in_(ROLES)
        )
        told += [(person_id, organization_id) for person_id, organization_id in session.execute(members.distinct())]
    return told
