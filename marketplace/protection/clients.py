"""How clients did lately: which part of the answers they rejected, and when workers were paid. Shown before a claim."""

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.sql import load
from marketplace.protection.client_models import ClientFigure
from marketplace.work.views import OpenBatch

WINDOW: Final = dt.timedelta(days=90)
ANSWERS_MIN: Final = 20
"""Of fewer answers, or payments, a share would say more of chance than of the client."""
WORKERS_MIN: Final = 3
CLAIMS_MEASURED: Final = 2_000
INSTALLMENTS_MEASURED: Final = 500

_STATEMENTS = load(__file__, "clients.sql")


@dataclass(frozen=True, slots=True)
class Rejections:
    """Of `answers` that were decided lately, `percent` stand rejected; rounded up, so that 0 says none at all."""

    percent: int
    answers: int


@dataclass(frozen=True, slots=True)
class DaysToPay:
    """Of `payments` for answers, made lately, the days from acceptance to payment; the average is rounded up."""

    average: int
    most: int
    payments: int


@dataclass(frozen=True, slots=True)
class ClientRecord:
    """What workers are told of a client; None where too few answers, payments or workers stand behind a figure."""

    rejections: Rejections | None = None
    days_to_pay: DaysToPay | None = None


UNKNOWN: Final = ClientRecord()


def measure_clients(session: Session, limit: int = 20) -> int:
    """Sweep: measure anew, once a day, the clients who have work under way; returns how many."""
    now = market_now(session)
    clients = session.scalars(_STATEMENTS.due_clients, {"limit": limit}).all()
    for organization_id in clients:
        values = {
            "organization_id": organization_id,
            "since": now - WINDOW,
            "claims": CLAIMS_MEASURED,
            "installments": INSTALLMENTS_MEASURED,
            "answers_min": ANSWERS_MIN,
            "workers_min": WORKERS_MIN,
            "now": now,
        }
        session.execute(_STATEMENTS.measure, values)
    return len(clients)


def client_records(session: Session, batches: Collection[OpenBatch]) -> dict[uuid.UUID, ClientRecord]:
    """By batch what is known of its client; one statement for any number of batches."""
    clients = {batch.organization_id for batch in batches}
    rows = session.scalars(select(ClientFigure).where(ClientFigure.organization_id.in_(clients)))
    known = {row.organization_id: _record(row) for row in rows}
    return {batch.id: known.get(batch.organization_id, UNKNOWN) for batch in batches}


def _record(row: ClientFigure) -> ClientRecord:
    rejections = None if row.rejected_ppm is None else Rejections(-(-row.rejected_ppm // 10_000), row.answers)
    if row.pay_days_average is None or row.pay_days_most is None:
        return ClientRecord(rejections)
    return ClientRecord(rejections, DaysToPay(row.pay_days_average, row.pay_days_most, row.payments))
