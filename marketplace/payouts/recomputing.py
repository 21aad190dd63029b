"""What the log says of payout runs and settled payouts, recomputed from the live rows."""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.audit.recording import recomputer
from marketplace.kernel.ids import public
from marketplace.ledger.models import Journal
from marketplace.payouts.conversion_models import CurrencyConversion
from marketplace.payouts.converting import converted_body
from marketplace.payouts.events import (
    CHANGE_SETTLED,
    CURRENCY_CONVERTED,
    PAYOUT_QUOTED,
    PAYOUT_SETTLED,
    REMITTANCE_PAID,
    RUN_PREPARED,
)
from marketplace.payouts.models import Payout, PayoutLine, PayoutQuote, PayoutRun
from marketplace.payouts.outcomes import change_fields, payout_fields, settled_fields
from marketplace.payouts.preparing import digest_of_lines, prepared_body
from marketplace.payouts.quoting import quoted_body, quotes_of
from marketplace.payouts.remittance_lines import lines_of
from marketplace.payouts.remittance_models import TaxRemittance
from marketplace.payouts.remitting import paid_fields
from marketplace.quotes.models import ExchangeRate

FRESH = {"populate_existing": True}


@recomputer(RUN_PREPARED)
def _prepared(session: Session, run_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    return _prepared_with(session, run_ids, digest_of_lines)


@recomputer(RUN_PREPARED, version=1)
def _prepared_before(session: Session, run_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    return _prepared_with(session, run_ids, _digest_before)


def _prepared_with(
    session: Session, run_ids: list[uuid.UUID], digest: Callable[[Session, list[Payout]], str]
) -> dict[uuid.UUID, dict[str, Any]]:
    runs = session.scalars(select(PayoutRun).where(PayoutRun.id.in_(run_ids)).execution_options(**FRESH)).all()
    payouts: dict[uuid.UUID, list[Payout]] = {run.id: [] for run in runs}
    for payout in session.scalars(select(Payout).where(Payout.run_id.in_(run_ids)).execution_options(**FRESH)):
        payouts[payout.run_id].append(payout)
    changed = [payout.id for of_run in payouts.values() for payout in of_run if payout.changed]
    quotes = quotes_of(session, changed)
    return {
        run.id: prepared_body(
            run,
            # before any rate was quoted anew
            [quotes[payout.id][0].owed if payout.changed else payout.money for payout in payouts[run.id]],
            digest(session, payouts[run.id]),
        )
        for run in runs
    }


def _digest_before(session: Session, payouts: list[Payout]) -> str:
    listed = sorted(
        f"{public('payout', line.payout_id)} {public('installment', line.installment_id)} {line.amount}\n"
        for lines in _lines(session, [payout.id for payout in payouts]).values()
        for line in lines
    )
    return hashlib.sha256("".join(listed).encode()).hexdigest()


@recomputer(PAYOUT_QUOTED)
def _quoted(session: Session, quote_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    rows = session.execute(
        select(PayoutQuote, Payout, ExchangeRate)
        .join(Payout, Payout.id == PayoutQuote.payout_id)
        .join(ExchangeRate, ExchangeRate.id == PayoutQuote.rate_id)
        .where(PayoutQuote.id.in_(quote_ids))
        .execution_options(**FRESH)
    )
    return {quote.id: quoted_body(payout, quote, rate) for quote, payout, rate in rows}


@recomputer(CHANGE_SETTLED)
def _changed(session: Session, payout_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    payouts = session.scalars(select(Payout).where(Payout.id.in_(payout_ids)).execution_options(**FRESH)).all()
    return {payout.id: {**payout_fields(payout), **change_fields(payout)} for payout in payouts}


@recomputer(PAYOUT_SETTLED)
def _settled(session: Session, payout_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    payouts = session.scalars(select(Payout).where(Payout.id.in_(payout_ids)).execution_options(**FRESH)).all()
    lines = _lines(session, payout_ids)
    confirmed: dict[uuid.UUID, list[uuid.UUID]] = {}
    for payout_id, journal_id in session.execute(
        select(Journal.subject_id, Journal.id).where(
            Journal.kind == "J6",
            Journal.subject_noun == "payout",
            Journal.subject_id.in_(payout_ids),
            Journal.reverses_id.is_(None),
        )
    ):
        confirmed.setdefault(payout_id, []).append(journal_id)
    # One that was confirmed, taken back and confirmed again has an event for each time, and the rows tell the last.
    journals = {payout_id: found[0] for payout_id, found in confirmed.items() if len(found) == 1}
    return {
        payout.id: {
            **payout_fields(payout),
            **settled_fields(payout, _paid(lines.get(payout.id, [])), journals[payout.id]),
        }
        for payout in payouts
        if payout.id in journals
    }


@recomputer(REMITTANCE_PAID)
def _remitted(session: Session, remittance_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    return {row.id: paid_fields(row, lines_of(session, row)) for row in _paid_remittances(session, remittance_ids)}


@recomputer(REMITTANCE_PAID, version=1)
def _remitted_before(session: Session, remittance_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    def before(body: dict[str, Any]) -> dict[str, Any]:
        return {name: said for name, said in body.items() if name != "tax"}

    rows = _paid_remittances(session, remittance_ids)
    return {row.id: before(paid_fields(row, lines_of(session, row))) for row in rows}


def _paid_remittances(session: Session, remittance_ids: list[uuid.UUID]) -> Sequence[TaxRemittance]:
    wanted = select(TaxRemittance).where(TaxRemittance.id.in_(remittance_ids), TaxRemittance.state == "paid")
    return session.scalars(wanted.execution_options(**FRESH)).all()


@recomputer(CURRENCY_CONVERTED)
def _converted(session: Session, conversion_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    wanted = select(CurrencyConversion).where(CurrencyConversion.id.in_(conversion_ids))
    return {row.id: converted_body(row) for row in session.scalars(wanted.execution_options(**FRESH))}


@recomputer(CURRENCY_CONVERTED, version=1)
def _converted_before(session: Session, conversion_ids: list[uuid.UUID]) -> dict[uuid.UUID, dict[str, Any]]:
    def before(body: dict[str, Any]) -> dict[str, Any]:
        reason = body.pop("reason_commitment").text
        return {**body, "reason": reason}

    wanted = select(CurrencyConversion).where(CurrencyConversion.id.in_(conversion_ids))
    return {row.id: before(converted_body(row)) for row in session.scalars(wanted.execution_options(**FRESH))}


def _paid(lines: Sequence[PayoutLine]) -> Iterable[uuid.UUID]:
    return (line.installment_id for line in lines)


def _lines(session: Session, payout_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[PayoutLine]]:
    found: dict[uuid.UUID, list[PayoutLine]] = {}
    wanted = select(PayoutLine).where(PayoutLine.payout_id.in_(payout_ids)).execution_options(**FRESH)
    for line in session.scalars(wanted):
        found.setdefault(line.payout_id, []).append(line)
    return found
