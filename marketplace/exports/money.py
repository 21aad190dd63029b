"""Where the money goes, as CSV: the price chains of a job's answers, and the installments of an organization."""

from __future__ import annotations

import uuid
from contextlib import closing
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from marketplace.db.streaming import stream
from marketplace.exports.reading import STATEMENTS, Subject
from marketplace.exports.sink import Sink
from marketplace.kernel.canonical import instant
from marketplace.kernel.ids import public
from marketplace.kernel.money import Money
from marketplace.kernel.spreadsheets import csv_line
from marketplace.provenance.chains import ChainView, PartView, chain_views, shows_payments
from marketplace.settlement import queries as settlement
from marketplace.settlement.models import Installment

CHAIN_COLUMNS: Final = (
    "answer_id", "item_id", "rate", "state", "price_visibility", "client_price", "part", "layer", "contract_id",
    "organization_id", "own", "includes_pay", "shares_percent", "buys", "sells", "amount", "earned", "paid", "currency",
)  # fmt: skip
PAYABLE_COLUMNS: Final = (
    "installment_id", "payee_kind", "payee_id", "contract_id", "due_on", "state", "amount", "currency", "held_reason",
    "payout_id", "paid_at",
)  # fmt: skip
ANSWERS_AT_ONCE: Final = 500


def write_price_chains(session: Session, subject: Subject, sink: Sink) -> None:
    """price_chain.csv: a row for each part of each answer's price, as rule 12 shows them to who asked.

    The amounts of an answer's rows sum to its client price: what the policy hides is in one part `hidden` for all
    neighbours that are hidden together, so that not even their number can be told.
    """
    sink.write(csv_line(CHAIN_COLUMNS))
    client = subject.actor.organization == subject.of_job.organization_id
    parameters = {"job_id": subject.of_job.id, "layer_id": None if client else subject.actor.organization}
    sink.expect(int(session.execute(STATEMENTS.count_chains, parameters).scalar_one()))
    waiting: list[uuid.UUID] = []
    with closing(stream(session, STATEMENTS.chains, parameters)) as rows:
        for row in rows:
            waiting.append(row.id)
            if len(waiting) == ANSWERS_AT_ONCE:
                _write_chains(session, subject, sink, waiting)
                waiting = []
    _write_chains(session, subject, sink, waiting)


def _write_chains(session: Session, subject: Subject, sink: Sink, answer_ids: list[uuid.UUID]) -> None:
    for view in chain_views(session, subject.actor, answer_ids):
        for part in view.parts:
            sink.write(csv_line(_chain_cells(view, part)))
            sink.row()
        sink.step()


def _chain_cells(view: ChainView, shown: PartView) -> list[Any]:
    part = shown.part
    paid = shown.paid if shows_payments(view, part) else None
    return [
        public("answer", view.answer_id),
        public("item", view.item_id),
        view.rate_code,
        view.state,
        view.policy,
        view.client_price.text(),
        part.kind.value,
        part.layer,
        None if part.contract_id is None else public("contract", part.contract_id),
        None if part.organization_id is None else public("organization", part.organization_id),
        part.own,
        part.includes_pay,
        " ".join(str(share) for share in part.shares_percent),
        _text(part.buys),
        _text(part.sells),
        part.amount.text(),
        shown.earned.text(),
        _text(paid),
        part.amount.currency,
    ]


def write_payables(session: Session, subject: Subject, sink: Sink) -> None:
    """payables.csv: what falls due when, by date: the organization's own installments; for finance everybody's."""
    visible = settlement.visible_to(subject.actor)
    sink.expect(session.scalar(select(func.count()).select_from(Installment).where(visible)) or 0)
    sink.write(csv_line(PAYABLE_COLUMNS))
    wanted = select(
        Installment.id, Installment.payee_kind, Installment.payee_id, Installment.contract_id, Installment.due_on,
        Installment.state, Installment.amount, Installment.currency, Installment.held_reason, Installment.payout_id,
        Installment.paid_at,
    ).where(visible).order_by(Installment.due_on, Installment.id)  # fmt: skip
    with closing(stream(session, wanted)) as rows:
        for row in rows:
            sink.write(csv_line(_payable_cells(row)))
            sink.row()
            sink.step()


def _payable_cells(row: Any) -> list[Any]:
    return [
        public("installment", row.id),
        row.payee_kind,
        public("person" if row.payee_kind == "worker" else "organization", row.payee_id),
        public("contract", row.contract_id),
        row.due_on.isoformat(),
        row.state,
        Money(row.amount, row.currency).text(),
        row.currency,
        row.held_reason,
        None if row.payout_id is None else public("payout", row.payout_id),
        None if row.paid_at is None else instant(row.paid_at),
    ]


def _text(money: Money | None) -> str | None:
    return None if money is None else money.text()
