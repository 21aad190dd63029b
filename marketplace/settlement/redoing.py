"""A redo beyond the job's limit: the layer that asks for it pays the worker again, out of its own margin (rule 7)."""

import hashlib

from sqlalchemy.orm import Session

from marketplace.contracts.models import Contract
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import INVALID, FieldError
from marketplace.kernel.ids import public
from marketplace.settlement.extra_models import Extra
from marketplace.settlement.extras import pay_from_layer
from marketplace.work.errors import REDO_LIMIT
from marketplace.work.verdicts import Decisions


def pay_for_redo(session: Session, actor: Actor, decisions: Decisions) -> Extra:
    """Pay the worker the pay of every answer that was sent back, at once; it is theirs whatever comes of the redo.

    The reviewing layer's contract on the answers' way pays. Raises redo_limit where that side has none (the client),
    margin_short where its margin does not cover it, and invalid beside other verdicts.
    """
    others = [*decisions.accepted, *decisions.paid_not_used, *decisions.rejected, *decisions.held]
    if others:
        message = "A redo that is paid for is asked for alone; give the other verdicts on their own."
        raise INVALID.error(message, errors=[FieldError("/pay_redo_fee", "not_alone", message)])
    claim, batch = decisions.claim, decisions.batch
    answers = sorted(answer.id.bytes for answer in decisions.redo)
    digest = hashlib.sha256(b"".join(answers)).hexdigest()[:32]
    return pay_from_layer(
        session,
        actor,
        kind="redo_fee",
        contract=_paying(session, actor, batch.contract_id),
        worker_id=claim.worker_id,
        claim=claim,
        amount=batch.pay * len(answers),
        key=f"redo_fee:{public('claim', claim.id)}:{claim.attempt}:{digest}",
    )


def _paying(session: Session, actor: Actor, contract_id: object) -> Contract:
    contract = session.get(Contract, contract_id)
    while contract is not None and (contract.layer == 0 or contract.seller_organization_id != actor.organization):
        contract = None if contract.parent_id is None else session.get(Contract, contract.parent_id)
    if contract is None:
        raise REDO_LIMIT.error("Only a layer can pay for a further redo, out of its margin; you have none here.")
    return contract
