"""Failures of the sandbox rail on order: which one is next, and what it makes of a call."""

from typing import Literal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from marketplace.gateways.models import SandboxFault
from marketplace.rails.port import Accepted, NotExecuted, Refused, Unknown

Operation = Literal["collect", "pay_out", "refund"]
FaultKind = Literal["refuse", "not_executed", "unknown_after_executing", "unknown_before_executing", "delay"]


def next_fault(session: Session, operation: Operation, subject: str) -> SandboxFault | None:
    """Use up one of the ordered failures that fits, the oldest first."""
    oldest = (
        select(SandboxFault.id)
        .where(
            SandboxFault.operation == operation,
            SandboxFault.remaining > 0,
            func.strpos(subject, SandboxFault.match) > 0,
        )
        .order_by(SandboxFault.id)
        .limit(1)
        .with_for_update()
        .scalar_subquery()
    )
    return session.scalars(
        update(SandboxFault)
        .where(SandboxFault.id == oldest)
        .values(remaining=SandboxFault.remaining - 1)
        .returning(SandboxFault),
        execution_options={"synchronize_session": False},
    ).one_or_none()


def before_executing(fault: SandboxFault | None) -> NotExecuted | Unknown | None:
    if fault is not None and fault.kind == "not_executed":
        return NotExecuted("too many requests")
    if fault is not None and fault.kind == "unknown_before_executing":
        return Unknown("the connection was closed without an answer")
    return None


def after_executing(fault: SandboxFault | None, outcome: Accepted | Refused) -> Accepted | Refused | Unknown:
    if fault is not None and fault.kind == "unknown_after_executing":
        return Unknown("the connection was closed without an answer")
    return outcome
