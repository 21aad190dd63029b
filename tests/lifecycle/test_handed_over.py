"""What a contract that was handed over leaves to whom: each seller has what was decided in its own time."""

import datetime as dt
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from marketplace.contracts import handovers
from marketplace.contracts.handover_models import Handover
from marketplace.contracts.models import Contract
from marketplace.db.clock import market_now
from marketplace.identity.models import Organization
from marketplace.kernel.actor import Actor
from marketplace.kernel.errors import DomainError
from marketplace.kernel.ids import public
from marketplace.ledger.checking import run_checks
from marketplace.provenance import bundle_scopes
from marketplace.provenance.chains import answer_chain
from marketplace.provenance.margin_days import margin_days, margin_lines
from marketplace.provenance.margins import own_margin
from marketplace.settlement.accepting import decide_answers
from marketplace.settlement.checks import margins_are_the_sellers
from marketplace.settlement.extra_models import Extra
from marketplace.settlement.models import Installment
from marketplace.settlement.vouching import vouched
from marketplace.work import review_queue
from marketplace.work.adjudicating import adjudicate, adjudications
from marketplace.work.review_models import AnswerHold
from marketplace.work.verdicts import Verdict
from marketplace.work.withdrawing import withdraw
from tests.builders.defaults import WHY, declare_default, operations, owed, paid_to
from tests.builders.handovers import accept_handover
from tests.builders.jobs import make_party
from tests.builders.settlement import Chain, Handed, accept_by, another, hand_in, make_chain, move_clock_to
from tests.protection.test_wages import cny, guard, set_floor, take
from tests.work.test_adjudicating import by_layers


@dataclass(frozen=True)
class Passed:
    """The worked example's chain, whose second contract the layer above took over and may pass to `other`."""

    chain: Chain
    staff: Actor
    above: Actor
    other: Actor
    contract: Contract

    def hand_over(self, session: Session) -> Handover:
        handover = handovers.offer(session, self.above, self.contract.id, self.other.organization)
        return accept_handover(session, self.other, handover.id)


def passed(session: Session, *, prices: tuple[str, str] = ("0.855", "0.60"), **overrides: object) -> Passed:
    chain = make_chain(session, prices=prices, price_visibility="finance_only", **overrides)  # type: ignore[arg-type]
    (above, _), (_, contract) = chain.layers
    staff = operations(session)
    assert declare_default(session, staff, contract.id, WHY).successor_organization_id == above.organization
    return Passed(chain, staff, above, make_party(session, "subcontractor"), contract)


def accepted_by(session: Session, side: Actor, handed: Handed) -> None:
    accept_by(session, another(session, side, "reviewer"), handed)


def work_for(session: Session, chain: Chain, seller: Actor, worker: Actor | None = None) -> Actor:
    handed = hand_in(session, chain, worker)
    take(session, handed.claim_id, 10)
    accepted_by(session, seller, handed)
    return handed.worker


