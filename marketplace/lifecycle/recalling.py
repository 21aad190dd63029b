"""Recalling: a buyer takes back what nobody works on of a contract; live claims finish and are paid."""

import uuid
from collections.abc import Mapping

from sqlalchemy.orm import Session

from marketplace.contracts import allotting, recalling
from marketplace.contracts.models import Contract
from marketplace.contracts.states import CONTRACT, TAKING_BACK
from marketplace.jobs.locking import lock_job
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.errors import INVALID, STATE_CONFLICT, FieldError
from marketplace.work.releasing import release
from marketplace.work.withdrawing import withdraw_contracts


def recall_contract(session: Session, actor: Actor, contract_id: uuid.UUID) -> Contract:
    """Take back all of a contract that nobody works on, as its buyer; the contract and all below it are recalled.

    Open seats at and below it are withdrawn and their money is free again, offers below end, and the items return
    to the buyer's free ones. What is claimed is finished, reviewed as before and paid at its frozen chain; a claim
    that ends without an answer returns its items too. Raises forbidden, not_found, contract_is_root, state_conflict.
    """
    actor.require("contract.offer")
    seen = recalling.bought_contract(session, actor, contract_id)
    # Opening tasks, offering and accepting below hold the job's lock too: each is over before this, and taken back
    # with the rest, or finds the contract recalled.
    job = lock_job(session, seen.job_id)
    tree = recalling.lock_tree(session, seen)
    contract = tree[0]
    if contract.state != "frozen":
        CONTRACT.check(contract.state, "recalled")
    # Who recalled is the two parties' affair; below, it is the house that ends contracts.
    house = system_actor("recall_contract")
    withdraw_contracts(session, house, job, [one.id for one in tree])
    recalling.end_offers(session, house, tree)
    returned = recalling.return_items(session, tree)
    for one in tree:
        if one.state in TAKING_BACK:
            recalling.end_recalled(session, actor if one is contract else house, one, returned[one.id])
    release(session, job, house)
    return contract


def recall_items(session: Session, actor: Actor, contract_id: uuid.UUID, items: Mapping[str, int]) -> Contract:
    """Take back some free items of a contract by rate code, as its buyer: neither offered below nor in tasks.

    The contract goes on with the rest; when no item is left to it, it is recalled. Raises forbidden, not_found,
    contract_is_root, state_conflict, invalid, allotment_short.
    """
    actor.require("contract.offer")
    seen = recalling.bought_contract(session, actor, contract_id)
    if not items or any(count < 1 for count in items.values()):
        message = "Name at least one rate, and at least one item of each."
        raise INVALID.error(message, errors=[FieldError("/rates", "out_of_range", message)])
    lock_job(session, seen.job_id)
    contract = recalling.lock_tree(session, seen)[0]
    if contract.state not in TAKING_BACK:
        message = f"This contract is {contract.state}; items are taken back while it is active or frozen."
        raise STATE_CONFLICT.error(message, noun="contract", current=contract.state)
    returned = {}
    for code, count in sorted(items.items()):
        returned[code] = allotting.take(session, contract.id, code, count, pointer=f"/rates/{code}/items")
        allotting.give_up(session, contract, code, returned[code])
    if recalling.holds_nothing(session, contract.id):
        recalling.end_recalled(session, actor, contract, returned)
    else:
        contract.version += 1
        recalling.record_returned(session, actor, contract, returned)
    return contract
