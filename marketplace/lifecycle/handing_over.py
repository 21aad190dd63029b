"""A contract that was taken over after a default gets a seller of its own again: what its acceptance does."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.contracts import amending, caps, handovers, recalling, succession
from marketplace.contracts.errors import HANDOVER_OWN, OFFER_EXPIRED
from marketplace.contracts.events import CONTRACT_HANDED_OVER
from marketplace.contracts.fee_reports import refuse_frozen_offers
from marketplace.contracts.handover_models import Handover
from marketplace.contracts.handover_queries import get_handover
from marketplace.contracts.models import Contract
from marketplace.contracts.paths import refuse_halted
from marketplace.contracts.states import HANDOVER
from marketplace.db.clock import market_now
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.canonical import instant
from marketplace.kernel.errors import STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.lifecycle.standing import digest_of
from marketplace.lifecycle.succeeding import pass_holds
from marketplace.work.parties import is_member


def accept(session: Session, actor: Actor, handover_id: UUID, terms_digest: str) -> Handover:
    """Accept a handover: one's organization sells under the contract from now on, in one transaction.

    `terms_digest` is that of the standing that was read: nobody is bound to prices or tasks of since then.

    Prices, terms, items, tasks, claims and the layers below stay as they are; answers that wait are the new seller's to
    review, what is accepted from now on is its margin, and what was accepted before stays the former seller's. Raises
    forbidden, not_found, state_conflict, offer_expired, handover_own, contract_halted, offers_frozen, seller_refused.
    """
    actor.require("contract.accept")
    seen = get_handover(session, actor, handover_id)
    handovers.require_party(actor, seen.to_organization_id)
    of = session.get_one(Contract, seen.contract_id)
    job = lock_job(session, of.job_id)
    tree = recalling.lock_tree(session, of)
    contract, children = tree[0], [one for one in tree[1:] if one.parent_id == of.id]
    # Withdrawn, answered by a colleague, recalled or in default again: whatever came first is seen under the locks.
    handover = session.get_one(Handover, seen.id, populate_existing=True)
    HANDOVER.check(handover.state, "accepted")
    if market_now(session) >= handover.expires_at:
        raise OFFER_EXPIRED.error(f"This handover ran out at {instant(handover.expires_at)}.")
    former, successor = handover.from_organization_id, handover.to_organization_id
    if is_member(session, actor.person_id, [former]):
        raise HANDOVER_OWN.error("You are a member of the organization that offers it; a colleague accepts it.")
    handovers.require_taken_over(session, job, contract, former)
    refuse_halted(session, contract.id)
    for party in (former, successor):
        refuse_frozen_offers(session, party)
    caps.refuse(handovers.problems(session, contract, successor))
    # Who offers it sells under it meanwhile: it may open tasks or agree to other prices until this moment.
    if digest_of(session, contract.id) != terms_digest:
        message = "What passes over has changed since it was read; read it again."
        raise STATE_CONFLICT.error(message, noun="handover", current=handover.state)
    # Proposals of new prices bound who sold until now.
    amending.end_waiting(session, system_actor("hand_over"), [contract, *children])
    succession.change_seller(session, contract, children, successor)
    contract.version += 1
    handover.state, handover.decided_at = "accepted", market_now(session)
    session.flush()
    pass_holds(session, tree, former, successor)
    record(
        session,
        CONTRACT_HANDED_OVER,
        actor,
        subject=("contract", contract.id),
        organizations={
            former,
            successor,
            contract.buyer_organization_id,
            *(child.seller_organization_id for child in children),
        },
        body={
            "job": public("job", contract.job_id),
            "buyer": public("organization", contract.buyer_organization_id),
            "seller": public("organization", successor),
            "former": public("organization", former),
            "handover": public("handover", handover.id),
        },
    )
    return handover