def hold(session: Session, handed: Handed, contract: Contract, by: Actor, decider: Actor) -> AnswerHold:
    made = AnswerHold(
        answer_id=handed.answer_ids[0], attempt=1, claim_id=handed.claim_id, job_id=contract.job_id,
        contract_id=contract.id, category="wrong_label", comment="It is a bus.", rule="G1",
        held_by_organization_id=by.organization, for_organization_id=decider.organization,
        held_at=market_now(session), deadline_at=market_now(session) + dt.timedelta(days=7),
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def test_each_seller_reads_the_prices_and_payments_of_what_was_decided_in_its_own_time(session: Session) -> None:
    market = passed(session)
    earlier, later = hand_in(session, market.chain), hand_in(session, market.chain)
    accepted_by(session, market.above, earlier)
    market.hand_over(session)
    accepted_by(session, market.other, later)
    (before,), (after,) = earlier.answer_ids, later.answer_ids

    with pytest.raises(DomainError, match="not_found"):
        answer_chain(session, market.other, before)
    assert bundle_scopes.of_contract(session, market.other, market.contract.id).answer_ids == [after]
    assert set(bundle_scopes.of_job(session, market.above, market.chain.job.id).answer_ids) == {before, after}
    seen = [part for part in answer_chain(session, market.above, before).parts if part.part.kind == "margin"]
    assert [(part.part.own, bool(part.payments)) for part in seen] == [(True, True), (True, True)]
    seen = [part for part in answer_chain(session, market.above, after).parts if part.part.kind == "margin"]
    assert [part.part.layer for part in seen] == [1], "the second layer's is another's now"
    margin = own_margin(session, market.other, market.contract.id)
    assert [rate.answers for rate in margin.rates] == [1]
    assert margin.earned == cny("0.25")


def test_nobody_reads_what_another_seller_of_the_contract_is_paid(session: Session) -> None:
    chain = make_chain(session, price_visibility="finance_only")
    (above, _), (bust, contract) = chain.layers
    waiting = hand_in(session, chain)
    declare_default(session, operations(session), contract.id, WHY)
    accepted_by(session, above, waiting)
    (seen,) = [p for p in answer_chain(session, bust, waiting.answer_ids[0]).parts if p.part.kind == "margin"]
    assert (seen.part.own, seen.payments) == (True, ())


def test_a_layer_without_a_margin_vouched_for_what_it_accepted_and_its_successor_does_not(session: Session) -> None:
    chain = make_chain(session, prices=("0.60", "0.35"))
    (_, _), (_, contract) = chain.layers
    staff, other = operations(session), make_party(session, "subcontractor")
    for _, one in chain.layers:
        session.get_one(Organization, chain.client.organization).state = "suspended"
        declare_default(session, staff, one.id, WHY)
    session.get_one(Organization, chain.client.organization).state = "approved"
    handed = hand_in(session, chain)
    decider = another(session, staff, "dispute_decider")
    decide_answers(session, decider, handed.claim_id, [Verdict(one, "accept") for one in handed.answer_ids])
    accept_handover(session, other, handovers.offer(session, staff, contract.id, other.organization).id)
    (answer,) = vouched(session, handed.answer_ids)
    assert answer.organization_id == staff.organization
    assert other.organization not in answer.sides


def test_a_margin_of_another_time_is_found(session: Session) -> None:
    market = passed(session)
    move_clock_to(session, market_now(session) + dt.timedelta(hours=1))
    earlier, later = hand_in(session, market.chain), hand_in(session, market.chain)
    accepted_by(session, market.above, earlier)
    handover = market.hand_over(session)
    accepted_by(session, market.other, later)
    assert list(margins_are_the_sellers(session)) == []
    assert run_checks(session).holds
    decided = handover.decided_at
    assert decided is not None
    for moved, whose in ((-dt.timedelta(minutes=1), market.above), (dt.timedelta(minutes=1), market.other)):
        handover.decided_at = decided + moved
        session.flush()
        (finding,) = margins_are_the_sellers(session)
        assert finding.problem == f"{public('organization', whose.organization)} did not sell under its contract then"
    handover.decided_at = decided
    session.flush()


def test_a_wage_that_was_too_low_is_the_debt_of_who_sold_then(session: Session) -> None:
    market = passed(session, items=9)
    workers = [work_for(session, market.chain, market.above) for _ in range(3)]
    market.hand_over(session)
    work_for(session, market.chain, market.other, workers[0])
    set_floor(session, "4.20")
    guard(session)
    debts = [(extra.debtor_organization_id, extra.money) for extra in session.scalars(select(Extra))]
    assert sorted(debts, key=str) == sorted(
        [(market.above.organization, cny("0.35"))] * 3 + [(market.other.organization, cny("0.35"))], key=str
    )
    assert run_checks(session).holds


def test_what_the_layer_above_is_to_decide_of_the_seller_s_rejections_stays_with_it(session: Session) -> None:
    market = passed(session)
    bust, _ = market.chain.layers[1]
    held = hold(session, hand_in(session, market.chain), market.contract, bust, market.above)
    market.hand_over(session)
    session.refresh(held)
    assert held.for_organization_id == market.above.organization


def test_what_is_held_anywhere_below_for_the_caretaker_is_the_new_seller_s_to_decide(session: Session) -> None:
    chain = make_chain(session, prices=("0.80", "0.70", "0.60", "0.50"), layers_max=4)
    contracts = [one for _, one in chain.layers]
    staff, other = operations(session), make_party(session, "subcontractor")
    client = session.get_one(Organization, chain.client.organization)
    declare_default(session, staff, contracts[0].id, WHY)
    client.state = "suspended"
    assert declare_default(session, staff, contracts[1].id, WHY).taker == "caretaker"
    client.state = "approved"
    held = hold(session, hand_in(session, chain), contracts[3], chain.layers[2][0], staff)
    accept_handover(session, other, handovers.offer(session, staff, contracts[1].id, other.organization).id)
    session.refresh(held)
    assert held.for_organization_id == other.organization


def test_money_of_before_stays_where_it_was(session: Session) -> None:
    market = passed(session)
    handed = hand_in(session, market.chain)
    accepted_by(session, market.above, handed)
    rows = select(Installment.id, Installment.payee_id, Installment.state, Installment.amount).order_by(Installment.id)
    before = session.execute(rows).all()
    market.hand_over(session)
    assert session.execute(rows).all() == before
    assert (owed(session, market.above, "scheduled"), owed(session, market.other, "scheduled")) == (505_000, 0)
    assert paid_to(session, handed.worker) == 350_000


def test_the_caretaker_s_staff_decide_what_is_held_for_it_whenever_it_was_held(session: Session) -> None:
    chain = make_chain(session, prices=("0.855", "0.60", "0.50"), layers_max=3, items=26, items_per_task=26)
    staff, (_, contract) = operations(session), chain.layers[1]
    decider = another(session, staff, "dispute_decider")
    handed = hand_in(session, chain)
    verdicts = [Verdict(one, "reject", "wrong_label", "It is a bus.", "G1") for one in handed.answer_ids]
    before = decide_answers(session, chain.reviewer, handed.claim_id, verdicts[:22]).held
    client = session.get_one(Organization, chain.client.organization)
    declare_default(session, staff, chain.layers[0][1].id, WHY)
    client.state = "suspended"
    assert declare_default(session, staff, contract.id, WHY).taker == "caretaker"
    client.state = "approved"
    after = decide_answers(session, chain.reviewer, handed.claim_id, verdicts[22:]).held
    (held_before, *_), (held_after, *_) = before, after
    for_whom = select(AnswerHold.for_organization_id).distinct()
    assert set(session.scalars(for_whom)) == {staff.organization}
    assert [line.id for line in review_queue.queue(session, decider, held=True).data] == [handed.claim_id]
    for held in (held_before, held_after):
        decided = decide_answers(session, decider, handed.claim_id, [Verdict(held.id, "accept")])
        assert [one.id for one in decided.payable] == [held.id]


def test_items_without_agreement_are_decided_by_who_sells_now(session: Session) -> None:
    chain, _ = by_layers(session)
    (_, contract), staff, other = chain.layers[0], operations(session), make_party(session, "subcontractor")
    client = session.get_one(Organization, chain.client.organization)
    client.state = "suspended"
    assert declare_default(session, staff, contract.id, WHY).taker == "caretaker"
    client.state = "approved"
    decider, reviewer = another(session, staff, "dispute_decider"), another(session, other, "reviewer")
    former = another(session, chain.layers[0][0], "reviewer")
    assert [len(adjudications(session, one).data) for one in (former, decider, reviewer)] == [0, 1, 0]
    handover = handovers.offer(session, staff, contract.id, other.organization)
    accept_handover(session, other, handover.id)
    assert [len(adjudications(session, one).data) for one in (former, decider, reviewer)] == [0, 0, 1]
    (waiting,) = adjudications(session, reviewer).data
    adjudicate(session, reviewer, waiting.item.id, answer_id=waiting.answers[0].id, reason="It has four doors.")


def test_a_former_seller_reads_its_own_margin_and_nothing_of_the_next_one_s(session: Session) -> None:
    market = passed(session)
    move_clock_to(session, market_now(session) + dt.timedelta(hours=1))
    earlier = [hand_in(session, market.chain) for _ in range(2)]
    later = hand_in(session, market.chain)
    for one in earlier:
        accepted_by(session, market.above, one)
    market.hand_over(session)
    move_clock_to(session, market_now(session) + dt.timedelta(hours=1))
    withdraw(session, market.other, market.chain.batch.id)
    accepted_by(session, market.other, later)
    finance = another(session, market.staff, "finance")
    bust, _ = market.chain.layers[1]
    for reader, answers, lines in ((bust, 0, 0), (market.above, 2, 2), (market.other, 1, 1), (finance, 3, 3)):
        margin = own_margin(session, reader, market.contract.id)
        assert margin.earned == cny("0.25") * answers
        assert sum((one for one in margin.by_state.values()), cny("0.00")) == margin.earned
        assert sum(rate.answers for rate in margin.rates) == answers
        assert len(margin.rates) == (1 if answers else 0)
        assert sum(day.answers for day in margin_days(session, reader, market.contract.id).data) == answers
        assert len(margin_lines(session, reader, market.contract.id).data) == lines
    with pytest.raises(DomainError, match="not_found"):
        own_margin(session, market.chain.client, market.contract.id)
