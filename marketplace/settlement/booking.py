"""Booking what accepted answers earn: one journal, dated installments, earnings and their shares."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import record
from marketplace.contracts import chains
from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.jobs import reserve
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.ledger.posting import post
from marketplace.ledger.recipes import DatedShare, j3_answers_accepted
from marketplace.settlement.events import EARNINGS_BOOKED
from marketplace.settlement.splitting import AnswerSplit, LayerMargin, split_answer, times
from marketplace.work.models import Batch, Claim

_STATEMENTS = load(__file__, "booking.sql")

DatedKey = tuple[str, uuid.UUID, uuid.UUID, dt.date]


@dataclass(frozen=True, slots=True)
class Booked:
    """What a booking did: the journal, the day of acceptance and the price of all its answers together."""

    journal_id: uuid.UUID
    accepted_on: dt.date
    price: Money


def book_accepted(session: Session, actor: Actor, claim: Claim, answer_ids: Collection[uuid.UUID]) -> Booked:
    """Book answers of one claim that have just become payable: J3, installments, earnings, reserve.

    The caller holds the job's lock and has moved the answers to a paid state. All answers of a claim share its frozen
    price chain and terms, so one split serves them all. Locks installments before accounts, as falling due does.
    """
    accepted_on = market_now(session).date()
    split = _split(session, claim, accepted_on)
    dated = times(split, len(answer_ids))
    installment_ids = grow_installments(session, dated, split.price.currency)
    answers = sorted(answer_ids)
    posted = post(
        session,
        actor,
        kind="J3",
        key=f"J3:{public('claim', claim.id)}:{_digest(answers)}",
        pairs=j3_answers_accepted(
            claim.job_id,
            fee=split.fee * len(answers),
            margins=_shares(dated, "layer"),
            pay=_shares(dated, "worker"),
        ),
        subject=("claim", claim.id),
        effective_on=accepted_on,
    )
    _write_earnings(session, split, answers, installment_ids, accepted_on, posted.journal_id)
    price = split.price * len(answers)
    reserve.uncommit(session, claim.job_id, price)
    record(
        session,
        EARNINGS_BOOKED,
        actor,
        subject=("journal", posted.journal_id),
        organizations={payee.payee_id for payee in split.payees if payee.payee_kind == "layer"},
        people={claim.worker_id},
        body=booked_body(claim.job_id, claim.id, answers, accepted_on),
    )
    return Booked(posted.journal_id, accepted_on, price)


def booked_body(
    job_id: uuid.UUID, claim_id: uuid.UUID, answer_ids: Sequence[uuid.UUID], accepted_on: dt.date
) -> dict[str, Any]:
    """A booking as the log keeps it; `answer_ids` ascending."""
    return {
        "job": public("job", job_id),
        "claim": public("claim", claim_id),
        "answers": [public("answer", answer_id) for answer_id in answer_ids],
        "accepted_on": day(accepted_on),
    }


def _shares(dated: Mapping[DatedKey, Money], payee_kind: str) -> list[DatedShare]:
    return [
        DatedShare(payee_id, contract_id, due_on, amount)
        for (kind, payee_id, contract_id, due_on), amount in dated.items()
        if kind == payee_kind
    ]


def _digest(answer_ids: Sequence[uuid.UUID]) -> str:
    return hashlib.sha256(b"".join(answer_id.bytes for answer_id in answer_ids)).hexdigest()[:32]


def _split(session: Session, claim: Claim, accepted_on: dt.date) -> AnswerSplit:
    """One answer's split by the claim's frozen chain, the batch's terms for the worker, each contract's for its own."""
    chain = chains.load(session, [claim.price_chain_id])[claim.price_chain_id]
    batch = session.get_one(Batch, claim.batch_id)
    contracts = {
        contract.id: contract
        for contract in session.scalars(
            select(Contract).where(Contract.id.in_([line.contract_id for line in chain.lines]))
        )
    }
    return split_answer(
        price=chain.client_price,
        fee=chain.fee,
        pay=chain.pay,
        worker_id=claim.worker_id,
        contract_id=batch.contract_id,
        worker_terms=batch.terms,
        layers=tuple(
            LayerMargin(line.organization_id, line.contract_id, line.margin, contracts[line.contract_id].terms)
            for line in chain.lines
        ),
        accepted_on=accepted_on,
    )


def grow_installments(session: Session, dated: Mapping[DatedKey, Money], currency: str) -> dict[DatedKey, uuid.UUID]:
    """Add amounts to the scheduled installments of these payees, contracts and days; returns which they are."""
    keys = list(dated)
    rows = session.execute(
        _STATEMENTS.grow_installments,
        {
            "currency": currency,
            "payee_kinds": [key[0] for key in keys],
            "payee_ids": [key[1] for key in keys],
            "contract_ids": [key[2] for key in keys],
            "due_dates": [key[3] for key in keys],
            "amounts": [dated[key].amount for key in keys],
        },
    )
    return {(kind, payee_id, contract_id, due_on): row_id for row_id, kind, payee_id, contract_id, due_on in rows}


def _write_earnings(
    session: Session,
    split: AnswerSplit,
    answer_ids: Sequence[uuid.UUID],
    installment_ids: dict[DatedKey, uuid.UUID],
    accepted_on: dt.date,
    journal_id: uuid.UUID,
) -> None:
    shares = [(payee, due_on, share) for payee in split.payees for due_on, share in payee.shares]
    session.execute(
        _STATEMENTS.write_earnings,
        {
            "currency": split.price.currency,
            "accepted_on": accepted_on,
            "journal_id": journal_id,
            "answer_ids": list(answer_ids),
            "payee_kinds": [payee.payee_kind for payee in split.payees],
            "payee_ids": [payee.payee_id for payee in split.payees],
            "contract_ids": [payee.contract_id for payee in split.payees],
            "amounts": [payee.amount.amount for payee in split.payees],
            "share_kinds": [payee.payee_kind for payee, _, _ in shares],
            "share_contract_ids": [payee.contract_id for payee, _, _ in shares],
            "installment_ids": [
                installment_ids[payee.payee_kind, payee.payee_id, payee.contract_id, due_on]
                for payee, due_on, _ in shares
            ],
            "share_amounts": [share.amount for _, _, share in shares],
        },
    )
