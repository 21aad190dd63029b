"""Booking what accepted answers earn: one journal, dated installments, earnings and their shares."""

import dataclasses
import datetime as dt
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
from marketplace.db.hot import HotStatement, array
from marketplace.db.sql import load
from marketplace.jobs import reserve
from marketplace.jobs.models import Job
from marketplace.jobs.paydays import inspected_on, limits_of, paydays_of
from marketplace.kernel.actor import Actor
from marketplace.kernel.canonical import day
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.terms import DeferralLimit
from marketplace.ledger.posting import post
from marketplace.ledger.recipes.accounts import DatedShare
from marketplace.ledger.recipes.earning import j3_answers_accepted
from marketplace.settlement.events import EARNINGS_BOOKED, EARNINGS_BOOKED_TOGETHER
from marketplace.settlement.splitting import AnswerSplit, LayerMargin, split_answer, times
from marketplace.work.accepting import ids_digest
from marketplace.work.models import Batch, Claim

_STATEMENTS = load(__file__, "booking.sql")
_GROW_INSTALLMENTS = HotStatement(_STATEMENTS.grow_installments)
_WRITE_EARNINGS = HotStatement(_STATEMENTS.write_earnings)

DatedKey = tuple[str, uuid.UUID, uuid.UUID, dt.date]


@dataclass(frozen=True, slots=True)
class Booked:
    """What a booking did: the journal, the day of acceptance and the price of all its answers together."""

    journal_id: uuid.UUID
    accepted_on: dt.date
    price: Money


@dataclass(frozen=True, slots=True)
class Payable:
    """Answers of one batch that have just become payable, by worker: they share price chain and terms."""

    job_id: uuid.UUID
    batch_id: uuid.UUID
    price_chain_id: uuid.UUID
    answers: Mapping[uuid.UUID, Collection[uuid.UUID]]

    @property
    def answer_ids(self) -> list[uuid.UUID]:
        """All of them, ascending."""
        return sorted(answer_id for answer_ids in self.answers.values() for answer_id in answer_ids)


def book_accepted(session: Session, actor: Actor, claim: Claim, answer_ids: Collection[uuid.UUID]) -> Booked:
    """Book answers of one claim that have just become payable: J3, installments, earnings, reserve.

    The caller holds the job's lock and has moved the answers to a paid state. All answers of a claim share its frozen
    price chain and terms, so one split serves them all. Locks installments before accounts, as falling due does.
    """
    payable = Payable(claim.job_id, claim.batch_id, claim.price_chain_id, {claim.worker_id: answer_ids})
    booked, layers = _book(session, actor, payable, ("claim", claim.id), market_now(session))
    record(
        session,
        EARNINGS_BOOKED,
        actor,
        subject=("journal", booked.journal_id),
        organizations=layers,
        people={claim.worker_id},
        body=booked_body(claim.job_id, claim.id, payable.answer_ids, booked.accepted_on),
    )
    return booked


def book_many(session: Session, actor: Actor, payable: Payable, claims: int, now: dt.datetime) -> Booked:
    """Book answers of many claims of one batch as `book_accepted` does those of one, in one journal.

    `claims` is how many claims they are of; `now` when they were accepted.
    """
    booked, layers = _book(session, actor, payable, ("batch", payable.batch_id), now)
    record(
        session,
        EARNINGS_BOOKED_TOGETHER,
        actor,
        subject=("journal", booked.journal_id),
        organizations=layers,
        people=payable.answers,
        body=together_body(payable.job_id, payable.batch_id, claims, payable.answer_ids, booked.accepted_on),
    )
    return booked


def _book(
    session: Session, actor: Actor, payable: Payable, subject: tuple[str, uuid.UUID], now: dt.datetime
) -> tuple[Booked, set[uuid.UUID]]:
    """J3, installments, earnings and reserve; also returns the layers that earn."""
    accepted_on = now.date()
    parts = _splits(session, payable, now)
    split, _ = parts[0]
    dated = _together(parts)
    installment_ids = grow_installments(session, dated, split.price.currency)
    answers = payable.answer_ids
    posted = post(
        session,
        actor,
        kind="J3",
        key=f"J3:{public(*subject)}:{ids_digest(answers)[:32]}",
        pairs=j3_answers_accepted(
            payable.job_id,
            fee=split.fee * len(answers),
            margins=_shares(dated, "layer"),
            pay=_shares(dated, "worker"),
        ),
        subject=subject,
        effective_on=accepted_on,
    )
    for part in parts:
        _write_earnings(session, *part, installment_ids, accepted_on, posted.journal_id)
    price = split.price * len(answers)
    reserve.uncommit(session, payable.job_id, price)
    layers = {payee.payee_id for payee in split.payees if payee.payee_kind == "layer"}
    return Booked(posted.journal_id, accepted_on, price), layers


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


def together_body(
    job_id: uuid.UUID, batch_id: uuid.UUID, claims: int, answer_ids: Sequence[uuid.UUID], accepted_on: dt.date
) -> dict[str, Any]:
    """A booking of many claims as the log keeps it; `answer_ids` ascending."""
    return {
        "job": public("job", job_id),
        "batch": public("batch", batch_id),
        "claim_count": claims,
        "answer_count": len(answer_ids),
        "digest": ids_digest(answer_ids),
        "accepted_on": day(accepted_on),
    }


