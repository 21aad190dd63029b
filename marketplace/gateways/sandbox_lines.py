"""Lines of the sandbox's balance as they are written."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.gateways.models import SandboxBalanceLine, SandboxFault
from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Shown:
    """How an order shows in the balance."""

    kind: str
    amount: Money
    deposit_id: str | None = None


def show_line(session: Session, fault: SandboxFault | None, shown: Shown, reference: str) -> None:
    """Write the line, shown at once or after the delay of a fault."""
    line = SandboxBalanceLine(
        kind=shown.kind,
        minor_units=shown.amount.minor_units(),
        currency=shown.amount.currency,
        reference=reference,
        deposit_id=shown.deposit_id,
    )
    if fault is not None and fault.kind == "delay":
        line.available_at = market_now(session) + dt.timedelta(seconds=fault.delay_seconds)
    session.add(line)
    session.flush()
