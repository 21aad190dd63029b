"""A wage floor and a layer in default: each seller owes what was missing in its own time."""

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from marketplace.kernel.actor import Actor
from marketplace.ledger.checking import run_checks
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.extra_models import Extra
from marketplace.work.verdicts import Verdict
from tests.builders.defaults import WHY, declare_default, operations, owed
from tests.builders.settlement import Chain, another, hand_in, make_chain
from tests.protection.test_wages import cny, guard, set_floor, take, work


def work_for_successor(session: Session, chain: Chain, above: Actor, worker: Actor, minutes: int) -> None:
    handed = hand_in(session, chain, worker)
    take(session, handed.claim_id, minutes)
    verdicts = [Verdict(answer_id, "accept") for answer_id in handed.answer_ids]
    decide_answers(session, another(session, above, "reviewer"), handed.claim_id, verdicts)


def again(session: Session) -> int:
    session.execute(text("UPDATE pay_figure SET measured_at = measured_at - interval '1 second'"))
    return guard(session)


def debts(session: Session) -> list[tuple[object, object]]:
    rows = session.scalars(select(Extra).order_by(Extra.id))
    return [(extra.debtor_organization_id, extra.money) for extra in rows]


def test_what_was_missing_before_a_default_is_the_debt_of_the_layer_in_default(session: Session) -> None:
    chain = make_chain(session, items=9)
    (above, _), (bust, contract) = chain.layers
    for _ in range(3):
        work(session, chain, 10)
    declare_default(session, operations(session), contract.id, WHY)
    held = owed(session, bust, "held")
    set_floor(session, "4.20")

    assert guard(session) == 4

    assert debts(session) == [(bust.organization, cny("0.35"))] * 3
    # 0.25 a picture of its own margin, held for its default; what it lacks stays its open claim.
    assert (held, owed(session, bust, "held")) == (3 * 250_000, 0)
    assert sum(extra.unpaid_amount for extra in session.scalars(select(Extra))) == 3 * 350_000 - held
    assert owed(session, above, "scheduled") == 3 * 255_000
    assert again(session) == 0
    assert run_checks(session).holds


def test_the_successor_owes_what_is_missing_in_its_own_time(session: Session) -> None:
    chain = make_chain(session, items=9)
    (above, _), (bust, contract) = chain.layers
    workers = [work(session, chain, 10) for _ in range(3)]
    declare_default(session, operations(session), contract.id, WHY)
    work_for_successor(session, chain, above, workers[0], 10)
    set_floor(session, "4.20")

    guard(session)

    assert sorted(debts(session), key=str) == sorted(
        [(bust.organization, cny("0.35"))] * 3 + [(above.organization, cny("0.35"))], key=str
    )
    assert again(session) == 0
    assert run_checks(session).holds