def _shares(dated: Mapping[DatedKey, Money], payee_kind: str) -> list[DatedShare]:
    return [
        DatedShare(payee_id, contract_id, due_on, amount)
        for (kind, payee_id, contract_id, due_on), amount in dated.items()
        if kind == payee_kind
    ]


_Answers = Mapping[uuid.UUID, Collection[uuid.UUID]]


def _together(parts: Sequence[tuple[AnswerSplit, _Answers]]) -> dict[DatedKey, Money]:
    dated: dict[DatedKey, Money] = {}
    for split, answers in parts:
        for key, amount in times(split, {worker_id: len(own) for worker_id, own in answers.items()}).items():
            dated[key] = dated[key] + amount if key in dated else amount
    return dated


def _splits(session: Session, payable: Payable, now: dt.datetime) -> list[tuple[AnswerSplit, _Answers]]:
    """One answer's split by the frozen chain, the batch's terms for the worker, each contract's for its own.

    A margin is who sells under the contract now: after a default its successor. It falls due once the answer can be
    inspected no more; the worker's pay does not wait for that.
    One for the workers of each country, with their answers: where the longest deferral there is shorter than the
    terms, their days are earlier. The first worker of each stands for all, who are paid alike.
    """
    chain = chains.load(session, [payable.price_chain_id])[payable.price_chain_id]
    batch, contracts = _batch_and_contracts(session, payable.batch_id, [line.contract_id for line in chain.lines])
    terms = [batch.terms, *(contracts[line.contract_id].terms for line in chain.lines)]
    own, *above = paydays_of(session, terms, now)
    inspected = inspected_on(session.get_one(Job, payable.job_id), now.date())
    layers = tuple(
        LayerMargin(
            contracts[line.contract_id].seller_organization_id,
            line.contract_id,
            line.margin,
            dataclasses.replace(paydays, not_before=inspected),
        )
        for line, paydays in zip(chain.lines, above, strict=True)
    )
    limits = limits_of(session, payable.answers, since=batch.created_at)
    alike: dict[tuple[DeferralLimit, ...], dict[uuid.UUID, Collection[uuid.UUID]]] = {}
    for worker_id, answer_ids in payable.answers.items():
        alike.setdefault(limits.get(worker_id, ()), {})[worker_id] = answer_ids
    return [
        (
            split_answer(
                price=chain.client_price,
                fee=chain.fee,
                pay=chain.pay,
                worker_id=next(iter(answers)),
                contract_id=batch.contract_id,
                worker_paydays=dataclasses.replace(own, limits=binding),
                layers=layers,
            ),
            answers,
        )
        for binding, answers in alike.items()
    ]


def _batch_and_contracts(
    session: Session, batch_id: uuid.UUID, contract_ids: Sequence[uuid.UUID]
) -> tuple[Batch, dict[uuid.UUID, Contract]]:
    """The batch of the answers and the contracts of their chain, by one statement; without layers there are none."""
    rows = session.execute(
        select(Batch, Contract)
        .outerjoin(Contract, Contract.id.in_(contract_ids))
        .where(Batch.id == batch_id)
        # Seen before the job was locked, a contract may have had another seller.
        .execution_options(populate_existing=True)
    ).all()
    return rows[0][0], {contract.id: contract for _batch, contract in rows} if contract_ids else {}


def grow_installments(session: Session, dated: Mapping[DatedKey, Money], currency: str) -> dict[DatedKey, uuid.UUID]:
    """Add amounts to the scheduled installments of these payees, contracts and days; returns which they are."""
    keys = list(dated)
    session.flush()
    rows = _GROW_INSTALLMENTS.rows(
        session,
        {
            "currency": currency,
            "payee_kinds": array(key[0] for key in keys),
            "payee_ids": array(key[1] for key in keys),
            "contract_ids": array(key[2] for key in keys),
            "due_dates": array(key[3] for key in keys),
            "amounts": array(dated[key].amount for key in keys),
        },
    )
    return {(kind, payee_id, contract_id, due_on): row_id for row_id, kind, payee_id, contract_id, due_on in rows}


def _write_earnings(
    session: Session,
    split: AnswerSplit,
    answers: _Answers,
    installment_ids: dict[DatedKey, uuid.UUID],
    accepted_on: dt.date,
    journal_id: uuid.UUID,
) -> None:
    given = [(answer_id, worker_id) for worker_id, answer_ids in answers.items() for answer_id in answer_ids]
    amounts = {
        (payee.payee_kind, payee.contract_id, due_on): share.amount
        for payee in split.payees
        for due_on, share in payee.shares
    }
    keys = list(_together([(split, answers)]))
    session.flush()
    _WRITE_EARNINGS.run(
        session,
        {
            "currency": split.price.currency,
            "accepted_on": accepted_on,
            "journal_id": journal_id,
            "answer_ids": array(answer_id for answer_id, _ in given),
            "worker_ids": array(worker_id for _, worker_id in given),
            "payee_kinds": array(payee.payee_kind for payee in split.payees),
            "payee_ids": array(payee.payee_id if payee.payee_kind == "layer" else None for payee in split.payees),
            "contract_ids": array(payee.contract_id for payee in split.payees),
            "amounts": array(payee.amount.amount for payee in split.payees),
            "share_kinds": array(key[0] for key in keys),
            "share_payee_ids": array(key[1] for key in keys),
            "share_contract_ids": array(key[2] for key in keys),
            "installment_ids": array(installment_ids[key] for key in keys),
            "share_amounts": array(amounts[key[0], key[2], key[3]] for key in keys),
        },
    )
