"""Quality claims and mirrors against each other and the clock, at one moment, with real commits."""

import datetime as dt
import uuid
from collections.abc import Callable

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from marketplace.db.clock import market_now
from marketplace.db.engine import transaction
from marketplace.kernel.actor import Actor, system_actor
from marketplace.kernel.money import Money
from marketplace.kernel.terms import Anchor, SettlementTerms, TermPart
from marketplace.ledger.balances import balance
from marketplace.ledger.models import Journal
from marketplace.ledger.recipes.accounts import job_reserve
from marketplace.ledger.treasury import put_in_capital
from marketplace.settlement.maturing import fall_due
from marketplace.settlement.mirroring import decide_mirror, propose_mirror
from marketplace.settlement.quality_claiming import withdraw_claim
from marketplace.settlement.quality_deciding import agree, contest, decide
from marketplace.settlement.quality_models import QualityClaim
from tests.builders.at_once import at_once
from tests.builders.defaults import operations, owed
from tests.builders.quality_claims import make_accepted, open_claim
from tests.builders.settlement import Chain, Handed, move_clock_to

TODAY = SettlementTerms((TermPart(1, 0, Anchor.ACCEPTANCE),))


def cny(amount: str) -> Money:
    return Money.parse(amount, "CNY")


def accepted(engine: Engine, claims: int = 1) -> tuple[Chain, list[Handed]]:
    with transaction(engine) as session:
        return make_accepted(session, claims=claims, settlement_terms=TODAY)


def opened(engine: Engine, chain: Chain, handed: Handed) -> uuid.UUID:
    with transaction(engine) as session:
        return open_claim(session, chain.client, handed.answer_ids).id


def doing(engine: Engine, verb: Callable[..., object], *arguments: object, **named: object) -> Callable[[], object]:
    def done() -> None:
        with transaction(engine) as session:
            verb(session, *arguments, **named)

    return done


def actor_of(engine: Engine, make: Callable[[Session], Actor]) -> Actor:
    with transaction(engine) as session:
        return make(session)


def reserve_of(engine: Engine, chain: Chain) -> Money:
    with transaction(engine) as session:
        return balance(session, job_reserve(chain.job.id, "CNY"))


def journals(engine: Engine, kind: str) -> int:
    with transaction(engine) as session:
        return len(session.scalars(select(Journal.id).where(Journal.kind == kind)).all())


def test_of_many_who_claim_one_answer_at_once_one_does(committing_engine: Engine) -> None:
    chain, (handed,) = accepted(committing_engine)
    above = chain.layers[0][0]
    outcomes = at_once(
        *(doing(committing_engine, open_claim, actor, handed.answer_ids, "0.18") for actor in (chain.client, above) * 3)
    )
    assert outcomes == {"done": 1, "quality_claim_exists": 5}


def test_a_claim_and_the_falling_due_of_its_margin_lose_nothing(committing_engine: Engine) -> None:
    chain, handed = accepted(committing_engine, 4)
    vouching = chain.layers[-1][0]
    claims = [opened(committing_engine, chain, one) for one in handed]
    with transaction(committing_engine) as session:
        move_clock_to(session, market_now(session) + dt.timedelta(days=14))
    before = reserve_of(committing_engine, chain)
    falling = [doing(committing_engine, fall_due, 1) for _ in range(3)]
    outcomes = at_once(*falling, *(doing(committing_engine, agree, vouching, claim) for claim in claims))
    assert outcomes == {"done": 7}
    assert reserve_of(committing_engine, chain) == before + cny("1.00")
    with transaction(committing_engine) as session:
        assert owed(session, vouching, "scheduled", "due") == 0


def test_a_decision_and_a_withdrawal_at_once_are_one_of_both(committing_engine: Engine) -> None:
    chain, (handed,) = accepted(committing_engine)
    claim_id = opened(committing_engine, chain, handed)
    doing(committing_engine, contest, chain.layers[-1][0], claim_id, "No.")()
    decider = actor_of(committing_engine, operations)
    before = reserve_of(committing_engine, chain)
    outcomes = at_once(
        doing(committing_engine, withdraw_claim, chain.client, claim_id),
        doing(committing_engine, decide, decider, claim_id, "upheld", "Buses."),
        doing(committing_engine, decide, decider, claim_id, "upheld", "Buses."),
    )
    assert outcomes == {"done": 1, "state_conflict": 2}
    with transaction(committing_engine) as session:
        state = session.get_one(QualityClaim, claim_id).state
    assert state in {"withdrawn", "upheld"}
    assert reserve_of(committing_engine, chain) == before + cny("0.25" if state == "upheld" else "0")


def test_two_who_confirm_a_mirror_and_one_who_claims_the_answer(committing_engine: Engine) -> None:
    with transaction(committing_engine) as session:
        chain, (handed,) = make_accepted(session)
        put_in_capital(session, system_actor("tests"), cny("10"))
        mirror = propose_mirror(session, operations(session), handed.answer_ids[0], "Wrong batch.")
    confirming = [actor_of(committing_engine, operations) for _ in range(2)]
    outcomes = at_once(
        *(doing(committing_engine, decide_mirror, actor, mirror.id, confirm=True) for actor in confirming),
        doing(committing_engine, open_claim, chain.client, handed.answer_ids),
    )
    assert outcomes["done"] == 1
    mirrored = journals(committing_engine, "J10a")
    assert outcomes == (
        {"done": 1, "state_conflict": 1, "quality_claim_impossible": 1}
        if mirrored
        else {"done": 1, "mirror_impossible": 2}
    )
