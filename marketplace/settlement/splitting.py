"""How an accepted answer is split: by payee, then by due date. Pure values."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.jobs.paydays import Paydays
from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class PayeeSplit:
    """What one answer owes to one payee of one contract, and when: the shares sum to the amount."""

    payee_kind: str
    payee_id: uuid.UUID
    contract_id: uuid.UUID
    amount: Money
    shares: tuple[tuple[dt.date, Money], ...]


@dataclass(frozen=True, slots=True)
class LayerMargin:
    """A layer's margin on one answer and the days on which it is paid."""

    organization_id: uuid.UUID
    contract_id: uuid.UUID
    margin: Money
    paydays: Paydays


@dataclass(frozen=True, slots=True)
class AnswerSplit:
    """The whole of one answer's price: fee and payees' amounts sum to it."""

    price: Money
    fee: Money
    payees: tuple[PayeeSplit, ...]


def split_answer(
    *,
    price: Money,
    fee: Money,
    pay: Money,
    worker_id: uuid.UUID,
    contract_id: uuid.UUID,
    worker_paydays: Paydays,
    layers: tuple[LayerMargin, ...],
) -> AnswerSplit:
    """Split one answer's price over fee, worker and layers, each on its own days.

    `contract_id` is the contract that opened the task. Payees who get nothing and shares of nothing are left out.
    Raises AssertionError when fee, pay and margins do not sum to the price (I2).
    """
    payees = [_dated("worker", worker_id, contract_id, pay, worker_paydays)]
    payees += [
        _dated("layer", layer.organization_id, layer.contract_id, layer.margin, layer.paydays) for layer in layers
    ]
    total = sum((payee.amount for payee in payees), fee)
    if total != price:
        raise AssertionError(f"fee, pay and margins sum to {total}, the price is {price}")
    return AnswerSplit(price, fee, tuple(payee for payee in payees if not payee.amount.is_zero))


def _dated(
    payee_kind: str,
    payee_id: uuid.UUID,
    contract_id: uuid.UUID,
    amount: Money,
    paydays: Paydays,
) -> PayeeSplit:
    return PayeeSplit(payee_kind, payee_id, contract_id, amount, tuple(paydays.split(amount)))


def times(
    split: AnswerSplit, answers: Mapping[uuid.UUID, int]
) -> dict[tuple[str, uuid.UUID, uuid.UUID, dt.date], Money]:
    """What many such answers owe, by (payee kind, payee, contract, due date): `answers` counts each worker's.

    A layer is owed for all of them, a worker for their own.
    """
    owed = {}
    for payee in split.payees:
        counts = answers if payee.payee_kind == "worker" else {payee.payee_id: sum(answers.values())}
        for payee_id, count in counts.items():
            for due_on, share in payee.shares:
                owed[payee.payee_kind, payee_id, payee.contract_id, due_on] = share * count
    return owed
