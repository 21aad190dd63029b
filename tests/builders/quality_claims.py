"""Claims about the quality of accepted answers, as tests make them."""

import uuid
from collections.abc import Sequence

from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.settlement import quality_claiming
from marketplace.settlement.quality_models import QualityClaim
from tests.builders.settlement import Chain, Handed, accept, hand_in, make_chain, payable_worker

WHY = "Half of these are buses."


def make_accepted(session: Session, *, claims: int = 1, **overrides: object) -> tuple[Chain, list[Handed]]:
    """A chain with as many claims of one answer accepted today by the lowest layer's reviewer, of one worker."""
    chain = make_chain(session, **overrides)  # type: ignore[arg-type]
    worker = payable_worker(session)
    handed = [hand_in(session, chain, worker) for _ in range(claims)]
    for one in handed:
        accept(session, chain, one)
    return chain, handed


def answers(handed: Sequence[Handed]) -> list[uuid.UUID]:
    return [answer_id for one in handed for answer_id in one.answer_ids]


def open_claim(
    session: Session,
    actor: Actor,
    answer_ids: Sequence[uuid.UUID],
    amount: str = "0.25",
    *,
    rule: str | None = "G1",
    category: str = "wrong_label",
    reason: str = WHY,
    currency: str = "CNY",
) -> QualityClaim:
    """By the actor, about these answers."""
    asked = Money.parse(amount, currency)
    return quality_claiming.open_claim(
        session, actor, answer_ids, category=category, reason=reason, asked=asked, rule=rule
    )
