"""The margins as CSV, by month, contract and rate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.ids import public
from marketplace.kernel.spreadsheets import csv_line
from marketplace.provenance.margin_report import Filters, margin_rows

COLUMNS: Final = (
    "month", "client_id", "job_id", "contract_id", "layer", "organization_id", "rate", "answers", "margin", "currency",
)  # fmt: skip


def margins_csv(session: Session, actor: Actor, filters: Filters) -> Iterator[str]:
    """The lines of the file, as they are read. Raises forbidden without margin.read."""
    yield csv_line(COLUMNS)
    for row in margin_rows(session, actor, filters):
        yield csv_line(
            (
                row.month,
                public("organization", row.client_id),
                public("job", row.job_id),
                public("contract", row.contract_id),
                row.layer,
                public("organization", row.organization_id),
                row.rate_code,
                row.answers,
                row.amount.text(),
                row.amount.currency,
            )
        )
