"""The feed: sealed events become notifications, in leaf order, each leaf once."""

import json
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.queries import SealedEvent, sealed_after
from marketplace.identity.models import Membership
from marketplace.kernel.ids import parse, public
from marketplace.notifications.models import Notification, NotificationCursor
from marketplace.notifications.rules import ROLES, RULES, Rule

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
    rows = [row for leaf in leaves if leaf.event.kind in RULES for row in _rows(session, leaf)]
    if rows:
        session.execute(insert(Notification).on_conflict_do_nothing(), rows)
    cursor.next_leaf = leaves[-1].leaf_number + 1
    session.flush()
    return len(leaves)


def _rows(session: Session, leaf: SealedEvent) -> Iterator[dict[str, Any]]:
    rule, event = RULES[leaf.event.kind], leaf.event
    body = json.loads(leaf.body)
    data = body["data"]
    told = {name: _short(name, data[name]) for name in rule.fields if data.get(name) is not None}
    for person_id, organization_id in _audience(session, rule, leaf, data):
        # Nobody is told what they did themselves.
        if public("person", person_id) != body["actor"]:
            yield {
                "person_id": person_id,
                "organization_id": organization_id,
                "kind": event.kind,
                "subject_noun": event.subject_noun,
                "subject_id": event.subject_id,
                "body": told,
                "leaf_index": leaf.leaf_number,
                "created_at": event.at,
            }


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
