"""From the sealed log to the events of each organization, in leaf order, each leaf once."""

import json
import uuid
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from marketplace.audit.models import AuditEvent
from marketplace.audit.queries import SealedEvent, sealed_after
from marketplace.contracts.models import Contract
from marketplace.db.errors import CURSOR_INVALID
from marketplace.db.paging import LIMIT_DEFAULT, Page, paginate
from marketplace.jobs.models import Job
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import parse
from marketplace.notifications.models import OrganizationEvent, OrganizationEventCursor, Webhook
from marketplace.notifications.published import PUBLISHED
from marketplace.work.dispute_models import Dispute
from marketplace.work.models import Answer, Batch, Claim

Sides = Mapping[uuid.UUID, set[uuid.UUID]]
"""The id of a claim, batch or dispute: its client's organization, and that of the layer that opened the task."""


def sweep(session: Session, limit: int = 500) -> int:
    """Read up to `limit` sealed leaves on and note which organization each is told to; returns how many were read.

    One reader at a time: whoever finds the cursor locked has nothing to do. Leaves never change and none appears
    before one that was read, so nothing is lost or told twice.
    """
    cursor = session.scalar(
        select(OrganizationEventCursor).with_for_update(skip_locked=True).execution_options(populate_existing=True)
    )
    if cursor is None:
        return 0
    leaves = sealed_after(session, cursor.next_leaf - 1, limit=limit)
    if not leaves:
        return 0
    told = [leaf for leaf in leaves if leaf.event.kind in PUBLISHED]
    sides = _sides(session, [leaf.event for leaf in told if PUBLISHED[leaf.event.kind].audience == "work"])
    subscribers = _subscribers(
        session, {leaf.event.kind for leaf in told if PUBLISHED[leaf.event.kind].audience == "subscribers"}
    )
    rows = [
        {
            "organization_id": organization_id,
            "leaf_number": leaf.leaf_number,
            "kind": leaf.event.kind,
            "event_id": leaf.event.id,
        }
        for leaf in told
        for organization_id in sorted(_audience(leaf, sides) | subscribers.get(leaf.event.kind, set()))
    ]
    if rows:
        session.execute(insert(OrganizationEvent), rows)
    cursor.next_leaf = leaves[-1].leaf_number + 1
    session.flush()
    return len(leaves)


def _audience(leaf: SealedEvent, sides: Sides) -> set[uuid.UUID]:
    readers = set(leaf.event.organization_ids)
    rule = PUBLISHED[leaf.event.kind]
    if rule.audience == "work":
        return readers | sides.get(leaf.event.subject_id, set())
    if rule.audience == "parties":
        data = json.loads(leaf.body)["data"]
        return readers & {party for name in rule.parties if (party := _organization(data[name])) is not None}
    return readers


def _subscribers(session: Session, kinds: Collection[str]) -> dict[str, set[uuid.UUID]]:
    """The organizations with a webhook for each of these kinds."""
    hooks = select(Webhook.organization_id).where(Webhook.state != "deleted").distinct()
    return {kind: set(session.scalars(hooks.where(literal(kind) == Webhook.kinds.any_()))) for kind in sorted(kinds)}


def _organization(text: str) -> uuid.UUID | None:
    """The organization that a public id names; None for that of a person."""
    try:
        return parse("organization", text)
    except DomainError:
        return None


def _sides(session: Session, events: Sequence[AuditEvent]) -> Sides:
    claims = [event.subject_id for event in events if event.subject_noun == "claim"]
    batches = [event.subject_id for event in events if event.subject_noun == "batch"]
    disputes = [event.subject_id for event in events if event.subject_noun == "dispute"]
    found: dict[uuid.UUID, set[uuid.UUID]] = {}
    parties = select(Job.organization_id, Contract.seller_organization_id)
    opened = Batch.id == Claim.batch_id
    if claims:
        of_claims = (
            parties.add_columns(Claim.id)
            .select_from(Claim)
            .join(Batch, opened)
            .join(Contract, Contract.id == Batch.contract_id)
            .join(Job, Job.id == Batch.job_id)
            .where(Claim.id.in_(claims))
        )
        found |= {claim_id: {client, opener} for client, opener, claim_id in session.execute(of_claims)}
    if batches:
        of_batches = (
            parties.add_columns(Batch.id)
            .select_from(Batch)
            .join(Contract, Contract.id == Batch.contract_id)
            .join(Job, Job.id == Batch.job_id)
            .where(Batch.id.in_(batches))
        )
        found |= {batch_id: {client, opener} for client, opener, batch_id in session.execute(of_batches)}
    if disputes:
        of_disputes = (
            parties.add_columns(Dispute.id)
            .select_from(Dispute)
            .join(Answer, Answer.id == Dispute.answer_id)
            .join(Claim, Claim.id == Answer.claim_id)
            .join(Batch, opened)
            .join(Contract, Contract.id == Batch.contract_id)
            .join(Job, Job.id == Batch.job_id)
            .where(Dispute.id.in_(disputes))
        )
        found |= {dispute_id: {client, opener} for client, opener, dispute_id in session.execute(of_disputes)}
    return found


def events(
    session: Session,
    actor: Actor,
    *,
    kinds: Sequence[str] = (),
    after: uuid.UUID | None = None,
    cursor: str | None = None,
    limit: int = LIMIT_DEFAULT,
) -> Page[AuditEvent]:
    """A page of the events of the actor's organization, in leaf order; of some kinds if given. Needs event.read.

    `after` is the id of an event that the caller has seen: the page begins with the next. Raises cursor_invalid when
    the organization has no such event.
    """
    actor.require("event.read")
    own = OrganizationEvent.organization_id == actor.organization
    statement = (
        select(AuditEvent)
        .join(OrganizationEvent, OrganizationEvent.event_id == AuditEvent.id)
        .where(own, OrganizationEvent.kind.in_(kinds) if kinds else own)
    )
    if after is not None:
        seen = session.scalar(select(OrganizationEvent.leaf_number).where(own, OrganizationEvent.event_id == after))
        if seen is None:
            raise CURSOR_INVALID.error("Your organization has no event with the id that `after` names.")
        statement = statement.where(OrganizationEvent.leaf_number > seen)
    return paginate(session, statement, keys=[OrganizationEvent.leaf_number], cursor=cursor, limit=limit)
