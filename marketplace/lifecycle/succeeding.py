"""Default of a layer and succession (rule 9), in one transaction: declared, or by the watch on silent layers."""

import datetime as dt
import uuid

from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.audit.words import said
from marketplace.contracts import recalling, succession
from marketplace.contracts.default_models import ContractDefault
from marketplace.contracts.errors import CONTRACT_IS_ROOT, SELLER_DIFFERS
from marketplace.contracts.events import CONTRACT_DEFAULTED, CONTRACT_SUCCEEDED
from marketplace.contracts.models import Contract
from marketplace.contracts.paths import path
from marketplace.contracts.queries import get_contract
from marketplace.contracts.reasons import require_reason
from marketplace.contracts.states import AMENDABLE, OVER
from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import NOT_FOUND, STATE_CONFLICT
from marketplace.kernel.ids import public
from marketplace.settlement.defaulting import hold_margins
from marketplace.work.withdrawing import set_claimable

_STATEMENTS = load(__file__, "succeeding.sql")

DEFAULTABLE = AMENDABLE | OVER
"""States of a contract whose seller can be in default: work is claimed or waits under it, or margins are to come."""


def declare_default(
    session: Session, actor: Actor, contract_id: uuid.UUID, seller_id: uuid.UUID, reason: str
) -> ContractDefault:
    """Declare that a contract's seller cannot go on with it, as the platform's operations or as the seller itself.

    `seller_id` says whose default is meant: of two who declare it, the second does not hit the successor.

    Its margins are held (J11), and a successor sells under the contract from this moment: the layer above, else one
    further above up to the client, else the platform as caretaker. Workers keep claims, pay and dates; layers below
    their prices; answers that wait are the successor's to review. Raises forbidden, not_found, contract_is_root,
    invalid without a reason, seller_differs, state_conflict for a contract that is over, or that the platform has as
    caretaker and nobody above can take over.
    """
    actor.require("contract.default")
    seen = get_contract(session, actor, contract_id)
    if seller_id != actor.organization_id and not actor.is_staff:
        raise NOT_FOUND.error("There is no contract of yours with this id.", noun="contract")
    if seen.parent_id is None:
        raise CONTRACT_IS_ROOT.error("The job's own contract has no seller who could be in default.")
    said = require_reason(reason)
    job = lock_job(session, seen.job_id)
    tree = recalling.lock_tree(session, seen)
    if tree[0].seller_organization_id != seller_id:
        raise SELLER_DIFFERS.error("This organization does not sell under the contract, or no longer.")
    return _succeed(session, actor, job.id, tree, cause="declared", reason=said)


def succeed_silent(session: Session, silent_for: dt.timedelta, limit: int = 20) -> int:
    """Sweep: declare the default of one layer that lets answers wait and says nothing; returns how many it declared.

    Silent is who owes verdicts by the job's `acceptance_by`, has let an answer wait for so long, and has given none
    in that time on any answer of the job; market time. One contract in a transaction.
    """
    before = market_now(session) - silent_for
    for row in session.execute(
        _STATEMENTS.silent, {"before": before, "ids": None, "number": None, "limit": limit}
    ).all():
        lock_job(session, row.job_id)
        values = {"before": before, "ids": [row.id], "number": None, "limit": 1}
        again = session.execute(_STATEMENTS.silent, values).one_or_none()
        if again is None:
            continue
        tree = recalling.lock_tree(session, session.get_one(Contract, row.id))
        reason = f"No verdict for {silent_for.days} days, while an answer waits since {again.waits_since:%Y-%m-%d}."
        _succeed(session, system_actor("succeed_silent"), row.job_id, tree, cause="silence", reason=reason)
        return 1
    return 0


def pass_holds(session: Session, tree: list[Contract], former_id: uuid.UUID, successor_id: uuid.UUID) -> None:
    """Let the successor decide what waits in a tree for the former seller, where that one stands above no longer."""
    stands = any(above.seller_organization_id == former_id for above in path(session, tree[0].id)[:-1])
    above_of, sellers = {tree[0].id: stands}, {one.id: one.seller_organization_id for one in tree}
    for one in tree[1:]:
        assert one.parent_id is not None
        above_of[one.id] = above_of[one.parent_id] or sellers[one.parent_id] == former_id
    left = [contract_id for contract_id, stands in above_of.items() if not stands]
    values = {"contract_ids": left, "former": former_id, "successor": successor_id}
    session.execute(_STATEMENTS.pass_holds, values)
    session.execute(_STATEMENTS.pass_items, values)


def _succeed(
    session: Session, actor: Actor, job_id: uuid.UUID, tree: list[Contract], *, cause: str, reason: str
) -> ContractDefault:
    contract = tree[0]
    if contract.state not in DEFAULTABLE:
        message = f"This contract is {contract.state}; nobody sells under it."
        raise STATE_CONFLICT.error(message, noun="contract", current=contract.state)
    house = system_actor("succeed_layer")
    default = succession.hand_over(
        session, house, tree, cause=cause, reason=reason, declared_by=None if cause == "silence" else actor.person_id
    )
    pass_holds(session, tree, default.former_organization_id, default.successor_organization_id)
    held = hold_margins(session, house, default)
    job = lock_job(session, job_id)
    set_claimable(session, job.id, claimable=job.state == "open")
    parties = {
        "job": public("job", contract.job_id),
        "buyer": public("organization", contract.buyer_organization_id),
        "default": public("default", default.id),
    }
    former = public("organization", default.former_organization_id)
    record(
        session,
        CONTRACT_DEFAULTED,
        actor,
        subject=("contract", contract.id),
        # What is held is the former seller's affair; the others learn of the succession.
        organizations=[default.former_organization_id],
        body={
            **parties,
            "seller": former,
            "cause": cause,
            "reason_commitment": said(reason),
            "held": None if held is None else held.to_wire(),
        },
    )
    children = [one.seller_organization_id for one in tree if one.parent_id == contract.id]
    record(
        session,
        CONTRACT_SUCCEEDED,
        house,
        subject=("contract", contract.id),
        organizations={
            default.former_organization_id,
            default.successor_organization_id,
            contract.buyer_organization_id,
            *children,
        },
        body={
            **parties,
            "seller": public("organization", default.successor_organization_id),
            "former": former,
            "taker": default.taker,
        },
    )
    return default
