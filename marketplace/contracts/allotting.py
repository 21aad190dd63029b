"""Items change hands as sets of ordinals: a million of them are one row and some milliseconds."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE
from sqlalchemy.orm import Session

from marketplace.contracts.errors import ALLOTMENT_SHORT
from marketplace.contracts.models import Contract, ContractRate
from marketplace.contracts.ordinals import Ordinals
from marketplace.contracts.paths import lock_contract
from marketplace.db.sql import load
from marketplace.kernel.errors import FieldError

_SQL = load(__file__, "allotting.sql")
_TAKE = _SQL.take.columns(taken=INT8MULTIRANGE)
_GIVE_BACK = _SQL.give_back.bindparams(bindparam("ordinals", type_=INT8MULTIRANGE))
_GIVE_UP = _SQL.give_up.bindparams(bindparam("ordinals", type_=INT8MULTIRANGE))


def take(session: Session, contract_id: UUID, rate_code: str, count: int, *, pointer: str = "/items") -> Ordinals:
    """Take the first `count` free ordinals of a rate, under the contract's row lock.

    They are then neither free nor anyone's until the caller writes down whose they are, in the
    same transaction. Raises allotment_short, at `pointer`, when fewer are free.
    """
    if count < 1:
        raise ValueError(f"cannot take {count} items")
    # Two who take at once: the second waits here and sees what the first left.
    lock_contract(session, contract_id)
    key = {"contract_id": contract_id, "rate_code": rate_code}
    row = session.execute(_TAKE, {**key, "wanted": count}).one_or_none()
    if row is None:
        free = session.execute(_SQL.free_count, key).scalar_one_or_none() or 0
        message = f"{count} items of the rate {rate_code!r} are asked for, and {free} are left."
        errors = [FieldError(pointer, ALLOTMENT_SHORT.slug, message)]
        raise ALLOTMENT_SHORT.error(message, errors=errors, rate=rate_code, wanted=count, free=free)
    return cast("Ordinals", row.taken)


def give_back(session: Session, contract_id: UUID, rate_code: str, ordinals: Ordinals) -> None:
    """Make ordinals of the contract free again that were taken before, under its row lock."""
    lock_contract(session, contract_id)
    values = {"contract_id": contract_id, "rate_code": rate_code, "ordinals": ordinals}
    result = session.execute(_GIVE_BACK, values)
    changed = getattr(result, "rowcount", 0)
    assert changed == 1, f"contract {contract_id}: {ordinals} of {rate_code} were not taken from it"


def give_up(session: Session, contract: Contract, rate_code: str, ordinals: Ordinals) -> None:
    """Turn ordinals that the contract has taken (or holds free) into free ones of its parent; both rows are locked."""
    assert contract.parent_id is not None, "the root has nobody to give to"
    values = {"contract_id": contract.id, "rate_code": rate_code, "ordinals": ordinals}
    changed = getattr(session.execute(_GIVE_UP, values), "rowcount", 0)
    assert changed == 1, f"contract {contract.id}: {ordinals} of {rate_code} are not its own"
    give_back(session, contract.parent_id, rate_code, ordinals)


def free_of(session: Session, contract_id: UUID) -> dict[str, Ordinals]:
    """What is free of a contract now, by rate code; rates of which nothing is free are left out."""
    rows = session.execute(
        select(ContractRate.rate_code, ContractRate.free)
        .where(ContractRate.contract_id == contract_id, ~func.isempty(ContractRate.free))
        .order_by(ContractRate.rate_code)
    )
    return {row.rate_code: row.free for row in rows}
