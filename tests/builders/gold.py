"""Markets whose claims get gold items."""

from typing import Any

from sqlalchemy.orm import Session

from marketplace.jobs.gold import Gold
from marketplace.kernel.actor import Actor
from marketplace.kernel.money import Money
from marketplace.settlement.gold_paying import settle_one_draw
from marketplace.work.gold_keeping import GoldRow, add_gold
from marketplace.work.gold_models import GoldItem
from tests.builders.work import Market, make_market

EVERY_CLAIM = Gold(share_ppm=1_000_000, pass_min_ppm=900_000)


def make_gold_market(session: Session, *, gold: int = 3, allowance: str = "5", **overrides: Any) -> Market:
    """A text job of which every claim gets a gold item while there is one left: so many, whose answer is "good"."""
    policy = overrides.pop("policy", EVERY_CLAIM)
    items = overrides.get("items_count", 10)
    redundancy = overrides.get("redundancy", 1)
    funded = Money.parse(allowance, "USD") + Money.parse("1", "USD") * (items * redundancy)
    values = {
        "gold": policy,
        "allowance": Money.parse(allowance, "USD"),
        "funded": str(funded.to_wire()["amount"]),
        **overrides,
    }
    market = make_market(session, **values)
    make_gold(session, market.requester, market, gold)
    return market


def make_gold(session: Session, actor: Actor, market: Market, count: int) -> list[GoldItem]:
    """Gold items whose answer is "good"."""
    rows = [GoldRow(f"film-{n:07d}", "standard", {"text": f"Golden {n}"}, {"label": "good"}) for n in range(count)]
    return add_gold(session, actor, market.job.id, rows) if rows else []


def settle_gold(session: Session) -> int:
    """Pay and free what is due; how many draws."""
    settled = 0
    while settle_one_draw(session):
        settled += 1
    return settled
