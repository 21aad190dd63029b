"""Where the price of answers goes: the fee, what everybody earned, and the dated shares of that."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from marketplace.db.sql import load
from marketplace.kernel.money import Money
from marketplace.reconciliation.trails.steps import Break, Bridge, Reason, Step, breaks_of, bridge

_STATEMENTS = load(__file__, "finding.sql")


@dataclass(frozen=True, slots=True)
class Split:
    """The price of paid answers, all that was earned for them, and the shares of that, which must all be one sum."""

    steps: tuple[Step, ...]
    bridges: tuple[Bridge, ...]

    @property
    def breaks(self) -> tuple[Break, ...]:
        """What does not add up."""
        return breaks_of(self.bridges)


def split_of(session: Session, answers: Select[Any]) -> Split | None:
    """Of those of these answers that were paid; None where none was. The caller has asked whether it may be seen."""
    row = session.execute(_STATEMENTS.split, {"answer_ids": list(session.scalars(answers))}).one_or_none()
    if row is None:
        return None
    price, fee, earned, shared = (
        Money(int(amount), row.currency) for amount in (row.price, row.fee, row.earned, row.shared)
    )
    steps = (
        Step("answers", row.answers, (price,)),
        Step("earnings", row.earnings, (earned,)),
        Step("installments", row.shares, (shared,)),
    )
    return Split(steps, (bridge(steps[0], steps[1], [Reason("platform_fee", -fee)]), bridge(steps[1], steps[2], [])))
